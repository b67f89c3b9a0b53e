import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../../kube/objects.ts';
import { wholeFile } from '../../../kube/origin.ts';
import { objectText, type Problem } from '../../../kube/problem.ts';
import { keyText } from '../../../registry/registry.ts';
import type { Entry } from './candidates.ts';

/** One document of a file, with its objects checked; or why it could not be parsed. */
export interface LoadedDocument {
  /** Place in the file, from 0. */
  readonly index: number;
  readonly objects: readonly KubeObject[];
  readonly problems: readonly Problem[];
  /** Kinds that have no part in DNS, one entry an object. */
  readonly passedOver: readonly string[];
  /** Namespaces that those name. */
  readonly namespaces: ReadonlySet<string>;
  /** It could not be parsed, or an object of it was refused. */
  readonly failed: boolean;
}

/** A document that could not be parsed, and why. */
export function failedDocument(index: number, problems: readonly Problem[]): LoadedDocument {
  return { index, objects: [], problems, passedOver: [], namespaces: NONE, failed: true };
}

const NONE: ReadonlySet<string> = new Set();

/** Names listed in a message before "and more". */
const MAX_NAMED = 3;

/** What one file provides. */
export class LoadedFile {
  /** What it provides: what is written in it, then what is kept from its last good version. */
  readonly entries: readonly Entry[];
  readonly passedOver: readonly string[];
  readonly refusedDocuments: number;
  /** Namespaces named by objects that have no part in DNS. */
  readonly namespaces: ReadonlySet<string>;
  readonly #file: string;
  readonly #documents: readonly LoadedDocument[];
  readonly #written: readonly Entry[];
  readonly #kept: readonly Entry[];

  /** The new version of a file; `before` is the one it takes the place of. */
  static of(
    file: string,
    documents: readonly LoadedDocument[],
    before: LoadedFile | undefined,
    keepLastGood: boolean,
  ): LoadedFile {
    let old: ReadonlyMap<string, KubeObject> | undefined;
    const earlier = (object: KubeObject) => {
      if (before === undefined) return undefined;
      // Backwards, so that of two copies in one file it is the first, which is in use.
      old ??= new Map(
        before.entries.toReversed().map((entry) => [keyText(entry.object), entry.object]),
      );
      return old.get(keyText(object));
    };
    const written: Entry[] = [];
    for (const { index, objects } of documents) {
      for (const [item, object] of objects.entries()) {
        const entry = before?.entries[written.length];
        const isSame = entry?.object === object && entry.document === index && entry.item === item;
        if (isSame) written.push(entry);
        else {
          const same = unchanged(earlier(object), object);
          written.push({ object: same, file, document: index, item });
        }
      }
    }
    const keeps = keepLastGood && documents.some(({ failed }) => failed);
    return new LoadedFile(file, documents, written, keeps ? notProvided(before, written) : []);
  }

  /** The same version, with all that `before` has besides: what is gone is not believed yet. */
  holdingBack(before: LoadedFile | undefined): LoadedFile {
    const held = failedDocument(Number.MAX_SAFE_INTEGER, [
      {
        severity: 'warning',
        code: 'MASS_DELETION_HELD',
        message:
          'Kept what this file no longer has, until the next rescan: over 30 % of the Services would go',
        origin: wholeFile(this.#file),
      },
    ]);
    const kept = notProvided(before, this.#written);
    return new LoadedFile(this.#file, [...this.#documents, held], this.#written, kept);
  }

  private constructor(
    file: string,
    documents: readonly LoadedDocument[],
    written: readonly Entry[],
    kept: readonly Entry[],
  ) {
    this.#file = file;
    this.#documents = documents;
    this.#written = written;
    this.#kept = kept;
    this.entries = kept.length === 0 ? written : [...written, ...kept];
    this.passedOver = documents.flatMap((document) => document.passedOver);
    this.namespaces = new Set(documents.flatMap(({ namespaces }) => [...namespaces]));
    this.refusedDocuments = documents.filter((document) => document.failed).length;
  }

  /** How many objects it no longer has, or not in a usable form, and still provides. */
  get keptObjects(): number {
    return this.#kept.length;
  }

  /** Whether this very object is one of those. */
  isKept(object: KubeObject): boolean {
    return this.#kept.some((entry) => entry.object === object);
  }

  /** What is wrong with its documents, and what is kept because of that. */
  *problems(): Iterable<Problem> {
    for (const document of this.#documents) yield* document.problems;
    if (this.#kept.length > 0) yield this.#keptProblem();
  }

  #keptProblem(): Problem {
    const names = this.#kept.slice(0, MAX_NAMED).map(({ object }) => objectText(object));
    const more = this.#kept.length - names.length;
    const list = more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
    return {
      severity: 'warning',
      code: 'OBJECTS_KEPT',
      message: `${list} ${this.#kept.length === 1 ? 'stays' : 'stay'} as last read: ${this.refusedDocuments} of ${this.#documents.length} documents of this file cannot be used`,
      origin: wholeFile(this.#file),
    };
  }
}

/** The entries of one version of a file that the other does not have. */
export function entriesBeyond(
  version: LoadedFile | undefined,
  other: LoadedFile | undefined,
): readonly Entry[] {
  if (version === undefined || other === undefined) return version?.entries ?? [];
  const known = new Set(other.entries);
  return version.entries.filter((entry) => !known.has(entry));
}

/**
 * A rewritten file usually repeats most of its objects, word for word and line for line. Those stay
 * the very same objects, so that the layers above can tell by identity that nothing changed.
 */
function unchanged(before: KubeObject | undefined, after: KubeObject): KubeObject {
  return before !== undefined && isDeepStrictEqual(before, after) ? before : after;
}

function notProvided(before: LoadedFile | undefined, written: readonly Entry[]): Entry[] {
  const provided = new Set(written.map(({ object }) => keyText(object)));
  return before?.entries.filter(({ object }) => !provided.has(keyText(object))) ?? [];
}
