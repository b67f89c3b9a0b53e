import type { SeenService, ViewChange } from '../controllers/view-change.ts';
import { keyFromText, keyOf } from '../dns/name.ts';
import type { NamespaceView } from '../kube/objects.ts';
import type { Registry } from '../registry/registry.ts';
import { compileApex, type NameServer, ownServers, type ServedZone, servedZones } from './apex.ts';
import type { ClusterChange, CompiledUnit, NameRule, Unit, UnitGroup } from './compiler.ts';
import { endpointDifference } from './endpoint-difference.ts';
import { compileImport } from './multicluster.ts';
import { NameSink } from './names.ts';
import {
  type ApexAddresses,
  apexGroup,
  type CompilePods,
  PodUnit,
  type ServiceNames,
  ServiceUnit,
  seenServices,
  touchedUnits,
  unitId,
} from './namespace-units.ts';
import type { ZoneOptions } from './options.ts';
import { compilePods } from './pod.ts';
import { PodsByAddress } from './pods-by-address.ts';
import type { AddressEntry } from './records.ts';
import type { ReverseIndex } from './reverse.ts';
import { compileService, serviceName } from './service.ts';

/** The names of Services and Pods: those of a `kubernetes` block. */
export class ClusterRule implements NameRule {
  readonly zones: readonly ServedZone[];
  readonly ttl: number;
  readonly #options: ZoneOptions;
  readonly #forward: readonly ServedZone[];
  /** Those of this cluster's Services, and those of the Services that clusters share. */
  readonly #ownZones: readonly ServedZone[];
  readonly #importZones: readonly ServedZone[];
  readonly #registry: Pick<Registry, 'namespace'> | undefined;
  /** Where they have names. */
  readonly #pods: PodsByAddress;

  /** `registry` has the Services that clusters share. */
  constructor(options: ZoneOptions, registry?: Pick<Registry, 'namespace'>) {
    this.#options = options;
    this.zones = servedZones(options.zones);
    const shared = new Set(options.multicluster?.map(keyFromText));
    this.#forward = this.zones.filter((zone) => !zone.isReverse);
    this.#ownZones = this.#forward.filter(({ key }) => !shared.has(key));
    this.#importZones = this.#forward.filter(({ key }) => shared.has(key));
    this.#registry = registry;
    const { pods, labels } = options;
    this.#pods = new PodsByAddress((pod) => pods === 'verified' && labels.matches(pod.labels));
    this.ttl = options.ttl;
  }

  *changed(change: ClusterChange, addresses: ReverseIndex): Generator<UnitGroup> {
    const hasImports = this.#importZones.length > 0;
    for (const name of change.gone) {
      yield { name, units: [] };
      this.#pods.remove(name);
      if (hasImports) yield { name: importsOf(name), units: [] };
    }
    for (const one of change.views) {
      if (!isListed(one.view, this.#options)) continue;
      yield this.#group(one);
      if (!hasImports) continue;
      const isExposed = isShown(one.view, this.#options);
      yield { name: importsOf(one.view.name), units: this.#imports(one.view, isExposed) };
    }
    yield apexGroup(change, addresses, this.zones, (found) => this.#compileApexes(found));
  }

  #group(change: ViewChange): UnitGroup {
    const { view, isOther, services, pods } = change;
    const { name } = view;
    const isExposed = isShown(view, this.#options);
    const touched = this.#pods.update(name, pods.values());
    const addresses = isOther ? this.#pods.addresses(name) : touched;
    const units = this.#services(seenServices(change), isExposed);
    units.push(...this.#podUnits(name, addresses, isExposed));
    if (isOther) return { name, units: [this.#own(view, isExposed), ...units] };
    return touchedUnits(name, [...services.keys(), ...[...touched].map(podPart)], units);
  }

  #own({ name }: NamespaceView, isExposed: boolean): Unit {
    const zones = isExposed ? this.#forward : [];
    const compile = () => this.#compileOwn(name, this.#sink(name, 'svc', zones));
    return { id: name, from: [isExposed], compile };
  }

  #services(seen: readonly SeenService[], isExposed: boolean): Unit[] {
    return seen
      .filter(({ service }) => this.#options.labels.matches(service.labels))
      .map((one) => new ServiceUnit(one, isExposed, this.#serviceNames));
  }

  /**
   * CoreDNS does not apply namespace_labels to PTR records, so the Services of a namespace without
   * names are compiled all the same.
   */
  readonly #serviceNames: ServiceNames = {
    compile: ({ service, slices }, isExposed) => {
      const names = this.#sink(service.namespace, 'svc', isExposed ? this.#ownZones : []);
      const claims = compileService(service, slices, this.#options, names);
      return { names: names.names, claims };
    },
    difference: ({ service, slices: before }, { slices: after }, isExposed) => {
      const [zones, top] = [isExposed ? this.#ownZones : [], serviceName(service)];
      const newSink = () => new NameSink(zones, top, this.ttl);
      return endpointDifference(service, before, after, this.#options, newSink);
    },
  };

  #imports({ name }: NamespaceView, isExposed: boolean): Unit[] {
    const objects = this.#registry?.namespace(name);
    if (objects === undefined || !isExposed) return [];
    return [...objects.of('ServiceImport').values()].map((item) => {
      const slices = objects.slicesOfImports.get(item.name) ?? [];
      const compile = () => {
        const names = this.#sink(name, 'svc', this.#importZones);
        compileImport(item, slices, this.#options, names);
        return names;
      };
      return { id: unitId(importsOf(name), item.name), from: [item, ...slices], compile };
    });
  }

  #podUnits(namespace: string, addresses: Iterable<string>, isExposed: boolean): Unit[] {
    return [...addresses].flatMap((address) => {
      const pods = this.#pods.at(namespace, address);
      if (pods.length === 0) return [];
      const id = unitId(namespace, podPart(address));
      return [new PodUnit(id, pods, isExposed, this.#compilePods)];
    });
  }

  readonly #compilePods: CompilePods = (pods, isExposed) => {
    const namespace = pods[0]?.namespace ?? '';
    const names = this.#sink(namespace, 'pod', isExposed ? this.#forward : []);
    compilePods(pods, namespace, names);
    return names;
  };

  #sink(namespace: string, top: string, zones: readonly ServedZone[]): NameSink {
    return new NameSink(zones, keyOf([namespace, top]), this.ttl);
  }

  /** What exists in every namespace. */
  #compileOwn(namespace: string, sink: NameSink): CompiledUnit {
    sink.add(keyOf([namespace, 'svc']), () => []);
    if (this.#options.pods !== 'disabled') sink.add(keyOf([namespace, 'pod']), () => []);
    return sink;
  }

  #compileApexes({ own, hosts, pointers }: ApexAddresses): CompiledUnit {
    const servers = nameServers(own, hosts);
    const names = this.zones.flatMap((zone, at) =>
      compileApex(zone, servers, own, pointers[at] ?? [], this.ttl),
    );
    return { names: new Map(names), sources: new Map(this.zones.map(({ key }) => [key, hosts])) };
  }
}

/** What tells the unit of an address from those of Services. */
const podPart = (address: string) => `/${address}`;

/** The group of a namespace's ServiceImports. */
const importsOf = (namespace: string) => `${namespace}/imports`;

/** The Services that lead to us; when there is none, `ns.dns` with our addresses. */
function nameServers(own: readonly Uint8Array[], hosts: readonly AddressEntry[]): NameServer[] {
  if (hosts.length === 0) return ownServers(own);
  const servers = hosts.map(({ target, address }) => ({ name: target, address }));
  return [...new Map(servers.map((one) => [`${one.name} ${one.address}`, one])).values()];
}

type ExposureOptions = Pick<ZoneOptions, 'namespaces' | 'namespaceLabels'>;

/** Do the names of a namespace exist? */
export function isExposed(view: NamespaceView, options: ExposureOptions): boolean {
  return isListed(view, options) && isShown(view, options);
}

function isShown({ isHidden, labels }: NamespaceView, options: ExposureOptions): boolean {
  return isHidden === undefined && options.namespaceLabels.matches(labels);
}

function isListed({ name }: NamespaceView, { namespaces }: ExposureOptions): boolean {
  return namespaces.length === 0 || namespaces.includes(name);
}
