import type { Origin } from '../../kube/objects.ts';
import type { ObjectChange, Registry } from '../../registry/registry.ts';

/** Objects of a change that are looked at: those of a large one say nothing to a person. */
const MAX_OBJECTS = 1000;

/** An object that was there before a change. */
interface Former {
  readonly namespace: string;
  readonly origin: Origin;
}

/** Where objects were before a change that replaced or removed them. */
export class ChangeOrigins {
  readonly #former = new Map<string, Former>();

  /** Looks at what a change is about. Call it before the registry changes. */
  objects({ put, gone }: ObjectChange, registry: Registry): void {
    for (const key of [...gone, ...put].slice(0, MAX_OBJECTS)) {
      const before = registry.find(key);
      if (before === undefined) continue;
      const { kind, namespace, name } = key;
      this.#former.set(`${kind} ${namespace}/${name}`, { namespace, origin: before.origin });
    }
  }

  /** Where a Service was, if the change was about it. */
  service(namespace: string, name: string): Origin | undefined {
    return this.#former.get(`Service ${namespace}/${name}`)?.origin;
  }

  /** Where the objects were that the change was about: of a namespace, or of all. */
  of(namespace: string | undefined): Origin[] {
    return [...this.#former.values()]
      .filter((one) => namespace === undefined || one.namespace === namespace)
      .map(({ origin }) => origin);
  }
}
