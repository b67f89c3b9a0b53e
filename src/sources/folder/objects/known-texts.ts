import { hash } from 'node:crypto';
import type { PlacedText } from '../../../kube/document.ts';
import { type KubeObject, type Origin, originsOf } from '../../../kube/objects.ts';
import { type DocumentReading, readingOf } from '../../../kube/schema/document-reading.ts';
import { getOrAdd } from '../../../support/collections.ts';

/** What a text was read as, and where it was then. Nearly all are one object and nothing else. */
interface Known {
  readonly read: KubeObject | DocumentReading;
  readonly origin: Origin;
}

/** By what else the meaning of a text depends on, then by the digest of the text. */
type Texts = Map<string, Map<string, Known>>;

/**
 * What the documents of one file, and the items of its Lists, were read as, by their texts: when a
 * file changes, only what is new in it is read. It holds no text, and no more than its file does.
 */
export class KnownTexts {
  #known: Texts = new Map();
  /** Those of the version that is being read. */
  #next: Texts = new Map();
  /** The text that was asked for last, which is the one that is kept if it is new. */
  #last = NOTHING;

  /**
   * What the text was read as before. All of it is moved to where the text is now: an object that
   * only stands on another line stays the same object. Undefined for a text that is new, or that
   * this version has had already. `context` is what else its meaning depends on.
   */
  find({ text, origin }: PlacedText, context = ''): DocumentReading | undefined {
    // Of a first load there is none.
    const texts = this.#known.get(context);
    if (texts === undefined) return undefined;
    const digest = this.#digestOf(text);
    const next = getOrAdd(this.#next, context, () => new Map());
    const known = next.has(digest) ? undefined : texts.get(digest);
    if (known === undefined) return undefined;
    next.set(digest, known);
    const reading = isObject(known.read) ? readingOf(known.read) : known.read;
    move(reading, known.origin, origin);
    return reading;
  }

  keep({ text, origin }: PlacedText, reading: DocumentReading, context = ''): void {
    const digest = this.#digestOf(text);
    const next = getOrAdd(this.#next, context, () => new Map());
    if (next.has(digest)) return;
    const [object] = reading.objects;
    const isAlone = object !== undefined && reading.seen === 1 && reading.problems.length === 0;
    const isSamePlace = object?.origin.line === origin.line;
    next.set(digest, {
      read: isAlone ? object : reading,
      origin: isAlone && isSamePlace ? object.origin : { ...origin },
    });
  }

  /** The version has been read; what it does not have is forgotten if it `isWhole`. */
  settle(isWhole: boolean): void {
    if (isWhole) this.#known = this.#next;
    this.#next = new Map();
    // It would keep the whole file in memory.
    this.#last = NOTHING;
  }

  #digestOf(text: string): string {
    if (text !== this.#last.text) this.#last = { text, digest: digestOf(text) };
    return this.#last.digest;
  }
}

const NOTHING = { text: '', digest: '' };

function digestOf(text: string): string {
  return hash('sha256', text, 'binary');
}

function isObject(read: Known['read']): read is KubeObject {
  return 'kind' in read;
}

/**
 * In place, as a copy would be another object, and so all the names of the file would be compiled
 * again for a line that was put in at its head.
 */
function move({ objects, problems }: DocumentReading, from: Origin, to: Origin): void {
  const lines = to.line - from.line;
  const documents = to.document - from.document;
  if (lines === 0 && documents === 0) return;
  const ofProblems = problems.map(({ origin }) => origin);
  const origins = new Set([from, ...objects.flatMap(originsOf), ...ofProblems]);
  for (const origin of origins as Set<{ -readonly [K in keyof Origin]: Origin[K] }>) {
    origin.line += lines;
    origin.document += documents;
  }
}
