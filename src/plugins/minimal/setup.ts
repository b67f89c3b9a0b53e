import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { PluginSetup } from '../plugin.ts';
import { minimal } from './index.ts';

/** Reads `minimal`. */
export const setup: PluginSetup = (lines, _context, problems) => {
  const directive = new Directive('minimal', problems);
  const line = directive.single(lines);
  directive.hasArgs(line, 0, 0);
  directive.hasNoOptions(line);
  return directive.failed ? undefined : minimal;
};

export const plugin: PluginDeclaration = {
  directive: 'minimal',
  setup,
};
