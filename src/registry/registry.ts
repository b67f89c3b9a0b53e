import type { KubeObject, Node } from '../kube/objects.ts';
import { getOrAdd } from '../support/collections.ts';
import { NamespaceDelta } from './namespace-delta.ts';
import { NamespaceObjects } from './namespace-objects.ts';

/** What an object is known by: there is only one of them. */
export type ObjectKey = Pick<KubeObject, 'kind' | 'namespace' | 'name'>;

/** The same as text: names hold no slash, so neither can the parts of a key. */
export function keyText({ kind, namespace, name }: ObjectKey): string {
  return `${kind}/${namespace}/${name}`;
}

/** One step from the objects there were to those there are now. */
export interface ObjectChange {
  /** New objects, and new versions: each takes the place of that of its key. */
  readonly put: readonly KubeObject[];
  readonly gone: readonly ObjectKey[];
  /**
   * Namespaces that are named from now on, or no longer, by what has no part in DNS: that is enough
   * for a namespace to exist.
   */
  readonly named: readonly string[];
  readonly unnamed: readonly string[];
}

/** The current objects, by namespace, kind and name. */
export class Registry {
  readonly #namespaces = new Map<string, NamespaceObjects>();
  readonly #named = new Set<string>();
  readonly #nodes = new Map<string, Node>();

  /**
   * Takes a change as a whole, in time in proportion to it; returns what it is about in each
   * namespace. Of Nodes, which are in none, `nodes` tells.
   */
  apply({ put, gone, named, unnamed }: ObjectChange): Map<string, NamespaceDelta> {
    const deltas = new Map<string, NamespaceDelta>();
    const note = (namespace: string, ...objects: (KubeObject | undefined)[]) => {
      const delta = getOrAdd(deltas, namespace, () => new NamespaceDelta());
      for (const object of objects) if (object !== undefined) delta.add(object);
    };
    for (const key of gone) {
      if (key.kind === 'Node') this.#nodes.delete(key.name);
      else note(namespaceOf(key), this.#remove(key));
    }
    for (const object of put) {
      if (object.kind === 'Node') this.#nodes.set(object.name, object);
      else note(namespaceOf(object), this.#put(object), object);
    }
    for (const name of unnamed) this.#named.delete(name);
    for (const name of named) this.#named.add(name);
    for (const name of [...named, ...unnamed]) {
      if (this.#namespaces.get(name)?.exists !== true) note(name);
    }
    return deltas;
  }

  /**
   * The namespaces that exist, in order: each is named by at least one object, of whatever kind.
   */
  namespaces(): string[] {
    return [...new Set([...this.#namespaces.keys(), ...this.#named])].sort();
  }

  /** Does the namespace exist, if only because an object that has no part in DNS names it? */
  exists(name: string): boolean {
    return this.#namespaces.has(name) || this.#named.has(name);
  }

  /** Is it named by what has no part in DNS? */
  isNamed(name: string): boolean {
    return this.#named.has(name);
  }

  /** The objects of a namespace; undefined when there are none. */
  namespace(name: string): NamespaceObjects | undefined {
    return this.#namespaces.get(name);
  }

  /** The Nodes, by name. */
  get nodes(): ReadonlyMap<string, Node> {
    return this.#nodes;
  }

  /** The object with this key; undefined when there is none. */
  find({ kind, namespace, name }: ObjectKey): KubeObject | undefined {
    if (kind === 'Node') return this.#nodes.get(name);
    if (kind === 'Namespace') return this.namespace(name)?.object;
    return this.namespace(namespace)?.of(kind).get(name);
  }

  #put(object: KubeObject): KubeObject | undefined {
    const name = namespaceOf(object);
    return getOrAdd(this.#namespaces, name, () => new NamespaceObjects(name)).put(object);
  }

  #remove(key: ObjectKey): KubeObject | undefined {
    const name = namespaceOf(key);
    const objects = this.#namespaces.get(name);
    const before = objects?.remove(key);
    if (objects?.isEmpty) this.#namespaces.delete(name);
    return before;
  }
}

/** The namespace an object is in, or is. */
function namespaceOf({ kind, namespace, name }: ObjectKey): string {
  return kind === 'Namespace' ? name : namespace;
}
