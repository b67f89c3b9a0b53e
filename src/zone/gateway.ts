import { HostNames } from '../controllers/host-names.ts';
import type { Host, HostRecords } from '../controllers/host-table.ts';
import { Type } from '../dns/codes.ts';
import { keyFromText, type NameKey, parentOf } from '../dns/name.ts';
import { addressRecord, nameRecord, type ResourceRecord } from '../dns/record.ts';
import type { NamespaceView } from '../kube/objects.ts';
import type { Problem } from '../kube/problem.ts';
import type { Registry } from '../registry/registry.ts';
import { type PreparedAnswer, prepareAnswer } from './answer.ts';
import { type ServedZone, servedZones } from './apex.ts';
import { type NameChanges, sameItems } from './compiler.ts';
import type { GatewayOptions } from './options.ts';
import { type PackedName, packName } from './packed-name.ts';
import { addressAnswers, addressRRsets, entryAddress } from './records.ts';
import { zoneOf } from './reverse.ts';
import { sideKey, sideServer } from './side-table.ts';

/** A name server of the zones: its name relative to each, and where it is reached. */
interface Server {
  readonly name: NameKey;
  readonly addresses: readonly Uint8Array[];
}

/** What was compiled from one host, kept to be reused while that says the same. */
interface HostPart {
  readonly host: Host;
  readonly packed: PackedName;
}

const NO_NAMES: ReadonlyMap<NameKey, PackedName> = new Map();

/**
 * Compiles host names to the names of `k8s_gateway`, and says what changed since the last time. A
 * wildcard is a name like any other here: who it answers for is found when that is asked for (RFC
 * 4592).
 */
export class GatewayCompiler {
  readonly #options: GatewayOptions;
  readonly #zones: readonly ServedZone[];
  readonly #hosts: HostNames;
  #parts: ReadonlyMap<NameKey, HostPart> = new Map();
  #names: ReadonlyMap<NameKey, PackedName> = NO_NAMES;
  #serverAddresses: readonly string[] | undefined;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#zones = servedZones(options.zones);
    this.#hosts = new HostNames(options);
  }

  /**
   * Takes the new state of the namespaces in `views` and the disappearance of those in `gone`.
   * `serverAddresses` are the addresses we listen on: the server's own, when no Service is named
   * like it.
   */
  update(
    registry: Registry,
    views: Iterable<NamespaceView>,
    gone: Iterable<string>,
    serverAddresses: readonly string[],
  ): NameChanges {
    const isChanged = this.#hosts.update(registry, views, gone);
    if (!isChanged && serverAddresses === this.#serverAddresses) return new Map();
    this.#serverAddresses = serverAddresses;
    const names = this.#compile(serverAddresses);
    const changes: NameChanges = new Map();
    diff(this.#names, names, changes);
    this.#names = names;
    return new Map([...changes].map(([key, name]) => [sideKey('gateway', key), name]));
  }

  /** Hosts that are not answered, and why. */
  problems(): readonly Problem[] {
    return this.#hosts.problems();
  }

  #compile(serverAddresses: readonly string[]): Map<NameKey, PackedName> {
    const names = new Map<NameKey, PackedName>();
    for (const zone of this.#zones) this.#addApex(zone, serverAddresses, names);
    const parts = new Map<NameKey, HostPart>();
    for (const host of this.#hosts.hosts.values()) {
      const zone = zoneOf(host.key, this.#zones);
      // The zone's own name has been made, with its NS records.
      if (zone === undefined || zone.key === host.key) continue;
      const known = this.#parts.get(host.key);
      const packed =
        known !== undefined && isSame(known.host, host)
          ? known.packed
          : packName(zone.index, answersOf(host, zone));
      parts.set(host.key, { host, packed });
      names.set(host.key, packed);
    }
    this.#parts = parts;
    for (const key of [...names.keys()]) this.#addParents(key, names);
    return names;
  }

  #addApex(
    zone: ServedZone,
    serverAddresses: readonly string[],
    names: Map<NameKey, PackedName>,
  ): void {
    const { apex, secondary, ttl } = this.#options;
    const hosts = this.#hosts;
    const servers = [
      serverOf(apex, zone, hosts, serverAddresses),
      ...(secondary === '' ? [] : [serverOf(secondary, zone, hosts, [])]),
    ].filter(({ addresses }) => addresses.length > 0);
    for (const { name, addresses } of servers) {
      names.set(name, packName(zone.index, addressAnswers(name, zone.key, addresses, ttl)));
    }
    const records = servers.map(({ name }) => nameRecord(zone.key, Type.NS, name, ttl));
    const glue = servers.flatMap(({ name, addresses }) =>
      addressRRsets(name, addresses, ttl).flat(),
    );
    const host = hosts.hosts.get(zone.key);
    names.set(
      zone.key,
      packName(zone.index, [
        // A zone has NS records (RFC 1034 section 4.2.1), but one that leads nowhere helps nobody.
        ...(records.length > 0 ? [prepareAnswer(zone.key, zone.key, records, glue)] : []),
        ...(host === undefined ? [] : answersOf(host, zone)),
      ]),
    );
  }

  /** RFC 8020: a name with names below it exists, even without records of its own. */
  #addParents(key: NameKey, names: Map<NameKey, PackedName>): void {
    for (let parent = parentOf(key); !names.has(parent); parent = parentOf(parent)) {
      const zone = zoneOf(parent, this.#zones);
      if (zone === undefined) return;
      names.set(parent, packName(zone.index, []));
    }
  }
}

function serverOf(
  text: string,
  zone: ServedZone,
  hosts: HostNames,
  otherwise: readonly string[],
): Server {
  // As k8s_gateway, whose own name is that of the Service in front of it.
  const [name = '', namespace = ''] = text.split('.');
  const external = hosts.externalAddresses(namespace, name);
  const addresses = (external.length > 0 ? external : otherwise).flatMap(
    (address) => entryAddress(address) ?? [],
  );
  return { name: (sideServer(text, 'gateway') + zone.key) as NameKey, addresses };
}

function isSame(a: Host, b: Host): boolean {
  return (
    a.records.length === b.records.length &&
    a.records.every(({ type, ttl, values }, at) => {
      const other = b.records[at] as HostRecords;
      return type === other.type && ttl === other.ttl && sameItems(values, other.values);
    })
  );
}

function answersOf({ key, records }: Host, zone: ServedZone): PreparedAnswer[] {
  return records.map((rrset) => prepareAnswer(key, zone.key, recordsOf(key, rrset)));
}

function recordsOf(owner: NameKey, { type, values, ttl }: HostRecords): ResourceRecord[] {
  if (type === 'CNAME') {
    return values.map((name) => nameRecord(owner, Type.CNAME, keyFromText(name), ttl));
  }
  return values
    .flatMap((address) => entryAddress(address) ?? [])
    .map((address) => addressRecord(owner, address, ttl));
}

/** Adds to `changes` what makes the names `before` the names `after`. */
function diff(
  before: ReadonlyMap<NameKey, PackedName>,
  after: ReadonlyMap<NameKey, PackedName>,
  changes: NameChanges,
): void {
  for (const key of before.keys()) if (!after.has(key)) changes.set(key, null);
  for (const [key, name] of after) if (before.get(key) !== name) changes.set(key, name);
}
