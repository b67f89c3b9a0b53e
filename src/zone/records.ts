import type { NameKey } from '../dns/name.ts';
import { addressRecord, type ResourceRecord, serviceRecord } from '../dns/record.ts';
import type {
  Endpoint,
  EndpointPort,
  EndpointSlice,
  KubeObject,
  Protocol,
} from '../kube/objects.ts';
import { added, groupBy, mapDefined } from '../support/collections.ts';
import { type PreparedAnswer, prepareAnswer, prepareHosts } from './answer.ts';

/**
 * One thing a name can lead to: an address with a port. The unit that CoreDNS counts when it weighs
 * SRV records.
 */
export interface Entry {
  /** Undefined when the upstreams have it, under the name `host`. */
  readonly address: Uint8Array | undefined;
  readonly host?: NameKey;
  /**
   * Undefined when the Service or slice has no port: then there is an address but no SRV record.
   */
  readonly port: number | undefined;
  readonly portName: string;
  /** Lower case: `tcp`. */
  readonly protocol: string;
  /** The SRV target, relative to the zone unless it `isFullName`. */
  readonly target: NameKey;
  readonly isFullName?: boolean;
}

/** Protocols as names have them; to make each text anew for each endpoint takes longer. */
export const PROTOCOL_LABELS: Readonly<Record<Protocol, string>> = {
  SCTP: 'sctp',
  TCP: 'tcp',
  UDP: 'udp',
};

/** An entry with the objects that it comes from. */
export interface ObjectEntry extends Entry {
  /** What the name is made of: a Service, a Pod, or an object that names a host. */
  readonly object: KubeObject;
  /** Whose address it is, when it is not that of `object`: a Service in front of an Ingress. */
  readonly via?: KubeObject | undefined;
  /** The slice that it was taken from, if any, and the endpoint of it that has the address. */
  readonly slice?: EndpointSlice;
  readonly endpoint?: Endpoint;
}

/** An entry with nothing but its target: an alias (a CNAME record). */
export function aliasEntry(object: KubeObject, target: NameKey): ObjectEntry {
  return { address: undefined, port: undefined, portName: '', protocol: '', target, object };
}

/** Each place with each port; the places alone when there is none. */
export function withPorts<Place extends Entry>(
  places: readonly Place[],
  ports: readonly EndpointPort[],
): Place[] {
  if (ports.length === 0) return [...places];
  return ports.flatMap(({ name, protocol, port }) =>
    places.map((place) => ({
      ...place,
      port,
      portName: name,
      protocol: PROTOCOL_LABELS[protocol],
    })),
  );
}

/** An entry whose address is written in an object. */
export interface AddressEntry extends ObjectEntry {
  readonly address: Uint8Array;
}

/**
 * The A, AAAA and SRV RRsets of a name, as far as it has them, and the host names to be asked for
 * more.
 */
export function answersOf(
  owner: NameKey,
  zone: NameKey,
  entries: readonly Entry[],
  ttl: number,
): PreparedAnswer[] {
  const hosts = mapDefined(entries, ({ host }) => host);
  const addresses = distinctAddresses(mapDefined(entries, ({ address }) => address));
  const answers = addressAnswers(owner, zone, addresses, ttl);
  if (hosts.length > 0) answers.unshift(prepareHosts([...new Set(hosts)]));
  const placed = mapDefined(entries, (entry) => (entry.port === undefined ? undefined : entry));
  if (placed.length > 0) {
    // 100 shared among all entries, those without a port too.
    const weight = Math.max(1, Math.floor(100 / entries.length));
    const services = serviceRecords(owner, zone, placed, weight, ttl);
    answers.push(prepareAnswer(owner, zone, services, targetRecords(zone, placed, ttl)));
  }
  return answers;
}

/** The A and AAAA RRsets of a name, as far as it has such addresses. */
export function addressAnswers(
  owner: NameKey,
  zone: NameKey,
  addresses: readonly Uint8Array[],
  ttl: number,
): PreparedAnswer[] {
  return addressRRsets(owner, addresses, ttl).map((rrset) => prepareAnswer(owner, zone, rrset));
}

/** A records, then AAAA records; an RRset without a record is left out. */
export function addressRRsets(
  owner: NameKey,
  addresses: readonly Uint8Array[],
  ttl: number,
): ResourceRecord[][] {
  let v4: ResourceRecord[] | undefined;
  let v6: ResourceRecord[] | undefined;
  for (const address of addresses) {
    const record = addressRecord(owner, address, ttl);
    if (address.length === 4) v4 = added(v4, record);
    else v6 = added(v6, record);
  }
  if (v4 !== undefined && v6 !== undefined) return [v4, v6];
  const only = v4 ?? v6;
  return only === undefined ? [] : [only];
}

/** One SRV record a target and port. */
function serviceRecords(
  owner: NameKey,
  zone: NameKey,
  entries: readonly Entry[],
  weight: number,
  ttl: number,
): ResourceRecord[] {
  return distinct(entries, (entry) => `${entry.port} ${entry.target}`).map((entry) =>
    serviceRecord(owner, weight, entry.port as number, targetIn(zone, entry), ttl),
  );
}

function targetIn(zone: NameKey, { target, isFullName }: Entry): string {
  return isFullName === true ? target : target + zone;
}

/** The addresses of the SRV targets, grouped into RRsets, so that a cut never splits one. */
function targetRecords(zone: NameKey, entries: readonly Entry[], ttl: number): ResourceRecord[] {
  const hosts = distinct(
    mapDefined(entries, (entry) => (entry.address === undefined ? undefined : entry)),
    (entry) => `${entry.target} ${latin1(entry.address!)}`,
  );
  const records = hosts.map(({ target, address }) => addressRecord(target + zone, address!, ttl));
  if (records.length < 2) return records;
  return [...groupBy(records, ({ type, owner }) => `${type} ${owner}`).values()].flat();
}

/** Are these the same bytes? */
export function isSameAddress(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}

/** Each address once; of very many, more than a message could carry. */
export function distinctAddresses(addresses: readonly Uint8Array[]): readonly Uint8Array[] {
  return distinct(addresses, latin1);
}

/**
 * More records than any message carries: the shortest has 16 bytes, and a message at most 65,535.
 */
const MAX_RECORDS = 4_200;

/** The first of each kind; of very many, more than a message could carry. */
function distinct<T>(items: readonly T[], identity: (item: T) => string): readonly T[] {
  if (items.length < 2) return items;
  const seen = new Set<string>();
  const found: T[] = [];
  for (const item of items) {
    if (found.length === MAX_RECORDS) break;
    const id = identity(item);
    if (seen.has(id)) continue;
    seen.add(id);
    found.push(item);
  }
  return found;
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
