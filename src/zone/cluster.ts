import { keyOf } from '../dns/name.ts';
import type { NamespaceView } from '../kube/objects.ts';
import { compileApex, type NameServer, ownServers, type ServedZone, servedZones } from './apex.ts';
import {
  type ClusterChange,
  type CompiledUnit,
  type NameRule,
  serverAddressBytes,
  type Unit,
} from './compiler.ts';
import { NameSink } from './names.ts';
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

  *changed(
    change: ClusterChange,
    addresses: ReverseIndex,
  ): Generator<readonly [string, Iterable<Unit>]> {
    for (const name of change.gone) yield [name, []];
    for (const view of change.views) {
      if (isListed(view, this.#options)) yield [view.name, this.#units(view)];
    }
    const compile = () => this.#compileApexes(serverAddressBytes(change), addresses);
    yield ['', [{ id: '', from: undefined, compile }]];
  }

  *#units(view: NamespaceView): Generator<Unit> {
    const { labels, pods: mode } = this.#options;
    const { name } = view;
    const isExposed = isShown(view, this.#options);
    // CoreDNS does not apply namespace_labels to PTR records, so the Services are compiled all the
    // same.
    const zones = isExposed ? this.zones.filter((zone) => !zone.isReverse) : [];
    const sink = (top: string) => new NameSink(zones, keyOf([name, top]), this.ttl);
    yield { id: name, from: [isExposed], compile: () => this.#compileOwn(name, sink('svc')) };
    for (const service of view.services) {
      if (!labels.matches(service.labels)) continue;
      const slices = view.slices.get(service.name) ?? [];
      yield {
        id: `${name}/${service.name}`,
        from: [isExposed, service, ...slices],
        compile: () => {
          const names = sink('svc');
          const claims = compileService(service, slices, this.#options, names);
          return { names: names.names, sources: names.sources, claims };
        },
      };
    }
    const pods = mode === 'verified' ? view.pods.filter((pod) => labels.matches(pod.labels)) : [];
    if (pods.length === 0) return;
    const compile = () => {
      const names = sink('pod');
      compilePods(pods, name, names);
      return names;
    };
    yield { id: `${name}/`, from: [isExposed, ...pods], compile };
  }

  /** What exists in every namespace. */
  #compileOwn(namespace: string, sink: NameSink): CompiledUnit {
    sink.add(keyOf([namespace, 'svc']), () => []);
    if (this.#options.pods !== 'disabled') sink.add(keyOf([namespace, 'pod']), () => []);
    return sink;
  }

  #compileApexes(own: readonly Uint8Array[], addresses: ReverseIndex): CompiledUnit {
    const hosts = addresses.hostsOf(own);
    const servers = nameServers(own, hosts);
    const names = this.zones.flatMap((zone) =>
      compileApex(zone, servers, own, addresses.apexPointers(zone), this.ttl),
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
