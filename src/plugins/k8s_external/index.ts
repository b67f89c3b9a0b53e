import { isAtOrBelow, type NameKey } from '../../dns/name.ts';
import type { ServedZone } from '../../zone/apex.ts';
import { type PublishedOptions, PublishedPlugin } from '../kubernetes/published-plugin.ts';
import { NAME } from './options.ts';

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
