import type { KubeObject } from '../../../kube/objects.ts';
import type { Problem } from '../../../kube/problem.ts';
import { DeletionGuard } from '../../deletion-guard.ts';
import { type ReadObject, rawObject, readObject } from '../object-reader.ts';
import type { Resource } from '../resources.ts';

/** One object as it is known. `object` is undefined while it has never been usable. */
interface Known {
  readonly version: string;
  readonly object: KubeObject | undefined;
}

/** What became of the objects of a resource. */
export interface CollectionChange {
  readonly put: readonly KubeObject[];
  readonly gone: readonly KubeObject[];
}

/** A whole list, by key. */
export type Listed = ReadonlyMap<string, ReadObject>;

/** Objects whose problems are all shown: no one reads more. Of each other one, one is kept. */
const MAX_PROBLEMS = 1000;

/**
 * The objects of one resource, as the server has said last. One that cannot be used stays as it was
 * before that.
 */
export class Collection {
  readonly #resource: Resource;
  readonly #known = new Map<string, Known>();
  readonly #problems = new Map<string, readonly Problem[]>();
  readonly #guard = new DeletionGuard();

  constructor(resource: Resource) {
    this.#resource = resource;
  }

  get size(): number {
    return this.#known.size;
  }

  get problems(): Problem[] {
    const all = [...this.#problems.values()];
    const shown = all.slice(0, MAX_PROBLEMS).flat();
    const [next] = all[MAX_PROBLEMS] ?? [];
    if (next === undefined) return shown;
    const { kind, path } = this.#resource;
    const left = all.length - MAX_PROBLEMS;
    const message = `${left} more of kind ${kind} cannot be used as they are: fix those before first`;
    const origin = { file: path, document: 0, line: 0, column: 0 };
    return [...shown, { severity: 'error', code: next.code, message, origin }];
  }

  versionOf(key: string): string | undefined {
    return this.#known.get(key)?.version;
  }

  versions(): IterableIterator<[string, { readonly version: string }]> {
    return this.#known.entries();
  }

  /** Reads an object that the server has sent. */
  read(value: unknown): ReadObject {
    return readObject(value, this.#resource, this.#known.get(rawObject(value).key)?.object);
  }

  put(read: ReadObject): CollectionChange {
    const { key, resourceVersion: version, problems } = read;
    const known = this.#known.get(key)?.object;
    const object = read.object ?? known;
    this.#known.set(key, { version, object });
    this.#keepProblems(key, problems);
    return { put: object === undefined || object === known ? [] : [object], gone: [] };
  }

  remove(key: string): CollectionChange {
    const object = this.#known.get(key)?.object;
    this.#known.delete(key);
    this.#keepProblems(key, []);
    return { put: [], gone: object === undefined ? [] : [object] };
  }

  #keepProblems(key: string, problems: readonly Problem[]): void {
    const isShown = this.#problems.has(key) || this.#problems.size < MAX_PROBLEMS;
    if (problems.length === 0) this.#problems.delete(key);
    else this.#problems.set(key, isShown ? problems : problems.slice(0, 1));
  }

  /**
   * Takes a whole list in place of what is known. Undefined, and nothing has changed, for one that
   * suddenly lacks most objects: it is believed when the next list lacks them too.
   */
  replace(listed: Listed): CollectionChange | undefined {
    const gone = [...this.#known.keys()].filter((key) => !listed.has(key));
    const sighting = this.#guard.held.size > 0 ? 'rescan' : 'event';
    if (this.#guard.judge(gone, this.#known.size, sighting) === 'hold') return undefined;
    const removed = gone.flatMap((key) => this.remove(key).gone);
    return { put: [...listed.values()].flatMap((read) => this.put(read).put), gone: removed };
  }
}
