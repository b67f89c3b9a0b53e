import type { KubeObject } from '../../kube/objects.ts';
import type { ObjectChange, ObjectKey } from '../../registry/registry.ts';
import { keyText } from '../../registry/registry.ts';

/** Changes of objects, put together so that they are taken as one. */
export class ChangeBatch {
  readonly #put = new Map<string, KubeObject>();
  readonly #gone = new Map<string, ObjectKey>();

  add({ put, gone }: Pick<ObjectChange, 'put' | 'gone'>): void {
    for (const object of gone) {
      const key = keyText(object);
      this.#put.delete(key);
      this.#gone.set(key, { kind: object.kind, namespace: object.namespace, name: object.name });
    }
    for (const object of put) {
      const key = keyText(object);
      this.#gone.delete(key);
      this.#put.set(key, object);
    }
  }

  /** What has been added since this was last called. */
  take(): ObjectChange {
    const change = { put: [...this.#put.values()], gone: [...this.#gone.values()] };
    this.#put.clear();
    this.#gone.clear();
    return { ...change, named: [], unnamed: [] };
  }
}
