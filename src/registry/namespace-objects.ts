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

/** The object type of a kind. */
export type ObjectOf<K extends Kind> = Extract<KubeObject, { readonly kind: K }>;

type MapOf<T> = ReadonlyMap<string, T>;

/** The objects in use of one namespace, by name. */
export class NamespaceObjects {
  readonly name: string;
  /** Undefined when only other objects name the namespace. */
  object: Namespace | undefined;
  readonly #byKind = new Map<Kind, Map<string, KubeObject>>();

  constructor(name: string) {
    this.name = name;
  }

  get services(): MapOf<Service> {
    return this.of('Service');
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
    if (objects) objects.set(object.name, object);
    else this.#byKind.set(object.kind, new Map([[object.name, object]]));
  }

  remove({ kind, name }: Pick<KubeObject, 'kind' | 'name'>): void {
    if (kind === 'Namespace') {
      this.object = undefined;
      return;
    }
    const objects = this.#byKind.get(kind);
    objects?.delete(name);
    if (objects?.size === 0) this.#byKind.delete(kind);
  }
}

const NONE: MapOf<KubeObject> = new Map();

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'] as const;
