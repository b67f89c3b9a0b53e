import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { PluginSetup } from '../plugin.ts';
import { External } from './index.ts';
import { NAME, readExternal } from './options.ts';

/** Makes the plugin of the names that the directive, read with the settings, is served with. */
export const setup: PluginSetup<External> = (lines, { side, zones, resolve, clock }, problems) => {
  const names = side?.('external');
  if (names !== undefined) return new External({ ...names, resolve, clock });
  readExternal(lines, zones, problems); // for its mistakes, to report them all at once
  const message = 'kubernetes plugin not loaded: expected kubernetes in the same server block';
  for (const { origin } of lines.slice(0, 1)) new Directive(NAME, problems).error(message, origin);
  return undefined;
};

export const plugin: PluginDeclaration<External> = {
  directive: 'k8s_external',
  setup,
  readsObjects: true,
  clusterAnswers: (external, zones) => (external.isApartFrom(zones) ? 'apart' : 'changed'),
  isNeverCached: true,
};
