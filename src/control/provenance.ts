import { Type } from '../dns/codes.ts';
import { isAtOrBelow, keyOfWire, labelsOf, type NameKey } from '../dns/name.ts';
import type { ResourceRecord, WireName } from '../dns/record.ts';
import type { NamespaceView, Pod, Service } from '../kube/objects.ts';
import type { Registry } from '../registry/registry.ts';
import { type ServedZone, servedZones } from '../zone/apex.ts';
import type { ZoneOptions } from '../zone/options.ts';
import type { SideTable } from '../zone/side-table.ts';
import { HostSources } from './host-sources.ts';
import { MANIFEST, ObjectPlaces, placeOf } from './object-places.ts';
import {
  addressKey,
  type NamePart,
  type Place,
  type ServiceSources,
  type Source,
} from './service-sources.ts';
import { clusterSources, outsideSources } from './sources-of-service.ts';

/** Why there is a record. */
export interface Provenance {
  /**
   * The object that the name is made of; undefined for what every zone has, which svcdns makes by
   * itself.
   */
  readonly named: Place | undefined;
  /** What wrote down the data: `manifest`, a controller, or `svcdns`. */
  readonly by: string;
  /**
   * The objects that the data comes from, where those are others: Pods, slices, workloads, pools.
   */
  readonly from: readonly Place[];
  /** Ports of every node that lead to where an SRV record does. */
  readonly nodePorts: readonly number[];
}

/** The names of a `kubernetes` block, and those beside them. */
export type RecordTable = 'cluster' | SideTable;

const OURS: Provenance = { named: undefined, by: 'svcdns', from: [], nodePorts: [] };

/**
 * Says of each record which object it comes from, and which controller is behind it. Worked out
 * when it is asked for: what is compiled for answering knows nothing of objects. Right for as long
 * as the objects stay as they are.
 */
export class Provenances {
  readonly #views: ReadonlyMap<string, NamespaceView>;
  readonly #options: ZoneOptions;
  readonly #places: ObjectPlaces;
  readonly #hosts: HostSources | undefined;
  readonly #services = new Map<string, Map<string, Service>>();
  readonly #sources = { cluster: new Map(), external: new Map() } as const satisfies Record<
    ServiceTable,
    Map<Service, ServiceSources>
  >;
  readonly #pods = new Map<string, ReadonlyMap<string, Pod>>();

  /** `views` are the namespaces of the registry after the controllers, by name. */
  constructor(registry: Registry, views: ReadonlyMap<string, NamespaceView>, options: ZoneOptions) {
    this.#views = views;
    this.#options = options;
    this.#places = new ObjectPlaces(registry, views);
    const { gateway } = options;
    this.#hosts = gateway && new HostSources(registry, views.values(), gateway, this.#places);
  }

  /** `zone` is one of those of the table, and the one that the record is in. */
  of(record: ResourceRecord, zone: ServedZone, table: RecordTable = 'cluster'): Provenance {
    if (table === 'gateway') return this.#hosts?.of(record) ?? OURS;
    const { type, data, owner } = record;
    if (type === Type.NS && data.kind === 'name') return this.#server(data.name, zone, table);
    if (type === Type.PTR && data.kind === 'name') return this.#pointer(owner, data.name, table);
    const found = this.#serviceAt(owner, zone, table);
    if (found !== undefined) return this.#ofService(record, zone, found, table);
    const pod = table === 'cluster' ? this.#podAt(owner, zone) : undefined;
    if (pod === undefined) return OURS;
    const { by, from } = this.#places.pod(pod);
    return { named: from, by, from: [], nodePorts: [] };
  }

  /** An NS record is ours, even when it leads to a Service in front of us. */
  #server(target: WireName, zone: ServedZone, table: ServiceTable): Provenance {
    const found = this.#serviceAt(target, zone, table);
    return found === undefined ? OURS : { ...OURS, from: [placeOf(found.service)] };
  }

  #pointer(owner: WireName, target: WireName, table: ServiceTable): Provenance {
    const zones = table === 'cluster' ? this.#options.zones : (this.#options.external?.zones ?? []);
    const primary = servedZones(zones).find((zone) => !zone.isReverse);
    const found = primary && this.#serviceAt(target, primary, table);
    if (found === undefined) return OURS;
    const sources = this.#sourcesOf(found.service, table);
    return provenance(found.service, sources.ofAddress(keyOfWire(owner), found.part));
  }

  #ofService(
    { data }: ResourceRecord,
    zone: ServedZone,
    { service, part }: FoundService,
    table: ServiceTable,
  ): Provenance {
    const sources = this.#sourcesOf(service, table);
    switch (data.kind) {
      case 'address':
        return provenance(service, sources.ofAddress(addressKey(data.address), part));
      case 'service': {
        const target = keyOfWire(data.target);
        const relative = isAtOrBelow(target, zone.key) ? withoutZone(target, zone) : target;
        return provenance(service, sources.ofTarget(data.port, relative, part));
      }
      default:
        return provenance(service, []);
    }
  }

  #sourcesOf(service: Service, table: ServiceTable): ServiceSources {
    const all: Map<Service, ServiceSources> = this.#sources[table];
    const known = all.get(service);
    if (known !== undefined) return known;
    const slices = this.#views.get(service.namespace)?.slices.get(service.name) ?? [];
    const make = table === 'cluster' ? clusterSources : outsideSources;
    const sources = make(service, slices, this.#options, this.#places);
    all.set(service, sources);
    return sources;
  }

  /**
   * `_http._tcp.web.shop.svc`, `db-0.web.shop.svc` or `web.shop.svc`; outside there is no `svc`.
   */
  #serviceAt(name: WireName, zone: ServedZone, table: ServiceTable): FoundService | undefined {
    const key = keyOfWire(name);
    if (!isAtOrBelow(key, zone.key)) return undefined;
    const labels = labelsOf(withoutZone(key, zone));
    if (table === 'cluster' && labels.pop() !== 'svc') return undefined;
    const namespace = labels.pop();
    const service = this.#service(namespace, labels.pop());
    if (service === undefined) return undefined;
    const [first = '', second] = labels;
    if (second === undefined) return { service, part: { label: first, port: '' } };
    return { service, part: { label: '', port: `${first.slice(1)}/${second.slice(1)}` } };
  }

  #service(namespace: string | undefined, name: string | undefined): Service | undefined {
    if (namespace === undefined || name === undefined) return undefined;
    let services = this.#services.get(namespace);
    if (services === undefined) {
      const all = this.#views.get(namespace)?.services ?? [];
      services = new Map(all.map((service) => [service.name, service]));
      this.#services.set(namespace, services);
    }
    return services.get(name);
  }

  /** `1-2-3-4.shop.pod`. */
  #podAt(name: WireName, zone: ServedZone): Pod | undefined {
    const labels = labelsOf(withoutZone(keyOfWire(name), zone));
    const [label = '', namespace = '', top] = labels;
    if (labels.length !== 3 || top !== 'pod') return undefined;
    let pods = this.#pods.get(namespace);
    if (pods === undefined) {
      const all = this.#views.get(namespace)?.pods ?? [];
      const read = all.filter((pod) => this.#options.labels.matches(pod.labels)).toReversed();
      pods = new Map(read.map((pod) => [(pod.podIPs[0] ?? '').replace(/[.:]/g, '-'), pod]));
      this.#pods.set(namespace, pods);
    }
    return pods.get(label);
  }
}

type ServiceTable = Exclude<RecordTable, 'gateway'>;

interface FoundService {
  readonly service: Service;
  readonly part: NamePart;
}

function withoutZone(key: NameKey, zone: ServedZone): NameKey {
  return key.slice(0, key.length - zone.key.length) as NameKey;
}

/** Without a source it is the Service's own doing: an alias. */
function provenance(service: Service, sources: readonly Source[]): Provenance {
  const from = new Map(sources.flatMap((one) => (one.from ? [[one.from.object, one.from]] : [])));
  const nodePorts = new Set(sources.map(({ nodePort }) => nodePort).filter((port) => port > 0));
  return {
    named: placeOf(service),
    by: sources[0]?.by ?? MANIFEST,
    from: [...from.values()],
    nodePorts: [...nodePorts],
  };
}
