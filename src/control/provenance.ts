import { CLUSTER_BASICS } from '../controllers/cluster-basics.ts';
import { plainAddressBytes } from '../dns/address.ts';
import { isAddressType, Type } from '../dns/codes.ts';
import type { ResourceRecord } from '../dns/record.ts';
import type { KubeObject, Origin, Service } from '../kube/objects.ts';
import { isOfCluster } from '../kube/origin.ts';
import { objectText } from '../kube/problem.ts';
import type { ObjectKey } from '../registry/registry.ts';
import type { NameCompiler } from '../zone/compiler.ts';
import type { RecordTable } from '../zone/options.ts';
import { isSameAddress, type ObjectEntry } from '../zone/records.ts';
import { outsideAddresses } from './unanswered.ts';

/** An object and where it is written. */
export interface Place {
  /** As kubectl would name it: `Service shop/web`. */
  readonly object: string;
  readonly origin: Origin;
  readonly key: ObjectKey;
}

/** Why there is a record. */
export interface Provenance {
  /**
   * The object that the name is made of; undefined for what every zone has, which svcdns makes by
   * itself.
   */
  readonly named: Place | undefined;
  /** What wrote down the data: `manifest`, `API server`, a controller, or `svcdns`. */
  readonly by: string;
  /**
   * The objects that the data comes from, where those are others: Pods, slices, workloads, pools.
   */
  readonly from: readonly Place[];
  /** Ports of every node that lead to where an SRV record does. */
  readonly nodePorts: readonly number[];
  /**
   * Where clients outside reach the Service whose address this is: external IPs, and addresses or
   * names of its load balancer.
   */
  readonly external: readonly string[];
}

/** Who put something there, and what it was taken from when that is not the object itself. */
interface Made {
  readonly by: string;
  readonly from?: KubeObject | undefined;
}

/** Written down: in a manifest, or in what an API server has. */
function written(object: KubeObject): Made {
  return { by: isOfCluster(object) ? 'API server' : 'manifest' };
}

const BASICS: Made = { by: 'svcdns' };

const OURS: Provenance = { named: undefined, by: 'svcdns', from: [], nodePorts: [], external: [] };

/**
 * Says of each record which object it comes from, and which controller is behind it. The objects
 * have travelled with the compiled entries; right for as long as they stay as they are.
 */
export class Provenances {
  readonly #compilers: ReadonlyMap<RecordTable, NameCompiler>;

  /** `compilers` keep the sources of their names. */
  constructor(compilers: ReadonlyMap<RecordTable, NameCompiler>) {
    this.#compilers = compilers;
  }

  of(record: ResourceRecord, table: RecordTable = 'cluster'): Provenance {
    const entries = this.#compilers.get(table)?.sourcesOf(record) ?? [];
    // An NS record is ours, even when it leads to a Service in front of us.
    if (record.type === Type.NS) {
      return { ...OURS, from: places(entries.map(({ object }) => object)) };
    }
    const [first] = entries;
    if (first === undefined) return OURS;
    const named = placeOf(first.object);
    const from = entries.flatMap((entry) => {
      const { from } = madeBy(entry, record, table);
      return [entry.object, ...(entry.via ? [entry.via] : []), ...(from ? [from] : [])];
    });
    return {
      named,
      by: madeBy(first, record, table).by,
      from: places(from).filter(({ object }) => object !== named.object),
      nodePorts: record.type === Type.SRV ? nodePorts(entries) : [],
      external: isAddressType(record.type) && table === 'cluster' ? externalOf(entries) : [],
    };
  }
}

/** Who wrote down, or gave, what a record has from this entry. */
function madeBy(entry: ObjectEntry, { data }: ResourceRecord, table: RecordTable): Made {
  const { object, via = object, slice, endpoint } = entry;
  if (slice === undefined) {
    if (via.madeOf !== undefined) return { by: 'workload simulation' };
    if (via.kind !== 'Service' || data.kind === 'service') {
      return object.origin === CLUSTER_BASICS ? BASICS : written(via);
    }
    return ownAddress(via, entry.address, table);
  }
  if (slice.madeOf === undefined) return { ...written(slice), from: slice };
  if (slice.madeOf.kind === 'Endpoints') {
    return { by: 'endpoint slice mirroring controller', from: slice.madeOf };
  }
  const pod = endpoint?.pod;
  const isSimulated = pod?.madeOf !== undefined;
  return { by: isSimulated ? 'workload simulation' : 'endpoint slice controller', from: pod };
}

/** An address of a Service: one that the manifest has, or one that it was given. */
function ownAddress(service: Service, address: Uint8Array | undefined, table: RecordTable): Made {
  const { clusterIPs, givenClusterIPs, externalIPs, loadBalancerPoints } = service;
  const isIt = (text: string) => isSameAddress(plainAddressBytes(text), address);
  if (givenClusterIPs?.some(isIt)) return { by: 'cluster IP allocator' };
  if (table === 'cluster' || [...clusterIPs, ...externalIPs].some(isIt)) return written(service);
  const pool = loadBalancerPoints.find(({ ip }) => isIt(ip))?.pool;
  if (pool === undefined) return written(service);
  return { by: `load balancer (MetalLB pool ${pool.name})`, from: pool };
}

function externalOf(entries: readonly ObjectEntry[]): string[] {
  const services = entries.flatMap(({ object }) => (object.kind === 'Service' ? [object] : []));
  return [...new Set(services.flatMap(outsideAddresses))];
}

/** Endpoints' ports have the names of the Service's (the rule of EndpointSlices). */
function nodePorts(entries: readonly ObjectEntry[]): number[] {
  const found = entries.flatMap(({ object, portName, protocol }) => {
    if (object.kind !== 'Service') return [];
    const same = object.ports.filter(({ name }) => name === portName);
    return same.filter((port) => port.protocol.toLowerCase() === protocol);
  });
  return [...new Set(found.map(({ nodePort }) => nodePort).filter((port) => port > 0))];
}

/** Each object once. */
function places(objects: readonly KubeObject[]): Place[] {
  const all = objects.map(placeOf);
  return [...new Map(all.map((place) => [place.object, place])).values()];
}

/** `Service shop/web` and where it is; of what a controller made, what it made it of. */
function placeOf(made: KubeObject): Place {
  const object = made.madeOf ?? made;
  const { kind, namespace, name, origin } = object;
  return { object: objectText(object), origin, key: { kind, namespace, name } };
}
