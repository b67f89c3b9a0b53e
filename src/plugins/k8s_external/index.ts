import { isAtOrBelow, type NameKey } from '../../dns/name.ts';
import type { ServedZone } from '../../zone/apex.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import { type PublishedOptions, PublishedPlugin } from '../kubernetes/published-plugin.ts';
import { externalIn, NAME, readExternal } from './options.ts';

/** The names of Services for clients outside the cluster. */
export class External extends PublishedPlugin {
  readonly #zones: readonly ServedZone[];

  constructor(options: PublishedOptions) {
    super(NAME, options);
    this.#zones = options.names.zones;
  }

  /** Has none of these zones a name that one of ours has? */
  isApartFrom(zones: readonly ServedZone[]): boolean {
    const isNear = (a: NameKey, b: NameKey) => isAtOrBelow(a, b) || isAtOrBelow(b, a);
    return !this.#zones.some((own) => zones.some(({ key }) => isNear(key, own.key)));
  }
}

/** Makes the plugin of the names that the directive, read with the settings, is served with. */
export const plugin = {
  directive: 'k8s_external',
  readsObjects(block, kubernetes, problems) {
    const read = externalIn(block, kubernetes, problems);
    return (
      read && { zone: { external: read.options }, fallthrough: { external: read.fallthrough } }
    );
  },
  clusterAnswers: (external, zones) => (external.isApartFrom(zones) ? 'apart' : 'changed'),
  isNeverCached: true,
  setup(lines, { extra, zones, resolve, clock }, problems) {
    const names = extra?.('external');
    if (names !== undefined) return new External({ ...names, resolve, clock });
    readExternal(lines, zones, problems); // for its mistakes, to report them all at once
    const message = 'kubernetes plugin not loaded: expected kubernetes in the same server block';
    for (const { origin } of lines.slice(0, 1))
      new Directive(NAME, problems).error(message, origin);
    return undefined;
  },
} satisfies PluginDeclaration<External>;
