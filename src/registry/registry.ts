import type { Kind, KubeObject } from '../kube/objects.ts';
import { byOrigin, originText } from '../kube/origin.ts';
import type { Problem } from '../kube/problem.ts';
import { Candidates } from './candidates.ts';
import { type Entry, keyOf } from './entry.ts';
import { type LoadedDocument, LoadedFile } from './loaded-file.ts';
import { NamespaceObjects } from './namespace-objects.ts';

/** What is loaded, for the start-up table and the status page. */
export interface RegistryCounts {
  readonly files: number;
  /** Objects in use, by kind; a copy that lost to another is not counted. */
  readonly objects: ReadonlyMap<Kind, number>;
  /** Objects of kinds that have no part in DNS, by kind. */
  readonly passedOver: ReadonlyMap<string, number>;
  /** Documents that could not be read, or held an object that was refused. */
  readonly refusedDocuments: number;
}

/** The names that a batch of changes would remove, of how many. */
export interface Removal {
  /** `namespace/name` of each Service that would be gone. */
  readonly removed: readonly string[];
  /** Services there are now. */
  readonly total: number;
}

/** A batch of changed files: their new documents, or undefined for a file that is gone. */
export type FileChanges = ReadonlyMap<string, readonly LoadedDocument[] | undefined>;

/**
 * The current objects, by namespace, kind and name, and where each was written.
 *
 * A file is replaced as a whole. When the new version has a document that cannot be used, the
 * objects of the old version that no good document of the new one provides are kept: nobody can
 * tell which of them the bad document was to hold, and answering with yesterday's address is better
 * than with none. They go when the file is whole again, or is removed.
 *
 * When an object is written twice, the first is used, in the order of file path, document and
 * place in the document, and a problem names both places.
 *
 * Replacing a file costs time in proportion to that file, not to the registry.
 */
export class Registry {
  readonly #files = new Map<string, LoadedFile>();
  readonly #candidates = new Candidates();
  readonly #namespaces = new Map<string, NamespaceObjects>();
  /** How many files name a namespace only in objects that have no part in DNS. */
  readonly #mentions = new Map<string, number>();
  readonly #keepLastGood: boolean;
  #dirty = new Set<string>();

  /** Without `keepLastGood`, what a bad document was to hold is gone. */
  constructor(keepLastGood = true) {
    this.#keepLastGood = keepLastGood;
  }

  /** Puts a file's documents in place of what it held; returns the namespaces that changed. */
  replaceFile(file: string, documents: readonly LoadedDocument[]): ReadonlySet<string> {
    return this.#exchange(file, this.#loaded(file, documents));
  }

  /** Forgets a file and everything it held; returns the namespaces that changed. */
  removeFile(file: string): ReadonlySet<string> {
    return this.#exchange(file, undefined);
  }

  /** The namespaces that changed since this was last asked. */
  takeDirty(): Set<string> {
    const dirty = this.#dirty;
    this.#dirty = new Set();
    return dirty;
  }

  /** Objects that files no longer have, or not in a usable form, and that are still in use. */
  get keptObjects(): number {
    let count = 0;
    for (const file of this.#files.values()) count += file.keptObjects;
    return count;
  }

  /** The files loaded, in order of path. */
  files(): string[] {
    return [...this.#files.keys()].sort();
  }

  /**
   * The namespaces that exist, in order: each is named by at least one object, of whatever kind.
   */
  namespaces(): string[] {
    return [...new Set([...this.#namespaces.keys(), ...this.#mentions.keys()])].sort();
  }

  /** Does the namespace exist, if only because an object that has no part in DNS names it? */
  exists(name: string): boolean {
    return this.#namespaces.has(name) || this.#mentions.has(name);
  }

  /** The objects of a namespace; undefined when it does not exist. */
  namespace(name: string): NamespaceObjects | undefined {
    return this.#namespaces.get(name);
  }

  /** Everything known to be wrong, in order of file and line. */
  problems(): Problem[] {
    const found = [...this.#files.values()].flatMap((file) => [...file.problems()]);
    for (const entries of this.#candidates.conflicts()) found.push(...conflictProblems(entries));
    return found.sort(byOrigin);
  }

  counts(): RegistryCounts {
    const objects = new Map<Kind, number>();
    for (const namespace of this.#namespaces.values()) {
      for (const object of namespace.all()) count(objects, object.kind);
    }
    const passedOver = new Map<string, number>();
    let refusedDocuments = 0;
    for (const file of this.#files.values()) {
      for (const kind of file.passedOver) count(passedOver, kind);
      refusedDocuments += file.refusedDocuments;
    }
    return { files: this.#files.size, objects, passedOver, refusedDocuments };
  }

  /** Which Services a batch of changes would remove, without making it. For the deletion guard. */
  removalOf(changes: FileChanges): Removal {
    const provided = new Set<string>();
    const leaving = new Map<string, string>();
    for (const [file, documents] of changes) {
      const before = this.#files.get(file);
      if (documents) {
        const after = this.#loaded(file, documents);
        for (const entry of after.entries) provided.add(keyOf(entry.object));
      }
      for (const { object } of before?.entries ?? []) {
        if (object.kind !== 'Service') continue;
        leaving.set(keyOf(object), `${object.namespace}/${object.name}`);
      }
    }
    const removed = [...leaving]
      .filter(([key]) => !provided.has(key))
      .filter(([key]) => this.#candidates.of(key).every((entry) => changes.has(entry.file)))
      .map(([, name]) => name)
      .sort();
    let total = 0;
    for (const namespace of this.#namespaces.values()) total += namespace.services.size;
    return { removed, total };
  }

  #loaded(file: string, documents: readonly LoadedDocument[]): LoadedFile {
    return LoadedFile.of(file, documents, this.#files.get(file), this.#keepLastGood);
  }

  #exchange(file: string, after: LoadedFile | undefined): ReadonlySet<string> {
    const before = this.#files.get(file);
    if (after === undefined) this.#files.delete(file);
    else this.#files.set(file, after);
    const touched = new Map<string, KubeObject | undefined>();
    for (const entry of [...(before?.entries ?? []), ...(after?.entries ?? [])]) {
      const key = keyOf(entry.object);
      if (!touched.has(key)) touched.set(key, this.#candidates.winner(key));
    }
    for (const entry of before?.entries ?? []) this.#candidates.withdraw(entry);
    for (const entry of after?.entries ?? []) this.#candidates.offer(entry);
    const dirty = new Set<string>();
    for (const [key, old] of touched) this.#settle(old, this.#candidates.winner(key), dirty);
    this.#mention(before, -1, dirty);
    this.#mention(after, 1, dirty);
    for (const namespace of dirty) this.#dirty.add(namespace);
    return dirty;
  }

  #mention(file: LoadedFile | undefined, step: 1 | -1, dirty: Set<string>): void {
    for (const name of file?.namespaces ?? []) {
      const mentions = (this.#mentions.get(name) ?? 0) + step;
      if (mentions === 0) this.#mentions.delete(name);
      else this.#mentions.set(name, mentions);
      if (!this.#namespaces.has(name)) dirty.add(name);
    }
  }

  #settle(before: KubeObject | undefined, after: KubeObject | undefined, dirty: Set<string>): void {
    if (before === after) return;
    const object = after ?? before;
    if (object === undefined) return;
    const name = namespaceOf(object);
    let objects = this.#namespaces.get(name);
    if (objects === undefined) {
      objects = new NamespaceObjects(name);
      this.#namespaces.set(name, objects);
    }
    if (after) objects.put(after);
    else objects.remove(object);
    if (objects.isEmpty) this.#namespaces.delete(name);
    dirty.add(name);
  }
}

/** The namespace an object is in, or is. */
function namespaceOf(object: KubeObject): string {
  return object.kind === 'Namespace' ? object.name : object.namespace;
}

function conflictProblems([winner, ...losers]: readonly Entry[]): Problem[] {
  if (winner === undefined) return [];
  return losers.map(({ object }) => {
    const name = nameOf(object);
    return {
      severity: 'warning',
      code: 'OBJECT_DUPLICATE',
      message: `${name} is already written at ${originText(winner.object.origin)}: that one is used, this one is not`,
      origin: object.origin,
      object: name,
    };
  });
}

function nameOf(object: KubeObject): string {
  const scope = object.namespace === '' ? '' : `${object.namespace}/`;
  return `${object.kind} ${scope}${object.name}`;
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
