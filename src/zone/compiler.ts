import { addressBytes } from '../dns/address.ts';
import { keyOf, type NameKey } from '../dns/name.ts';
import type { EndpointSlice, NamespaceView, Service } from '../kube/objects.ts';
import { compileApex, type NameServer, ownServers, type ServedZone, servedZones } from './apex.ts';
import { NameSink } from './names.ts';
import type { ZoneOptions } from './options.ts';
import type { PackedName } from './packed-name.ts';
import { compilePods } from './pod.ts';
import { ReverseIndex } from './reverse.ts';
import { compileService, type ReverseEntry } from './service.ts';

/** What a change does to the published names: a name's new form, or null when it is gone. */
export type NameChanges = Map<NameKey, PackedName | null>;

/** What was compiled from one Service, kept to be reused while the Service stays as it is. */
interface ServicePart {
  readonly service: Service;
  readonly slices: readonly EndpointSlice[];
  readonly names: ReadonlyMap<NameKey, PackedName>;
  readonly reverse: readonly ReverseEntry[];
}

interface NamespacePart {
  readonly isExposed: boolean;
  readonly own: ReadonlyMap<NameKey, PackedName>;
  readonly services: Map<string, ServicePart>;
  readonly podNames: ReadonlyMap<NameKey, PackedName>;
}

const NO_NAMES: ReadonlyMap<NameKey, PackedName> = new Map();
const NOTHING: NamespacePart = {
  isExposed: false,
  own: NO_NAMES,
  services: new Map(),
  podNames: NO_NAMES,
};

/**
 * Compiles namespaces to names with prepared answers, and says what changed since the last time.
 * The same objects always compile to the same answers, in whatever order they came.
 */
export class ZoneCompiler {
  readonly #options: ZoneOptions;
  readonly #zones: readonly ServedZone[];
  readonly #namespaces = new Map<string, NamespacePart>();
  readonly #reverse: ReverseIndex;
  readonly #step: () => void;
  #apex: ReadonlyMap<NameKey, PackedName> = NO_NAMES;
  #serverAddresses: readonly string[] = [];

  /** `step` is called after each Service: one namespace may have ten thousand of them. */
  constructor(options: ZoneOptions, step: () => void = () => {}) {
    this.#options = options;
    this.#step = step;
    this.#zones = servedZones(options.zones);
    this.#reverse = new ReverseIndex(this.#zones, options.ttl);
  }

  /**
   * Takes the new state of the namespaces in `views` and the disappearance of those in `gone`.
   * `serverAddresses` are the addresses we listen on, for NS records and `ns.dns`.
   */
  update(
    views: Iterable<NamespaceView>,
    gone: Iterable<string>,
    serverAddresses: readonly string[],
  ): NameChanges {
    const changes: NameChanges = new Map();
    for (const name of gone) {
      this.#replace(name, NOTHING, changes);
      this.#namespaces.delete(name);
    }
    for (const view of views) {
      if (this.#isListed(view.name)) this.#replace(view.name, this.#compile(view), changes);
    }
    this.#serverAddresses = serverAddresses;
    const apex = this.#compileApexes();
    diff(this.#apex, apex, changes);
    this.#apex = apex;
    return changes;
  }

  #compile(view: NamespaceView): NamespacePart {
    const before = this.#namespaces.get(view.name) ?? NOTHING;
    const { labels, namespaceLabels, pods: mode } = this.#options;
    // CoreDNS does not apply namespace_labels to PTR records, so the Services are compiled all the
    // same.
    const isExposed = namespaceLabels.matches(view.labels);
    const forward = isExposed ? this.#zones.filter((zone) => !zone.isReverse) : [];
    const own = new NameSink(forward, keyOf(['svc']), this.#options.ttl);
    own.add(keyOf([view.name, 'svc']), () => []);
    if (mode !== 'disabled') own.add(keyOf([view.name, 'pod']), () => []);

    const top = keyOf([view.name, 'svc']);
    const services = new Map<string, ServicePart>();
    for (const service of view.services) {
      if (!labels.matches(service.labels)) continue;
      const slices = view.slices.get(service.name) ?? [];
      const known = before.isExposed === isExposed ? before.services.get(service.name) : undefined;
      const isUnchanged = known?.service === service && sameItems(known.slices, slices);
      const sink = new NameSink(forward, top, this.#options.ttl);
      services.set(service.name, isUnchanged ? known : this.#compileService(service, slices, sink));
      this.#step();
    }

    const pods = mode === 'verified' ? view.pods.filter((pod) => labels.matches(pod.labels)) : [];
    const podSink = new NameSink(forward, keyOf([view.name, 'pod']), this.#options.ttl);
    if (pods.length > 0) compilePods(pods, view.name, podSink);
    return { isExposed, own: own.names, services, podNames: podSink.names };
  }

  #compileService(service: Service, slices: readonly EndpointSlice[], sink: NameSink): ServicePart {
    const reverse = compileService(service, slices, this.#options, sink);
    return { service, slices, names: sink.names, reverse };
  }

  #replace(name: string, after: NamespacePart, changes: NameChanges): void {
    const before = this.#namespaces.get(name) ?? NOTHING;
    diff(before.own, after.own, changes);
    diff(before.podNames, after.podNames, changes);
    for (const [service, part] of before.services) {
      if (!after.services.has(service))
        this.#replaceService(name, service, part, undefined, changes);
    }
    for (const [service, part] of after.services) {
      this.#replaceService(name, service, before.services.get(service), part, changes);
      this.#step();
    }
    this.#namespaces.set(name, after);
  }

  #replaceService(
    namespace: string,
    service: string,
    before: ServicePart | undefined,
    after: ServicePart | undefined,
    changes: NameChanges,
  ): void {
    if (before === after) return;
    diff(before?.names ?? NO_NAMES, after?.names ?? NO_NAMES, changes);
    this.#reverse.replace(
      `${namespace}/${service}`,
      before?.reverse ?? [],
      after?.reverse ?? [],
      changes,
    );
  }

  #compileApexes(): Map<NameKey, PackedName> {
    const addresses = this.#serverAddresses
      .map(addressBytes)
      .filter((bytes) => bytes !== undefined);
    const servers = this.#nameServers(addresses);
    const names = this.#zones.flatMap((zone) =>
      compileApex(
        zone,
        servers,
        this.#options.ttl,
        addresses,
        zone.isReverse ? this.#reverse.pointers(zone.key, zone) : undefined,
      ),
    );
    return new Map(names);
  }

  /**
   * The Service that leads to us, found by our address among its endpoints; when there is none,
   * `ns.dns` with our addresses. Loopback addresses lead nobody to us, so they find no Service.
   */
  #nameServers(addresses: readonly Uint8Array[]): NameServer[] {
    const hosts = addresses
      .filter((address) => !isLoopback(address))
      .flatMap((address) => this.#reverse.hostsAt(address));
    if (hosts.length === 0) return ownServers(addresses);
    const seen = new Set<string>();
    return hosts.filter(({ target, address }) => {
      const id = `${target} ${address}`;
      return !seen.has(id) && seen.add(id);
    });
  }

  #isListed(namespace: string): boolean {
    const { namespaces } = this.#options;
    return namespaces.length === 0 || namespaces.includes(namespace);
  }
}

/** Adds to `changes` what makes the names `before` the names `after`. */
export function diff(
  before: ReadonlyMap<NameKey, PackedName>,
  after: ReadonlyMap<NameKey, PackedName>,
  changes: NameChanges,
): void {
  if (before === after) return;
  for (const key of before.keys()) {
    if (!after.has(key)) changes.set(key, null);
  }
  for (const [key, name] of after) {
    const known = before.get(key);
    if (known !== name) changes.set(key, name);
  }
}

/** Are these the very same objects, in the same order? */
export function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at]);
}

export function isLoopback(address: Uint8Array): boolean {
  if (address.length === 4) return address[0] === 127;
  return address.subarray(0, 15).every((byte) => byte === 0) && address[15] === 1;
}
