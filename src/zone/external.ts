import { isAtOrBelow, keyOf, type NameKey } from '../dns/name.ts';
import type { NamespaceView } from '../kube/objects.ts';
import { nameServerAnswers, type ServedZone, servedZones } from './apex.ts';
import { isExposed } from './cluster.ts';
import {
  type ClusterChange,
  type CompiledUnit,
  type NameRule,
  serverAddressBytes,
  type Unit,
} from './compiler.ts';
import { compileExternalService } from './external-service.ts';
import { extraServer } from './extra-names.ts';
import { NameSink } from './names.ts';
import type { ExternalOptions, ZoneOptions } from './options.ts';
import { type PackedName, packName, zoneIndex } from './packed-name.ts';
import { addressAnswers, distinctAddresses } from './records.ts';
import type { ReverseIndex } from './reverse.ts';

/** The names of `k8s_external`: Services as clients outside reach them. */
export class ExternalRule implements NameRule {
  readonly table = 'external';
  readonly zones: readonly ServedZone[];
  readonly ttl: number;
  readonly #options: ZoneOptions;
  readonly #apex: string;
  readonly #forward: readonly ServedZone[];

  constructor(options: ZoneOptions, { zones, apex, ttl }: ExternalOptions) {
    this.#options = options;
    this.#apex = apex;
    this.ttl = ttl;
    this.zones = servedZones(zones);
    this.#forward = this.zones.filter((zone) => !zone.isReverse);
  }

  *changed(
    change: ClusterChange,
    addresses: ReverseIndex,
  ): Generator<readonly [string, Iterable<Unit>]> {
    for (const name of change.gone) yield [name, []];
    for (const view of change.views) {
      yield [view.name, this.#isExposed(view) ? this.#units(view) : []];
    }
    const compile = () => this.#compileApexes(serverAddressBytes(change), addresses);
    yield ['', [{ id: '', from: undefined, compile }]];
  }

  *#units({ name, services, slices: allSlices }: NamespaceView): Generator<Unit> {
    const top = keyOf([name]);
    const sink = () => new NameSink(this.#forward, top, this.ttl);
    const compileOwn = () => {
      const names = sink();
      names.add(top, () => []);
      return { names: this.#unhidden(names.names) };
    };
    yield { id: name, from: [], compile: compileOwn };
    for (const service of services) {
      if (!this.#options.labels.matches(service.labels)) continue;
      const slices = allSlices.get(service.name) ?? [];
      const compile = () => {
        const names = sink();
        const claims = compileExternalService(service, slices, this.#options, names);
        return { names: this.#unhidden(names.names), sources: names.sources, claims };
      };
      yield { id: `${name}/${service.name}`, from: [service, ...slices], compile };
    }
  }

  /** A name that lies in another of the zones, with a longer name, is that zone's to answer. */
  #unhidden(names: ReadonlyMap<NameKey, PackedName>): ReadonlyMap<NameKey, PackedName> {
    if (this.#forward.length === 1) return names;
    return new Map([...names].filter(([key, name]) => !this.#isHidden(key, name)));
  }

  #isHidden(key: NameKey, name: PackedName): boolean {
    const own = this.zones[zoneIndex(name)] as ServedZone;
    return this.#forward.some(
      (zone) => zone.key.length > own.key.length && isAtOrBelow(key, zone.key),
    );
  }

  /**
   * Every zone has its own name with NS records, `dns`, and `ns1.dns` with the addresses at which
   * clients outside find this server: those of the Services that lead to us, or else those we
   * listen on. The SOA record is not here: its serial changes with every answer's data.
   */
  #compileApexes(own: readonly Uint8Array[], addresses: ReverseIndex): CompiledUnit {
    const hosts = addresses.hostsOf(own).map(({ address }) => address);
    const found = distinctAddresses(hosts.length > 0 ? hosts : own);
    const name = extraServer(this.#apex);
    const names = this.zones.flatMap((zone): [NameKey, PackedName][] => {
      const servers = found.map((address) => ({ name, address }));
      const nameServers = nameServerAnswers(zone.key, servers, this.ttl);
      const server = (name + zone.key) as NameKey;
      const answers = addressAnswers(server, zone.key, found, this.ttl);
      return [
        [zone.key, packName(zone.index, [...nameServers, ...addresses.apexPointers(zone)])],
        [(keyOf([this.#apex]) + zone.key) as NameKey, packName(zone.index, [])],
        [server, packName(zone.index, answers)],
      ];
    });
    return { names: new Map(names) };
  }

  /**
   * The names of a namespace that is called like the zone's own `dns` are hidden by that, as in
   * CoreDNS.
   */
  #isExposed(view: NamespaceView): boolean {
    return isExposed(view, this.#options) && view.name !== this.#apex;
  }
}
