import { Directive } from '../directive.ts';
import type { PluginSetup } from '../plugin.ts';

/**
 * Reads `metadata [ZONES...]` and makes nothing of it: there is no plugin that has metadata to give, and `log`
 * writes `-` where it is asked for some.
 */
export const setup: PluginSetup = (lines, _context, problems) => {
  const directive = new Directive('metadata', problems);
  const line = directive.single(lines);
  directive.zones(line.args, []);
  directive.hasNoOptions(line);
  return undefined;
};
