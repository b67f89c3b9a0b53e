import { addressBytes } from '../dns/address.ts';
import { isAtOrBelow, keyOf, type NameKey } from '../dns/name.ts';
import type { EndpointSlice, NamespaceView, Service } from '../kube/objects.ts';
import { type ServedZone, servedZones } from './apex.ts';
import { diff, isLoopback, type NameChanges, sameItems } from './compiler.ts';
import { compileSideApex } from './external-apex.ts';
import { compileExternalService, type ExternalService } from './external-service.ts';
import { NameSink } from './names.ts';
import type { ExternalOptions, ZoneOptions } from './options.ts';
import { type PackedName, zoneIndex } from './packed-name.ts';
import { ReverseIndex } from './reverse.ts';
import type { ReverseEntry } from './service.ts';
import { sideKey } from './side-table.ts';

/** What was compiled from one Service, kept to be reused while the Service stays as it is. */
interface ServicePart extends ExternalService {
  readonly service: Service;
  readonly slices: readonly EndpointSlice[];
  readonly names: ReadonlyMap<NameKey, PackedName>;
}

interface NamespacePart {
  readonly own: ReadonlyMap<NameKey, PackedName>;
  readonly services: ReadonlyMap<string, ServicePart>;
}

const NO_NAMES: ReadonlyMap<NameKey, PackedName> = new Map();
const NOTHING: NamespacePart = { own: NO_NAMES, services: new Map() };

/**
 * Compiles namespaces to the names of `k8s_external`, and says what changed since the last time.
 * The same objects always compile to the same answers, in whatever order they came.
 */
export class ExternalCompiler {
  readonly #options: ZoneOptions;
  readonly #external: ExternalOptions;
  readonly #zones: readonly ServedZone[];
  readonly #forward: readonly ServedZone[];
  readonly #namespaces = new Map<string, NamespacePart>();
  readonly #reverse: ReverseIndex;
  /** Endpoints, with the addresses at which each can be reached from outside. */
  readonly #servers: ReverseIndex;
  readonly #step: () => void;
  #apex: ReadonlyMap<NameKey, PackedName> = NO_NAMES;

  /** `step` is called after each Service. */
  constructor(options: ZoneOptions, external: ExternalOptions, step: () => void = () => {}) {
    this.#options = options;
    this.#step = step;
    this.#external = external;
    this.#zones = servedZones(external.zones);
    this.#forward = this.#zones.filter((zone) => !zone.isReverse);
    this.#reverse = new ReverseIndex(this.#zones, external.ttl);
    this.#servers = new ReverseIndex([], external.ttl);
  }

  /**
   * Takes the new state of the namespaces in `views` and the disappearance of those in `gone`.
   * `serverAddresses` are the addresses we listen on: ours when no Service leads to us from
   * outside.
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
    for (const view of views) this.#replace(view.name, this.#compile(view), changes);
    const apex = this.#compileApexes(serverAddresses);
    diff(this.#apex, apex, changes);
    this.#apex = apex;
    return new Map([...changes].map(([key, name]) => [sideKey('external', key), name]));
  }

  #compile(view: NamespaceView): NamespacePart {
    if (!this.#isExposed(view)) return NOTHING;
    const before = this.#namespaces.get(view.name) ?? NOTHING;
    const top = keyOf([view.name]);
    const own = this.#sink(top);
    own.add(top, () => []);
    const services = new Map<string, ServicePart>();
    for (const service of view.services) {
      if (!this.#options.labels.matches(service.labels)) continue;
      const slices = view.slices.get(service.name) ?? [];
      const known = before.services.get(service.name);
      const isUnchanged = known?.service === service && sameItems(known.slices, slices);
      services.set(service.name, isUnchanged ? known : this.#compileService(service, slices, top));
      this.#step();
    }
    return { own: this.#unhidden(own.names), services };
  }

  #compileService(service: Service, slices: readonly EndpointSlice[], top: NameKey): ServicePart {
    const sink = this.#sink(top);
    const made = compileExternalService(service, slices, this.#options, sink);
    return { service, slices, names: this.#unhidden(sink.names), ...made };
  }

  #sink(top: NameKey): NameSink {
    return new NameSink(this.#forward, top, this.#external.ttl);
  }

  /** A name that lies in another of the zones, with a longer name, is that zone's to answer. */
  #unhidden(names: ReadonlyMap<NameKey, PackedName>): ReadonlyMap<NameKey, PackedName> {
    if (this.#forward.length === 1) return names;
    return new Map([...names].filter(([key, name]) => !this.#isHidden(key, name)));
  }

  #isHidden(key: NameKey, name: PackedName): boolean {
    const own = this.#zones[zoneIndex(name)] as ServedZone;
    return this.#forward.some(
      (zone) => zone.key.length > own.key.length && isAtOrBelow(key, zone.key),
    );
  }

  #replace(name: string, after: NamespacePart, changes: NameChanges): void {
    const before = this.#namespaces.get(name) ?? NOTHING;
    diff(before.own, after.own, changes);
    for (const service of new Set([...before.services.keys(), ...after.services.keys()])) {
      const [old, made] = [before.services.get(service), after.services.get(service)];
      if (old === made) continue;
      const order = `${name}/${service}`;
      diff(old?.names ?? NO_NAMES, made?.names ?? NO_NAMES, changes);
      replaceClaims(this.#reverse, order, old?.reverse ?? [], made?.reverse ?? [], changes);
      replaceClaims(this.#servers, order, old?.servers ?? [], made?.servers ?? [], changes);
    }
    if (after === NOTHING) this.#namespaces.delete(name);
    else this.#namespaces.set(name, after);
  }

  #compileApexes(serverAddresses: readonly string[]): Map<NameKey, PackedName> {
    const { apex, ttl } = this.#external;
    const addresses = this.#ownAddresses(serverAddresses);
    const names = this.#zones.flatMap((zone) => {
      const pointers = zone.isReverse ? this.#reverse.pointers(zone.key, zone) : undefined;
      return compileSideApex(zone, apex, addresses, ttl, pointers);
    });
    return new Map(names);
  }

  /**
   * The addresses outside of the Services that lead to us, found by our address among their
   * endpoints; when there are none, those we listen on. Loopback addresses lead nobody to us, so
   * they find no Service.
   */
  #ownAddresses(serverAddresses: readonly string[]): readonly Uint8Array[] {
    const own = serverAddresses.map(addressBytes).filter((bytes) => bytes !== undefined);
    const outside = own
      .filter((address) => !isLoopback(address))
      .flatMap((address) => this.#servers.hostsAt(address))
      .map(({ address }) => address);
    const found = outside.length > 0 ? outside : own;
    return [...new Map(found.map((address) => [address.join(), address])).values()];
  }

  /**
   * The names of a namespace that is called like the zone's own `dns` are hidden by that, as in
   * CoreDNS.
   */
  #isExposed({ name, labels }: NamespaceView): boolean {
    const { namespaces, namespaceLabels } = this.#options;
    const isListed = namespaces.length === 0 || namespaces.includes(name);
    return isListed && namespaceLabels.matches(labels) && name !== this.#external.apex;
  }
}

/**
 * Says nothing of addresses that stay as they were: a Service that changes otherwise has the same
 * PTR records.
 */
function replaceClaims(
  index: ReverseIndex,
  order: string,
  before: readonly ReverseEntry[],
  after: readonly ReverseEntry[],
  changes: NameChanges,
): void {
  if (claimsText(before) !== claimsText(after)) index.replace(order, before, after, changes);
}

function claimsText(entries: readonly ReverseEntry[]): string {
  const hosts = (host: ReverseEntry['host']) => host.map(({ address }) => address.join()).join(' ');
  return entries.map(({ address, target, host }) => `${address} ${target} ${hosts(host)}`).join();
}
