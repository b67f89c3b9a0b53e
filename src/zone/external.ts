import type { SeenService, ViewChange } from '../controllers/view-change.ts';
import { isAtOrBelow, keyOf, type NameKey } from '../dns/name.ts';
import type { NamespaceView } from '../kube/objects.ts';
import { nameServerAnswers, type ServedZone, servedZones } from './apex.ts';
import { isExposed } from './cluster.ts';
import type { ClusterChange, CompiledUnit, NameRule, Unit, UnitGroup } from './compiler.ts';
import { compileExternalService } from './external-service.ts';
import { extraServer } from './extra-names.ts';
import { NameSink } from './names.ts';
import {
  type ApexAddresses,
  apexGroup,
  type ServiceNames,
  ServiceUnit,
  seenServices,
  touchedUnits,
} from './namespace-units.ts';
import type { ExternalOptions, ZoneOptions } from './options.ts';
import { type PackedName, packName } from './packed-name.ts';
import { addressAnswers, distinctAddresses } from './records.ts';
import type { ReverseIndex } from './reverse.ts';
import { type UnitName, zoneOf } from './unit-name.ts';

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

  *changed(change: ClusterChange, addresses: ReverseIndex): Generator<UnitGroup> {
    for (const name of change.gone) yield { name, units: [] };
    for (const one of change.views) {
      if (this.#isExposed(one.view)) yield this.#group(one);
      else if (one.isOther) yield { name: one.view.name, units: [] };
    }
    yield apexGroup(change, addresses, this.zones, (found) => this.#compileApexes(found));
  }

  #group(change: ViewChange): UnitGroup {
    const { name } = change.view;
    const units = this.#services(seenServices(change));
    if (change.isOther) return { name, units: [this.#own(name), ...units] };
    return touchedUnits(name, change.services.keys(), units);
  }

  #own(namespace: string): Unit {
    const compile = () => {
      const names = this.#sink(namespace);
      names.add(keyOf([namespace]), () => []);
      return { names: this.#unhidden(names.names) };
    };
    return { id: namespace, from: [], compile };
  }

  #services(seen: readonly SeenService[]): Unit[] {
    return seen
      .filter(({ service }) => this.#options.labels.matches(service.labels))
      .map((one) => new ServiceUnit(one, true, this.#serviceNames));
  }

  readonly #serviceNames: ServiceNames = {
    compile: ({ service, slices }) => {
      const names = this.#sink(service.namespace);
      const claims = compileExternalService(service, slices, this.#options, names);
      return { names: this.#unhidden(names.names), claims };
    },
  };

  #sink(namespace: string): NameSink {
    return new NameSink(this.#forward, keyOf([namespace]), this.ttl);
  }

  /** A name that lies in another of the zones, with a longer name, is that zone's to answer. */
  #unhidden(names: ReadonlyMap<NameKey, UnitName>): ReadonlyMap<NameKey, UnitName> {
    if (this.#forward.length === 1) return names;
    return new Map([...names].filter(([key, name]) => !this.#isHidden(key, name)));
  }

  #isHidden(key: NameKey, name: UnitName): boolean {
    const own = this.zones[zoneOf(name)] as ServedZone;
    return this.#forward.some(
      (zone) => zone.key.length > own.key.length && isAtOrBelow(key, zone.key),
    );
  }

  /**
   * Every zone has its own name with NS records, `dns`, and `ns1.dns` with the addresses at which
   * clients outside find this server: those of the Services that lead to us, or else those we
   * listen on. The SOA record is not here: its serial changes with every answer's data.
   */
  #compileApexes({ own, hosts, pointers }: ApexAddresses): CompiledUnit {
    const found = distinctAddresses(hosts.length > 0 ? hosts.map(({ address }) => address) : own);
    const name = extraServer(this.#apex);
    const names = this.zones.flatMap((zone, at): [NameKey, PackedName][] => {
      const servers = found.map((address) => ({ name, address }));
      const nameServers = nameServerAnswers(zone.key, servers, this.ttl);
      const server = (name + zone.key) as NameKey;
      const answers = addressAnswers(server, zone.key, found, this.ttl);
      return [
        [zone.key, packName(zone.index, [...nameServers, ...(pointers[at] ?? [])])],
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
