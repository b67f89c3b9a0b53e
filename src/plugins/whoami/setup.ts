import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { PluginSetup } from '../plugin.ts';
import { whoami } from './index.ts';

/** Reads `whoami`. */
export const setup: PluginSetup = (lines, _context, problems) => {
  const directive = new Directive('whoami', problems);
  const line = directive.single(lines);
  directive.hasArgs(line, 0, 0);
  directive.hasNoOptions(line);
  return directive.failed ? undefined : whoami;
};

export const plugin: PluginDeclaration = {
  directive: 'whoami',
  setup,
  answers: true,
};
