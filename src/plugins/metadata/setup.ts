import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { PluginSetup } from '../plugin.ts';
import { blockZones } from '../zone-match.ts';
import { Metadata } from './index.ts';

/** Reads `metadata [ZONES...]`. */
export const setup: PluginSetup<Metadata> = (lines, context, problems) => {
  const directive = new Directive('metadata', problems);
  const line = directive.single(lines);
  const zones = directive.zones(line.args, blockZones(context));
  directive.hasNoOptions(line);
  return directive.failed ? undefined : new Metadata(zones, context.labelSources);
};

export const plugin: PluginDeclaration<Metadata> = {
  directive: 'metadata',
  setup,
  clusterAnswers: () => 'kept', // whoever reads what it collects says for itself
};
