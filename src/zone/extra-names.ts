import type { ExtendedErrorText } from '../dns/edns.ts';
import { keyFromText, keyOf, type NameKey } from '../dns/name.ts';
import { longestZone } from '../dns/zones.ts';
import type { CompiledName } from './answer.ts';
import { type ServedZone, servedZones } from './apex.ts';
import type { LiveZone } from './live-zone.ts';
import type { PublishedNames } from './lookup.ts';
import type { ExtraTable, RecordTable } from './options.ts';
import { unpackName } from './packed-name.ts';
import { Soa } from './soa.ts';
import { externalName, gatewayName } from './stand-ins.ts';
import { keySum } from './table.ts';

/**
 * A name's first byte is the length of a label, at most 63. With one of these in front it is a name
 * of another table, so that all tables travel and are kept together.
 */
const MARKS: Readonly<Record<ExtraTable, string>> = { external: '\xf0', gateway: '\xf1' };

/** The key that an extra name is kept under. */
export function extraKey(table: ExtraTable, key: NameKey): NameKey {
  return (MARKS[table] + key) as NameKey;
}

/** The name and the table of what is kept under a key. */
export function nameAt(place: NameKey): { readonly key: NameKey; readonly table: RecordTable } {
  for (const [table, mark] of Object.entries(MARKS) as [ExtraTable, string][]) {
    if (place.startsWith(mark)) return { key: place.slice(mark.length) as NameKey, table };
  }
  return { key: place, table: 'cluster' };
}

/** What the plugin of an extra table says of its zones. */
export interface ExtraOptions {
  /** Lower case, without the final dot. */
  readonly zones: readonly string[];
  /**
   * What the zone's own names end with: `dns` in `ns1.dns.ZONE`; for `gateway` the whole server's
   * name.
   */
  readonly apex: string;
  /** Seconds. */
  readonly ttl: number;
}

/** The name server of a zone, relative to it: `ns1.dns`; `dns1.kube-system` for `gateway`. */
export function extraServer(apex: string, table: ExtraTable = 'external'): NameKey {
  return table === 'gateway' ? keyFromText(apex) : keyOf(['ns1', apex]);
}

/** The published names of an extra table. */
export class ExtraNames implements PublishedNames {
  readonly zones: readonly ServedZone[];
  readonly ttl: number;
  readonly soa: Soa;
  readonly isCluster = false;
  readonly table: ExtraTable;
  readonly #live: LiveZone;

  constructor(live: LiveZone, table: ExtraTable, { zones, apex, ttl }: ExtraOptions) {
    this.#live = live;
    this.table = table;
    this.zones = servedZones(zones);
    this.ttl = ttl;
    const contact = keyFromText(`hostmaster.${apex}`);
    this.soa = new Soa({ server: extraServer(apex, table), contact, ttl });
  }

  get serial(): number {
    return this.#live.serial;
  }

  get restoredFrom(): number | undefined {
    return this.#live.restoredFrom;
  }

  get stale(): ExtendedErrorText | undefined {
    return this.#live.stale;
  }

  get objects(): string {
    return this.#live.objects;
  }

  get isSynced(): boolean {
    return this.#live.isSynced;
  }

  /** The published names. */
  *names(): Generator<CompiledName> {
    const mark = MARKS[this.table];
    for (const place of this.#live.keys()) {
      const name = place.startsWith(mark) ? this.#get(place.slice(1) as NameKey) : undefined;
      if (name !== undefined) yield name;
    }
  }

  find(key: NameKey, zone: ServedZone): CompiledName | undefined {
    return FINDERS[this.table](this.#get, key, zone);
  }

  zoneOf(key: NameKey): ServedZone | undefined {
    return longestZone(key, this.zones);
  }

  readonly #get = (key: NameKey): CompiledName | undefined => {
    const place = extraKey(this.table, key);
    const packed = this.#live.get(place, keySum(place));
    return packed === undefined ? undefined : unpackName(key, packed);
  };
}

const FINDERS = { external: externalName, gateway: gatewayName } as const;
