import { HostNames } from '../controllers/hosts/host-names.ts';
import type { Host, HostRecords } from '../controllers/hosts/host-table.ts';
import { plainAddressBytes } from '../dns/address.ts';
import { Type } from '../dns/codes.ts';
import { keyFromText, type NameKey, parentOf } from '../dns/name.ts';
import { addressRecord, nameRecord, type ResourceRecord } from '../dns/record.ts';
import { longestZone } from '../dns/zones.ts';
import type { Problem } from '../kube/problem.ts';
import type { Registry } from '../registry/registry.ts';
import { groupBy } from '../support/collections.ts';
import { type PreparedAnswer, prepareAnswer } from './answer.ts';
import { type NameServer, nameServerAnswers, type ServedZone, servedZones } from './apex.ts';
import type { ClusterChange, NameRule, Unit, UnitGroup } from './compiler.ts';
import { extraServer } from './extra-names.ts';
import type { GatewayOptions } from './options.ts';
import { type PackedName, packName } from './packed-name.ts';
import { addressAnswers, aliasEntry, type ObjectEntry } from './records.ts';

/**
 * The names of `k8s_gateway`: hosts that Ingresses, Gateways and the like give. A wildcard is a
 * name like any other here; which names it answers for is found when one is asked for (RFC 4592).
 */
export class GatewayRule implements NameRule {
  readonly table = 'gateway';
  readonly zones: readonly ServedZone[];
  readonly ttl: number;
  readonly #options: GatewayOptions;
  readonly #registry: Registry;
  readonly #hosts: HostNames;
  #serverAddresses: readonly string[] | undefined;

  constructor(options: GatewayOptions, registry: Registry) {
    this.#options = options;
    this.#registry = registry;
    this.#hosts = new HostNames(options);
    this.zones = servedZones(options.zones);
    this.ttl = options.ttl;
  }

  *changed({ views, gone, serverAddresses }: ClusterChange): Generator<UnitGroup> {
    const isChanged = this.#hosts.update(this.#registry, views, gone);
    if (!isChanged && serverAddresses === this.#serverAddresses) return;
    this.#serverAddresses = serverAddresses;
    yield { name: '', units: this.#units(serverAddresses) };
  }

  /** Hosts that are not answered, and why. */
  problems(): readonly Problem[] {
    return this.#hosts.problems();
  }

  faultOf(name: NameKey): string | undefined {
    return this.#hosts.faultOf(name);
  }

  *#units(serverAddresses: readonly string[]): Generator<Unit> {
    const apexes = new Map<NameKey, PackedName>();
    for (const zone of this.zones) this.#addApex(zone, serverAddresses, apexes);
    const keys = new Set(apexes.keys());
    for (const host of this.#hosts.hosts.values()) {
      const zone = longestZone(host.key, this.zones);
      // The zone's own name is made with its NS records.
      if (zone === undefined || zone.key === host.key) continue;
      // A host that is called like the server has its own addresses.
      apexes.delete(host.key);
      keys.add(host.key);
      const from = host.records.flatMap(({ type, ttl, values, entries }) => [
        ...[type, ttl, ...values],
        ...entries.flatMap(({ object, via }) => [object, via]),
      ]);
      const compile = () => ({
        names: new Map([[host.key, packName(zone.index, answersOf(host, zone))]]),
        sources: new Map([[host.key, sourcesOf(host)]]),
      });
      yield { id: host.key, from, compile };
    }
    const made = { names: apexes, sources: this.#apexSources() };
    yield { id: '', from: undefined, compile: () => made };
    const parents = { names: this.#parentsOf(keys) };
    yield { id: '.', from: undefined, compile: () => parents };
  }

  #addApex(
    zone: ServedZone,
    serverAddresses: readonly string[],
    names: Map<NameKey, PackedName>,
  ): void {
    const { apex, secondary, ttl } = this.#options;
    const servers = [
      ...this.#serversOf(apex, serverAddresses),
      ...(secondary === '' ? [] : this.#serversOf(secondary, [])),
    ];
    for (const [name, same] of groupBy(servers, ({ name }) => name)) {
      const key = (name + zone.key) as NameKey;
      const addresses = same.map(({ address }) => address);
      names.set(key, packName(zone.index, addressAnswers(key, zone.key, addresses, ttl)));
    }
    const host = this.#hosts.hosts.get(zone.key);
    names.set(
      zone.key,
      packName(zone.index, [
        ...nameServerAnswers(zone.key, servers, ttl),
        ...(host === undefined ? [] : answersOf(host, zone)),
      ]),
    );
  }

  /** A host may be called like the zone. */
  #apexSources(): Map<NameKey, ObjectEntry[]> {
    const hosts = this.zones.flatMap(({ key }) => this.#hosts.hosts.get(key) ?? []);
    return new Map(hosts.map((host) => [host.key, sourcesOf(host)]));
  }

  /** As k8s_gateway, whose own name is that of the Service in front of it. */
  #serversOf(text: string, otherwise: readonly string[]): NameServer[] {
    const [name = '', namespace = ''] = text.split('.');
    const external = this.#hosts.externalAddresses(namespace, name);
    const addresses = external.length > 0 ? external : otherwise;
    const server = extraServer(text, 'gateway');
    return addresses
      .flatMap((address) => plainAddressBytes(address) ?? [])
      .map((address) => ({ name: server, address }));
  }

  /** RFC 8020: a name with names below it exists, even without records of its own. */
  #parentsOf(keys: ReadonlySet<NameKey>): Map<NameKey, PackedName> {
    const parents = new Map<NameKey, PackedName>();
    for (const key of keys) {
      let parent = parentOf(key);
      while (!keys.has(parent) && !parents.has(parent)) {
        const zone = longestZone(parent, this.zones);
        if (zone === undefined) break;
        parents.set(parent, packName(zone.index, []));
        parent = parentOf(parent);
      }
    }
    return parents;
  }
}

function answersOf({ key, records }: Host, zone: ServedZone): PreparedAnswer[] {
  return records.map((rrset) => prepareAnswer(key, zone.key, recordsOf(key, rrset)));
}

function sourcesOf({ key, records }: Host): ObjectEntry[] {
  return records.flatMap(({ type, values, entries }) =>
    entries.flatMap(({ object, via, targets }) =>
      type === 'CNAME'
        ? values.map((name) => ({ ...aliasEntry(object, keyFromText(name)), via }))
        : targets.addresses.map((text) => {
            const holder = targets.holders?.get(text) ?? via;
            return { ...aliasEntry(object, key), via: holder, address: plainAddressBytes(text) };
          }),
    ),
  );
}

function recordsOf(owner: NameKey, { type, values, ttl }: HostRecords): ResourceRecord[] {
  if (type === 'CNAME') {
    return values.map((name) => nameRecord(owner, Type.CNAME, keyFromText(name), ttl));
  }
  return values
    .flatMap((address) => plainAddressBytes(address) ?? [])
    .map((address) => addressRecord(owner, address, ttl));
}
