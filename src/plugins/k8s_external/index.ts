import { isAtOrBelow, type NameKey } from '../../dns/name.ts';
import type { Clock } from '../../support/clock.ts';
import type { ServedZone } from '../../zone/apex.ts';
import { externalName } from '../../zone/external-name.ts';
import { withUpstreamAddresses } from '../kubernetes/upstream-addresses.ts';
import { SideNames, type SideNamesOptions } from '../side-names.ts';
import { NAME } from './options.ts';

export interface ExternalPluginOptions
  extends Pick<SideNamesOptions, 'names' | 'fallthrough' | 'resolve'> {
  readonly clock: Clock;
}

/** The names of Services for clients outside the cluster. */
export class External extends SideNames {
  readonly #zones: readonly ServedZone[];

  constructor({ clock, ...options }: ExternalPluginOptions) {
    const { names, resolve } = options;
    super({
      ...options,
      plugin: NAME,
      find: (key, zone) => externalName(names, key, zone),
      // Of a load balancer that is known by several names.
      withHosts: (request, found, hosts) =>
        withUpstreamAddresses(request, found, hosts, { resolve, clock, ttl: names.ttl }),
    });
    this.#zones = names.zones;
  }

  /** Has none of these zones a name that one of ours has? */
  isApartFrom(zones: readonly ServedZone[]): boolean {
    const isNear = (a: NameKey, b: NameKey) => isAtOrBelow(a, b) || isAtOrBelow(b, a);
    return !this.#zones.some((own) => zones.some(({ key }) => isNear(key, own.key)));
  }
}
