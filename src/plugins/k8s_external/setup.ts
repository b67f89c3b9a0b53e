import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { PluginSetup } from '../plugin.ts';
import { External } from './index.ts';
import { NAME, readExternal } from './options.ts';

/** Makes the plugin of names that are compiled already, by the same directive. */
export const setup: PluginSetup<External> = (lines, context, problems) => {
  const read = readExternal(lines, context.zones, problems);
  const { resolve, clock } = context;
  const names = context.side?.('external');
  if (names === undefined) {
    const message = 'kubernetes plugin not loaded: expected kubernetes in the same server block';
    for (const { origin } of lines.slice(0, 1))
      new Directive(NAME, problems).error(message, origin);
  }
  if (read === undefined || names === undefined) return undefined;
  return new External({ names, fallthrough: read.fallthrough, resolve, clock });
};

export const plugin: PluginDeclaration<External> = {
  directive: 'k8s_external',
  setup,
  readsObjects: true,
  clusterAnswers: (external, zones) => (external.isApartFrom(zones) ? 'apart' : 'changed'),
  isNeverCached: true,
};
