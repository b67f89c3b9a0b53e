import { reverseLabels } from '../dns/address.ts';
import { keyOf, type NameKey } from '../dns/name.ts';
import type { Origin } from '../kube/objects.ts';

/** An object and where it is written. */
export interface Place {
  /** As kubectl would name it: `Service shop/web`. */
  readonly object: string;
  readonly origin: Origin;
}

/** What gives a Service one of its addresses or ports. */
export interface Source {
  /** What put it there: a word of `Provenance.by`. */
  readonly by: string;
  /** Where it comes from, when that is not the Service itself. */
  readonly from: Place | undefined;
  /** First label of the endpoint's own name, lower case; '' for what is the Service's own. */
  readonly label: string;
  /** `http/tcp`, lower case; '' when it has no name, undefined for what belongs to all ports. */
  readonly port: string | undefined;
  /** The port of every node that leads to this port; 0 for none, and for an address. */
  readonly nodePort: number;
}

/** The part of a name that stands left of its Service. */
export interface NamePart {
  /** Of an endpoint; '' for the Service itself. */
  readonly label: string;
  /** `http/tcp`; '' for all ports. */
  readonly port: string;
}

/** Everything that the records of one Service can come from. */
export class ServiceSources {
  readonly #addresses = new Map<NameKey, Source[]>();
  readonly #targets = new Map<string, Source[]>();

  addAddress(address: Uint8Array, source: Source): void {
    add(this.#addresses, addressKey(address), source);
  }

  /** `target` is relative to the zone, unless it is in none. */
  addTarget(port: number, target: NameKey, source: Source): void {
    add(this.#targets, `${port} ${target}`, source);
  }

  /** What gives a name this address, which is written as its reverse name. */
  ofAddress(address: NameKey, part: NamePart): Source[] {
    return matching(this.#addresses.get(address) ?? [], part);
  }

  /** What gives a name an SRV record with this port and target. */
  ofTarget(port: number, target: NameKey, part: NamePart): Source[] {
    return matching(this.#targets.get(`${port} ${target}`) ?? [], part);
  }
}

/** An address as the name that its PTR records have. */
export function addressKey(address: Uint8Array): NameKey {
  return keyOf(reverseLabels(address));
}

function matching(sources: readonly Source[], { label, port }: NamePart): Source[] {
  if (label !== '') return sources.filter((source) => source.label === label);
  const found = sources.filter((source) => port === '' || (source.port ?? port) === port);
  const own = found.filter((source) => source.label === '');
  return own.length > 0 ? own : found;
}

function add<K>(map: Map<K, Source[]>, key: K, source: Source): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [source]);
  else known.push(source);
}
