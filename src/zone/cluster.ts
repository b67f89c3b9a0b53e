import type { SeenService, ViewChange } from '../controllers/view-change.ts';
import { keyOf } from '../dns/name.ts';
import type { NamespaceView } from '../kube/objects.ts';
import { compileApex, type NameServer, ownServers, type ServedZone, servedZones } from './apex.ts';
import type { ClusterChange, CompiledUnit, NameRule, Unit, UnitGroup } from './compiler.ts';
import { NameSink } from './names.ts';
import {
  type ApexAddresses,
  apexGroup,
  seenServices,
  touchedUnits,
  unitId,
} from './namespace-units.ts';
import type { ZoneOptions } from './options.ts';
import { compilePods } from './pod.ts';
import type { AddressEntry } from './records.ts';
import type { ReverseIndex } from './reverse.ts';
import { compileService } from './service.ts';

/** The names of Services and Pods: those of a `kubernetes` block. */
export class ClusterRule implements NameRule {
  readonly zones: readonly ServedZone[];
  readonly ttl: number;
  readonly #options: ZoneOptions;

  constructor(options: ZoneOptions) {
    this.#options = options;
    this.zones = servedZones(options.zones);
    this.ttl = options.ttl;
  }

  *changed(change: ClusterChange, addresses: ReverseIndex): Generator<UnitGroup> {
    for (const name of change.gone) yield { name, units: [] };
    for (const one of change.views) {
      if (isListed(one.view, this.#options)) yield this.#group(one);
    }
    yield apexGroup(change, addresses, this.zones, (found) => this.#compileApexes(found));
  }

  #group(change: ViewChange): UnitGroup {
    const { view, isOther, services, hasOtherPods } = change;
    const units = this.#services(view, seenServices(change));
    if (isOther || hasOtherPods) units.push(...this.#pods(view));
    if (isOther) return { name: view.name, units: [this.#own(view), ...units] };
    return touchedUnits(view.name, [...services.keys(), ...(hasOtherPods ? [''] : [])], units);
  }

  #own(view: NamespaceView): Unit {
    const isExposed = isShown(view, this.#options);
    const compile = () => this.#compileOwn(view.name, this.#sink(view, 'svc'));
    return { id: view.name, from: [isExposed], compile };
  }

  #services(view: NamespaceView, seen: readonly SeenService[]): Unit[] {
    const isExposed = isShown(view, this.#options);
    const wanted = seen.filter(({ service }) => this.#options.labels.matches(service.labels));
    return wanted.map(({ service, slices }) => ({
      id: unitId(view.name, service.name),
      from: [isExposed, service, ...slices],
      compile: () => {
        const names = this.#sink(view, 'svc');
        const claims = compileService(service, slices, this.#options, names);
        return { names: names.names, sources: names.sources, claims };
      },
    }));
  }

  #pods(view: NamespaceView): Unit[] {
    const { labels, pods: mode } = this.#options;
    const pods = mode === 'verified' ? view.pods.filter((pod) => labels.matches(pod.labels)) : [];
    if (pods.length === 0) return [];
    const compile = () => {
      const names = this.#sink(view, 'pod');
      compilePods(pods, view.name, names);
      return names;
    };
    const from = [isShown(view, this.#options), ...pods];
    return [{ id: unitId(view.name, ''), from, compile }];
  }

  /**
   * CoreDNS does not apply namespace_labels to PTR records, so the Services of a namespace without
   * names are compiled all the same.
   */
  #sink(view: NamespaceView, top: string): NameSink {
    const isExposed = isShown(view, this.#options);
    const zones = isExposed ? this.zones.filter((zone) => !zone.isReverse) : [];
    return new NameSink(zones, keyOf([view.name, top]), this.ttl);
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
