import { MetallbPools } from '../controllers/metallb/metallb-pools.ts';
import type {
  Endpoint,
  EndpointSlice,
  KubeObject,
  NamespaceView,
  Pod,
  Service,
} from '../kube/objects.ts';
import type { Registry } from '../registry/registry.ts';
import type { Place } from './service-sources.ts';

/** What is written in the manifests themselves. */
export const MANIFEST = 'manifest';

/** Who put something there, and where it comes from when that is not the object it is about. */
export interface Made {
  readonly by: string;
  readonly from: Place | undefined;
}

/**
 * Finds what is behind an address: the controller that chose it, and the object it was taken from.
 */
export class ObjectPlaces {
  readonly #registry: Registry;
  readonly #views: ReadonlyMap<string, NamespaceView>;
  readonly #pools = new MetallbPools();
  readonly #simulated = new Map<NamespaceView, ReadonlyMap<string, Pod>>();

  constructor(registry: Registry, views: ReadonlyMap<string, NamespaceView>) {
    this.#registry = registry;
    this.#views = views;
    this.#pools.update(registry, registry.namespaces());
  }

  /** A cluster IP of a Service. */
  clusterIp(service: Service, address: string): Made {
    const isWritten = this.#written(service)?.clusterIPs.includes(address) === true;
    return { by: isWritten ? MANIFEST : 'cluster IP allocator', from: undefined };
  }

  /** An address or host name at which a Service is reached from outside. */
  outside(service: Service, address: string): Made {
    const written = this.#written(service);
    const isWritten =
      written?.externalIPs.includes(address) ||
      written?.loadBalancerPoints.some(({ ip, hostname }) => (ip || hostname) === address);
    const isGiven = service.loadBalancerPoints.some(({ ip }) => ip === address);
    const pool =
      isWritten || !isGiven ? undefined : this.#pools.all.find((one) => one.has(address));
    if (pool === undefined) return { by: MANIFEST, from: undefined };
    const { name, written: source } = pool;
    return { by: `load balancer (MetalLB pool ${name})`, from: this.#poolPlace(source) };
  }

  /** The addresses of an endpoint. */
  endpoint(slice: EndpointSlice, endpoint: Endpoint): Made {
    const { namespace, serviceName } = slice;
    const objects = this.#registry.namespace(namespace);
    if (objects?.slices.get(slice.name) === slice) return { by: MANIFEST, from: placeOf(slice) };
    const endpoints = objects?.endpoints.get(serviceName);
    if (endpoints !== undefined && isSame(endpoints, slice)) {
      return { by: 'endpoint slice mirroring controller', from: placeOf(endpoints) };
    }
    const pod = objects?.pods.get(endpoint.targetName) ?? this.#simulatedPod(slice, endpoint);
    const made = pod && this.pod(pod);
    return {
      by: made === undefined || made.by === MANIFEST ? 'endpoint slice controller' : made.by,
      from: made?.from,
    };
  }

  /** A Pod's own address; `from` is the Pod, or the workload that it is simulated for. */
  pod(pod: Pod): { readonly by: string; readonly from: Place } {
    const objects = this.#registry.namespace(pod.namespace);
    const isWritten = objects?.pods.get(pod.name) === pod;
    const workload = isWritten ? undefined : objects?.workloads.find((one) => isSame(one, pod));
    if (workload === undefined) return { by: MANIFEST, from: placeOf(pod) };
    return { by: 'workload simulation', from: placeOf(workload) };
  }

  #written({ namespace, name }: Service): Service | undefined {
    return this.#registry.namespace(namespace)?.services.get(name);
  }

  #simulatedPod({ namespace }: EndpointSlice, { targetName }: Endpoint): Pod | undefined {
    const view = this.#views.get(namespace);
    if (view === undefined) return undefined;
    let pods = this.#simulated.get(view);
    if (pods === undefined) {
      pods = new Map(view.pods.map((pod) => [pod.name, pod]));
      this.#simulated.set(view, pods);
    }
    return pods.get(targetName);
  }

  /** A pool of old is written in a ConfigMap. */
  #poolPlace(pool: KubeObject): Place {
    const maps = this.#registry.namespace(pool.namespace)?.of('ConfigMap').values() ?? [];
    return placeOf([...maps].find((map) => isSame(map, pool)) ?? pool);
  }
}

/** `Service shop/web` and where it is. */
export function placeOf({ kind, namespace, name, origin }: KubeObject): Place {
  return { object: `${kind} ${namespace}/${name}`, origin };
}

/** What is made of an object says that it was written where that was. */
function isSame(source: KubeObject, made: KubeObject): boolean {
  return source.origin === made.origin;
}
