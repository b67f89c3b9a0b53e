import type { KubeObject } from '../../../kube/objects.ts';
import { byOrigin, originText } from '../../../kube/origin.ts';
import { objectText, type Problem } from '../../../kube/problem.ts';
import type { ObjectChange } from '../../../registry/registry.ts';
import { keyText } from '../../../registry/registry.ts';
import { DeletionGuard, type Sighting } from '../../deletion-guard.ts';
import type { HoldReason, SourceReport } from '../../source.ts';
import { Candidates, type Entry } from './candidates.ts';
import { entriesBeyond, type LoadedDocument, LoadedFile } from './loaded-file.ts';

/** A batch of changed files: their new documents, or undefined for a file that is gone. */
export type FileChanges = ReadonlyMap<string, readonly LoadedDocument[] | undefined>;

export interface ManifestObjectsOptions {
  /** Hold a change that would remove many Services until it has been seen twice. */
  readonly holdDeletions: boolean;
  /**
   * Objects of a file that has become broken stay as they were last read; without it, what a bad
   * document was to hold is gone. Default true.
   */
  readonly keepLastGood?: boolean;
  /** Called after each file. */
  readonly step?: (() => void) | undefined;
}

/** Files that are exchanged: their new versions, undefined for a file that goes. */
type Versions = ReadonlyMap<string, LoadedFile | undefined>;

/** What there was before a batch, of all that the batch touches. */
interface Before {
  readonly objects: Map<string, KubeObject | undefined>;
  /** Whether the namespace was named. */
  readonly named: Map<string, boolean>;
}

/**
 * The objects of all files together, and where each was written.
 *
 * A file is replaced as a whole. When the new version has a document that cannot be used, the
 * objects of the old version that no good document of the new one provides are kept: it cannot be
 * known which of them the bad document was to hold, and answering with yesterday's address is
 * better than with none. They go when the file is whole again, or is removed.
 *
 * When an object is written twice, the first is used, in the order of file path, document and
 * place in the document, and a problem names both places.
 *
 * What a mass deletion would remove stays until a rescan finds it gone again; everything else is
 * taken at once.
 *
 * A batch costs time in proportion to its files, not to all there are.
 */
export class ManifestObjects {
  readonly #files = new Map<string, LoadedFile>();
  readonly #candidates = new Candidates();
  /** How many files name a namespace in objects that have no part in DNS. */
  readonly #mentions = new Map<string, number>();
  readonly #guard: DeletionGuard;
  readonly #keepLastGood: boolean;
  readonly #step: () => void;
  #services = 0;
  #held: FileChanges = new Map();

  constructor({ holdDeletions, keepLastGood = true, step = () => {} }: ManifestObjectsOptions) {
    this.#guard = new DeletionGuard(holdDeletions);
    this.#keepLastGood = keepLastGood;
    this.#step = step;
  }

  /** Services whose removal waits to be confirmed, as `namespace/name`. */
  get heldServices(): ReadonlySet<string> {
    return this.#guard.held;
  }

  /** Services that there are, with those that are held. */
  get services(): number {
    return this.#services;
  }

  /** The files that are gone and provide, all the same, what is held. */
  get heldFiles(): string[] {
    return [...this.#held].flatMap(([file, documents]) => (documents === undefined ? file : []));
  }

  /** Whether all that is held is of files that are gone. */
  get holdsOnlyFiles(): boolean {
    return this.heldFiles.length === this.#held.size;
  }

  /**
   * Takes what was found at one look at the folders; returns which objects change. Files that are
   * gone and `meant` to be are not judged.
   */
  take(files: FileChanges, sighting: Sighting, meant: ReadonlySet<string> = NONE): ObjectChange {
    const before: Before = { objects: new Map(), named: new Map() };
    const batch: FileChanges = new Map([...this.#held, ...files]);
    if (batch.size === 0) return this.#changeSince(before);
    const versions = new Map(
      [...batch].map(([file, documents]) => [file, documents && this.#version(file, documents)]),
    );
    const judged = [...versions].filter(([file, version]) => version || !meant.has(file));
    const removed = this.#removedBy(versions, new Map(judged));
    const isHeld = this.#guard.judge(removed, this.#services, sighting) === 'hold';
    const held = new Map<string, readonly LoadedDocument[] | undefined>();
    for (const [file, version] of versions) {
      this.#step();
      const isJudged = version !== undefined || !meant.has(file);
      if (isHeld && isJudged && this.#removedBy(new Map([[file, version]])).length > 0) {
        held.set(file, batch.get(file));
        if (version) this.#exchange(file, version.holdingBack(this.#files.get(file)), before);
      } else this.#exchange(file, version, before);
    }
    this.#held = held;
    return this.#changeSince(before);
  }

  /** What is loaded, and everything that is wrong with it, in order of file and line. */
  report(): SourceReport {
    const passedOver = new Map<string, number>();
    const problems: Problem[] = [];
    let [refusedDocuments, objects] = [0, 0];
    for (const file of this.#files.values()) {
      for (const kind of file.passedOver) passedOver.set(kind, (passedOver.get(kind) ?? 0) + 1);
      problems.push(...file.problems());
      refusedDocuments += file.refusedDocuments;
      objects += file.keptObjects;
    }
    for (const entries of this.#candidates.conflicts()) problems.push(...conflictProblems(entries));
    return {
      files: this.#files.size,
      passedOver: [...passedOver].sort(([a], [b]) => (a < b ? -1 : 1)),
      refusedDocuments,
      problems: problems.sort(byOrigin),
      held: { services: this.#guard.held.size, objects },
    };
  }

  heldBack(object: KubeObject): HoldReason | undefined {
    const { kind, namespace, name, origin } = object;
    const isHeld = kind === 'Service' && this.#guard.held.has(`${namespace}/${name}`);
    if (isHeld || this.heldFiles.includes(origin.file)) return 'deleted';
    return this.#files.get(origin.file)?.isKept(object) === true ? 'broken' : undefined;
  }

  #version(file: string, documents: readonly LoadedDocument[]): LoadedFile {
    return LoadedFile.of(file, documents, this.#files.get(file), this.#keepLastGood);
  }

  /** The Services of `judged` that would be gone with all of `versions`, as `namespace/name`. */
  #removedBy(versions: Versions, judged = versions): string[] {
    const leaving = new Map<string, string>();
    const withdrawn = new Set<Entry>();
    for (const [file, version] of versions) {
      for (const entry of entriesBeyond(this.#files.get(file), version)) {
        withdrawn.add(entry);
        const { object } = entry;
        if (!judged.has(file) || object.kind !== 'Service') continue;
        leaving.set(keyText(object), `${object.namespace}/${object.name}`);
      }
    }
    if (leaving.size === 0) return [];
    const provided = new Set<string>();
    for (const [file, version] of versions) {
      const offered = entriesBeyond(version, this.#files.get(file));
      for (const { object } of offered) provided.add(keyText(object));
    }
    return [...leaving]
      .filter(([key]) => !provided.has(key))
      .filter(([key]) => this.#candidates.of(key).every((entry) => withdrawn.has(entry)))
      .map(([, name]) => name)
      .sort();
  }

  #exchange(file: string, version: LoadedFile | undefined, before: Before): void {
    const old = this.#files.get(file);
    if (version === undefined) this.#files.delete(file);
    else this.#files.set(file, version);
    const withdrawn = entriesBeyond(old, version);
    const offered = entriesBeyond(version, old);
    for (const { object } of [...withdrawn, ...offered]) {
      const key = keyText(object);
      if (!before.objects.has(key)) before.objects.set(key, this.#candidates.winner(key));
    }
    for (const entry of withdrawn) this.#candidates.withdraw(entry);
    for (const entry of offered) this.#candidates.offer(entry);
    for (const name of old?.namespaces ?? []) this.#mention(name, -1, before);
    for (const name of version?.namespaces ?? []) this.#mention(name, 1, before);
  }

  #mention(namespace: string, step: 1 | -1, { named }: Before): void {
    const count = this.#mentions.get(namespace) ?? 0;
    if (!named.has(namespace)) named.set(namespace, count > 0);
    if (count + step === 0) this.#mentions.delete(namespace);
    else this.#mentions.set(namespace, count + step);
  }

  #changeSince(before: Before): ObjectChange {
    const put: KubeObject[] = [];
    const gone: KubeObject[] = [];
    for (const [key, old] of before.objects) {
      const object = this.#candidates.winner(key);
      if (object === old) continue;
      if (object !== undefined) put.push(object);
      else if (old !== undefined) gone.push(old);
      if (old?.kind === 'Service') this.#services -= 1;
      if (object?.kind === 'Service') this.#services += 1;
    }
    const named = [...before.named].filter(([name, was]) => !was && this.#mentions.has(name));
    const unnamed = [...before.named].filter(([name, was]) => was && !this.#mentions.has(name));
    return {
      put,
      gone,
      named: named.map(([name]) => name),
      unnamed: unnamed.map(([name]) => name),
    };
  }
}

const NONE: ReadonlySet<string> = new Set();

function conflictProblems([winner, ...losers]: readonly Entry[]): Problem[] {
  if (winner === undefined) return [];
  return losers.map(({ object }) => {
    const name = objectText(object);
    return {
      severity: 'warning',
      code: 'OBJECT_DUPLICATE',
      message: `${name} is already written at ${originText(winner.object.origin)}: that one is used, this one is not`,
      origin: object.origin,
      object: name,
    };
  });
}
