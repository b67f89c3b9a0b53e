import type {
  EndpointSlice,
  Endpoints,
  Kind,
  KubeObject,
  Namespace,
  Pod,
  Service,
  Workload,
} from '../kube/objects.ts';
import { isOfCluster } from '../kube/origin.ts';

/** The object type of a kind. */
export type ObjectOf<K extends Kind> = Extract<KubeObject, { readonly kind: K }>;

type MapOf<T> = ReadonlyMap<string, T>;

/** The objects in use of one namespace, by name. */
export class NamespaceObjects {
  readonly name: string;
  /** Undefined when only other objects name the namespace. */
  object: Namespace | undefined;
  readonly #byKind = new Map<Kind, Map<string, KubeObject>>();
  /** Objects that are no cluster's. */
  #written = 0;
  /** Undefined until it is asked for after a change. */
  #writtenServices: MapOf<Service> | undefined;

  constructor(name: string) {
    this.name = name;
  }

  get services(): MapOf<Service> {
    return this.of('Service');
  }

  /** The Services that controllers of ours have to see to: those that are no cluster's. */
  get writtenServices(): MapOf<Service> {
    if (this.#written === 0) return NONE as MapOf<Service>;
    this.#writtenServices ??= new Map(
      [...this.services].filter(([, service]) => !isOfCluster(service)),
    );
    return this.#writtenServices;
  }

  /** In a cluster only a Namespace object makes a namespace exist; among manifests any object. */
  get exists(): boolean {
    return this.object !== undefined || this.#written > 0;
  }

  get slices(): MapOf<EndpointSlice> {
    return this.of('EndpointSlice');
  }

  get endpoints(): MapOf<Endpoints> {
    return this.of('Endpoints');
  }

  get pods(): MapOf<Pod> {
    return this.of('Pod');
  }

  get workloads(): readonly Workload[] {
    return WORKLOADS.flatMap((kind) => [...this.of(kind).values()]);
  }

  get isEmpty(): boolean {
    return this.object === undefined && this.#byKind.size === 0;
  }

  /** The objects of one kind, by name. */
  of<K extends Kind>(kind: K): MapOf<ObjectOf<K>> {
    return (this.#byKind.get(kind) ?? NONE) as MapOf<ObjectOf<K>>;
  }

  put(object: KubeObject): void {
    if (object.kind === 'Namespace') {
      this.object = object;
      return;
    }
    const objects = this.#byKind.get(object.kind);
    this.#count(object.kind, objects?.get(object.name), -1);
    this.#count(object.kind, object, 1);
    if (objects) objects.set(object.name, object);
    else this.#byKind.set(object.kind, new Map([[object.name, object]]));
  }

  remove({ kind, name }: Pick<KubeObject, 'kind' | 'name'>): void {
    if (kind === 'Namespace') {
      this.object = undefined;
      return;
    }
    const objects = this.#byKind.get(kind);
    this.#count(kind, objects?.get(name), -1);
    objects?.delete(name);
    if (objects?.size === 0) this.#byKind.delete(kind);
  }

  #count(kind: Kind, object: KubeObject | undefined, step: 1 | -1): void {
    if (kind === 'Service') this.#writtenServices = undefined;
    if (object !== undefined && !isOfCluster(object)) this.#written += step;
  }
}

const NONE: MapOf<KubeObject> = new Map();

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'] as const;
