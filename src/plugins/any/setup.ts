import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { PluginSetup } from '../plugin.ts';
import { any } from './index.ts';

/** Reads `any`. */
export const setup: PluginSetup = (lines, _context, problems) => {
  const directive = new Directive('any', problems);
  const line = directive.single(lines);
  directive.hasArgs(line, 0, 0);
  directive.hasNoOptions(line);
  return directive.failed ? undefined : any;
};

export const plugin: PluginDeclaration = {
  directive: 'any',
  setup,
  answers: true,
};
