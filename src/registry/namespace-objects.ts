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
import { IMPORT_NAME_LABEL } from '../kube/well-known.ts';
import { withNamed, withoutNamed } from '../support/collections.ts';

/** The object type of a kind. */
export type ObjectOf<K extends Kind> = Extract<KubeObject, { readonly kind: K }>;

type MapOf<T> = ReadonlyMap<string, T>;

/** The objects in use of one namespace, by name. */
export class NamespaceObjects {
  readonly name: string;
  /** Undefined when only other objects name the namespace. */
  object: Namespace | undefined;
  readonly #byKind = new Map<Kind, Map<string, KubeObject>>();
  readonly #slicesOf = new Map<string, readonly EndpointSlice[]>();
  readonly #slicesOfImports = new Map<string, readonly EndpointSlice[]>();
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

  /** One of them. */
  writtenService(name: string): Service | undefined {
    const service = this.services.get(name);
    return service === undefined || isOfCluster(service) ? undefined : service;
  }

  /** In a cluster only a Namespace object makes a namespace exist; among manifests any object. */
  get exists(): boolean {
    return this.object !== undefined || this.#written > 0;
  }

  get slices(): MapOf<EndpointSlice> {
    return this.of('EndpointSlice');
  }

  /** The slices that name a Service, by that, in order of name: another list when one changes. */
  get slicesOf(): MapOf<readonly EndpointSlice[]> {
    return this.#slicesOf;
  }

  /** The same of those that name a ServiceImport. */
  get slicesOfImports(): MapOf<readonly EndpointSlice[]> {
    return this.#slicesOfImports;
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

  /** Returns the object whose place it takes. */
  put(object: KubeObject): KubeObject | undefined {
    if (object.kind === 'Namespace') {
      const before = this.object;
      this.object = object;
      return before;
    }
    const objects = this.#byKind.get(object.kind);
    const before = objects?.get(object.name);
    this.#forget(before);
    this.#count(object, 1);
    if (object.kind === 'EndpointSlice') this.#setSlices(object, withNamed);
    if (objects) objects.set(object.name, object);
    else this.#byKind.set(object.kind, new Map([[object.name, object]]));
    return before;
  }

  /** Returns the object that is gone; undefined when there was none. */
  remove({ kind, name }: Pick<KubeObject, 'kind' | 'name'>): KubeObject | undefined {
    if (kind === 'Namespace') {
      const before = this.object;
      this.object = undefined;
      return before;
    }
    const objects = this.#byKind.get(kind);
    const before = objects?.get(name);
    this.#forget(before);
    objects?.delete(name);
    if (objects?.size === 0) this.#byKind.delete(kind);
    return before;
  }

  #forget(object: KubeObject | undefined): void {
    if (object === undefined) return;
    this.#count(object, -1);
    if (object.kind === 'EndpointSlice') this.#setSlices(object, withoutNamed);
  }

  #setSlices(slice: EndpointSlice, change: typeof withNamed): void {
    const { serviceName, labels } = slice;
    setListed(this.#slicesOf, serviceName, slice, change);
    setListed(this.#slicesOfImports, labels.get(IMPORT_NAME_LABEL) ?? '', slice, change);
  }

  #count(object: KubeObject, step: 1 | -1): void {
    if (object.kind === 'Service') this.#writtenServices = undefined;
    if (!isOfCluster(object)) this.#written += step;
  }
}

function setListed(
  lists: Map<string, readonly EndpointSlice[]>,
  name: string,
  slice: EndpointSlice,
  change: typeof withNamed,
): void {
  if (name === '') return;
  const slices = change(lists.get(name) ?? [], slice);
  if (slices.length === 0) lists.delete(name);
  else lists.set(name, slices);
}

const NONE: MapOf<KubeObject> = new Map();

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'] as const;
