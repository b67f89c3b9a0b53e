import type {
  EndpointSlice,
  Endpoints,
  KubeObject,
  Namespace,
  Pod,
  Service,
} from '../kube/objects.ts';

/** The objects in use of one namespace, by name. */
export class NamespaceObjects {
  readonly name: string;
  /** Undefined when only other objects name the namespace. */
  object: Namespace | undefined;
  readonly services: ReadonlyMap<string, Service>;
  readonly slices: ReadonlyMap<string, EndpointSlice>;
  readonly endpoints: ReadonlyMap<string, Endpoints>;
  readonly pods: ReadonlyMap<string, Pod>;
  readonly #maps = {
    Service: new Map<string, Service>(),
    EndpointSlice: new Map<string, EndpointSlice>(),
    Endpoints: new Map<string, Endpoints>(),
    Pod: new Map<string, Pod>(),
  };

  constructor(name: string) {
    this.name = name;
    this.services = this.#maps.Service;
    this.slices = this.#maps.EndpointSlice;
    this.endpoints = this.#maps.Endpoints;
    this.pods = this.#maps.Pod;
  }

  get isEmpty(): boolean {
    if (this.object !== undefined) return false;
    return Object.values(this.#maps).every((map) => map.size === 0);
  }

  put(object: KubeObject): void {
    switch (object.kind) {
      case 'Namespace':
        this.object = object;
        break;
      case 'Service':
        this.#maps.Service.set(object.name, object);
        break;
      case 'EndpointSlice':
        this.#maps.EndpointSlice.set(object.name, object);
        break;
      case 'Endpoints':
        this.#maps.Endpoints.set(object.name, object);
        break;
      case 'Pod':
        this.#maps.Pod.set(object.name, object);
    }
  }

  remove(object: KubeObject): void {
    if (object.kind === 'Namespace') this.object = undefined;
    else this.#maps[object.kind].delete(object.name);
  }

  /** Every object, the Namespace included. */
  *all(): Iterable<KubeObject> {
    if (this.object) yield this.object;
    for (const map of Object.values(this.#maps)) yield* map.values();
  }
}
