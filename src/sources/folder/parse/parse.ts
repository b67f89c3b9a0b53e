import type { Document, PlacedText } from '../../../kube/document.ts';
import type { Origin } from '../../../kube/objects.ts';
import { MAX_DOCUMENTS, MAX_KNOWN_CHARS, MAX_SLOW_CHARS, MAX_WHOLE_CHARS } from '../limits.ts';
import { type Fault, limitFault } from '../report/fault.ts';
import {
  hasNumberedKeys,
  isSlashComment,
  lineNumbersFault,
  slashCommentFault,
} from '../report/pasted.ts';
import { tabWarnings } from '../report/typo-problems.ts';
import { tabLines } from '../report/typos.ts';
import { type Chunk, skipBlank, splitDocuments } from './documents.ts';
import { Failures } from './failures.ts';
import { jsonPositions, readJson } from './json.ts';
import { listDocument, UncutError } from './list-document.ts';
import { type DocumentSink, type ParsedFile, sizeFault, unreadable } from './parsed-file.ts';
import { LaterPlaces } from './places.ts';
import { locatedDocument, rootOffset, yamlPositions } from './positions.ts';
import { isQuickText, QuickYaml, UNREAD } from './quick-yaml.ts';
import { SliceText } from './slice-text.ts';
import { decodeText, SourceText } from './source-text.ts';
import { StringPool } from './string-pool.ts';
import { readYaml, yamlEvents } from './yaml.ts';

/**
 * Parses the bytes of a manifest file. Never throws, and takes time in proportion to the size.
 *
 * The Documents hold on to the whole text to be able to locate things in it: turn them into objects
 * and let them go. With a `sink` they go there one by one, and `documents` stays empty: then memory
 * is in proportion to the largest document, and of a List to the largest of its items.
 */
export function parseManifest(file: string, bytes: Uint8Array, sink?: DocumentSink): ParsedFile {
  const tooLarge = sizeFault(bytes.length);
  if (tooLarge !== undefined) return unreadable(file, 'MANIFEST_LIMIT', tooLarge);
  const decoded = decodeText(bytes);
  if (decoded.kind === 'garbled') {
    const place = new SourceText(file, decoded.lossy).place(decoded.offset);
    const message = 'Cannot read this file: found a byte that is not UTF-8, expected text';
    return unreadable(file, 'MANIFEST_ENCODING', message, { file, document: 0, ...place });
  }
  sink?.text?.(decoded.text);
  return new FileParser(new SourceText(file, decoded.text), sink).run();
}

class FileParser {
  readonly #source: SourceText;
  readonly #quick: QuickYaml | undefined;
  readonly #slices: SliceText | undefined;
  readonly #sink: DocumentSink | undefined;
  readonly #documents: Document[] = [];
  /** Documents so far that could be read. */
  #good = 0;
  #reads = 0;
  /** Characters read since the last progress. */
  #unreported = 0;
  readonly #failures = new Failures();

  constructor(source: SourceText, sink: DocumentSink | undefined) {
    this.#source = source;
    const { text } = source;
    if (isQuickText(text)) {
      const strings = new StringPool(text.length);
      this.#quick = new QuickYaml(text, strings);
      this.#slices = new SliceText(text, this.#quick, strings);
    }
    this.#sink = sink;
  }

  run(): ParsedFile {
    // Split first: parsing so many would take a minute.
    const chunks = [...atMost(splitDocuments(this.#source.text), MAX_DOCUMENTS + 1)];
    if (chunks.length > MAX_DOCUMENTS) return this.#tooMany();
    for (const chunk of chunks) {
      this.#chunk(chunk);
      if (this.#nextIndex > MAX_DOCUMENTS) return this.#tooMany();
    }
    return {
      file: this.#source.file,
      parsed: true,
      documents: this.#documents,
      failed: this.#failures.failed,
      problems: this.#failures.problems(),
      reads: this.#reads,
    };
  }

  #tooMany(): ParsedFile {
    const message = `Cannot read this file: found over ${MAX_DOCUMENTS} documents, expected fewer: split it into several files`;
    return unreadable(this.#source.file, 'MANIFEST_LIMIT', message);
  }

  get #nextIndex(): number {
    return this.#good + this.#failures.failed.length;
  }

  /** kubectl: what begins with `{` is JSON. `{kind: Service}` is taken for the YAML it is. */
  #chunk(chunk: Chunk): void {
    const { text } = chunk;
    const first = skipBlank(text, text.startsWith('---') ? 3 : 0, text.length);
    if (this.#takesKnown(chunk, first)) return;
    const isLong = text.length > MAX_SLOW_CHARS;
    if (isSlashComment(text, first)) this.#fail(chunk.start, first, slashCommentFault(first));
    else if (isLong && !this.#inParts(chunk, first))
      this.#fail(chunk.start, first, tooLong(text, first));
    else if (isLong) return;
    else if (isJson(text, first)) this.#jsonValues(chunk, first);
    else this.#yaml(chunk, first);
  }

  #takesKnown({ text, start }: Chunk, first: number): boolean {
    if (this.#sink?.takeKnown === undefined || text.length > MAX_KNOWN_CHARS) return false;
    if (!this.#sink.takeKnown(this.#placed(text, start, first))) return false;
    this.#good += 1;
    this.#tick(text.length);
    return true;
  }

  /**
   * One JSON value after another; an error ends the chunk, as no one knows where the next begins.
   */
  #jsonValues({ text, start }: Chunk, first: number): void {
    let at = first;
    let isAlone = true;
    while (at < text.length && this.#nextIndex <= MAX_DOCUMENTS) {
      const root = at;
      const outcome = readJson(text, root);
      if (outcome.kind === 'fault') {
        this.#fail(start, root, outcome.fault);
        return;
      }
      const { value } = outcome;
      at = skipBlank(text, outcome.end, text.length);
      const places = new LaterPlaces(() => jsonPositions(text, root));
      const document = locatedDocument({ value, root, places }, this.#originAt(start), []);
      isAlone &&= at >= text.length;
      this.#add(isAlone ? { ...document, source: this.#placed(text, start, first) } : document);
      this.#tick(outcome.end - root);
    }
  }

  #yaml(chunk: Chunk, first: number): void {
    const { text, start } = chunk;
    if (this.#inParts(chunk, first)) return;
    const outcome = readYaml(text);
    const maybeNumbered =
      outcome.kind === 'fault' || outcome.documents.some(({ value }) => hasNumberedKeys(value));
    const numbered = maybeNumbered ? lineNumbersFault(text) : undefined;
    if (numbered !== undefined) {
      this.#fail(start, first, numbered);
      return;
    }
    if (outcome.kind === 'fault') {
      this.#fail(start, first, outcome.fault, text);
      return;
    }
    let warnings = tabWarnings(tabLines(text), this.#originAt(start));
    for (const [ordinal, { value, events }] of outcome.documents.entries()) {
      if (value === null || value === undefined) continue;
      // The events of a list dump are kept, as the place of each item will be needed. Those of
      // other documents are seldom needed and weigh ten times the text: they are parsed again.
      const kept = isList(value) ? events : undefined;
      const root = rootOffset(events, text);
      const places = new LaterPlaces(() =>
        yamlPositions(kept ?? yamlEvents(text)[ordinal] ?? [], text),
      );
      const document = locatedDocument({ value, root, places }, this.#originAt(start), warnings);
      // What a warning says may name lines.
      const isAlone = outcome.documents.length === 1 && warnings.length === 0;
      this.#add(isAlone ? { ...document, source: this.#placed(text, start, first) } : document);
      warnings = [];
    }
    this.#tick(text.length);
  }

  /** Whether the document could be read without js-yaml having all of its text. */
  #inParts(chunk: Chunk, first: number): boolean {
    const isListed = chunk.text.length > MAX_WHOLE_CHARS && this.#listed(chunk);
    return isListed || this.#quickly(chunk, first);
  }

  /** Whether the document is one that need not be left to js-yaml. */
  #quickly({ text, start }: Chunk, first: number): boolean {
    const quick = this.#quick;
    const end = start + text.length;
    const value = quick?.read(start, end) ?? UNREAD;
    if (quick === undefined || value === UNREAD) return false;
    const places = quick.places(start, end);
    const root = start + first;
    const document = locatedDocument({ value, root, places }, this.#originAt(0), []);
    this.#add({ ...document, source: { text, origin: document.origin } });
    this.#tick(text.length);
    return true;
  }

  #add(document: Document): void {
    if (this.#sink === undefined) this.#documents.push(document);
    else this.#sink.take(document);
    this.#good += 1;
    this.#reads += 1;
  }

  /** Whether the document is a List that could be read item by item. */
  #listed({ text, start }: Chunk): boolean {
    if (this.#sink === undefined) return false;
    const document = listDocument(text, start, {
      quick: this.#quick,
      slices: this.#slices,
      originAt: this.#originAt(start),
      tick: (chars) => this.#tick(chars),
      onRead: () => {
        this.#reads += 1;
      },
    });
    if (document === undefined) return false;
    try {
      this.#sink.take(document);
    } catch (error) {
      if (error instanceof UncutError) return false;
      throw error;
    }
    this.#good += 1;
    return true;
  }

  #tick(chars: number): void {
    this.#unreported += chars;
    if (this.#unreported < PROGRESS_CHARS) return;
    this.#unreported = 0;
    this.#sink?.progress();
  }

  /** `yaml` is the text of a document that ought to be YAML: it is searched for typos. */
  #fail(start: number, root: number, fault: Fault, yaml?: string): void {
    this.#failures.add(fault, this.#originAt(start), root, yaml);
  }

  /** The text that begins at `start`, in which `first` is where there is no comment any more. */
  #placed(text: string, start: number, first: number): PlacedText {
    return { text, origin: this.#originAt(start)(first) };
  }

  /** Places of the document that is being read, by offset into the chunk that begins at `start`. */
  #originAt(start: number): (offset: number) => Origin {
    const source = this.#source;
    const document = this.#nextIndex;
    return (offset) => ({ file: source.file, document, ...source.place(start + offset) });
  }
}

/** The fault of a document that is too long for what is written in it. */
function tooLong({ length }: string, offset: number): Fault {
  const found = `found ${length} characters that cannot be read in parts, expected at most ${MAX_SLOW_CHARS}: split it, or write it as kubectl get -o yaml does`;
  return limitFault(offset, found);
}

/** The first of the items. */
function* atMost<Item>(items: Iterable<Item>, most: number): Generator<Item> {
  let left = most;
  for (const item of items) {
    yield item;
    left -= 1;
    if (left === 0) return;
  }
}

/** Read between two reports of progress; takes some 50 ms. */
const PROGRESS_CHARS = 256 * 1024;

function isJson(text: string, first: number): boolean {
  if (text[first] !== '{') return false;
  let at = first + 1;
  while (at < text.length && JSON_SPACE.has(text[at]!)) at += 1;
  return at >= text.length || text[at] === '"' || text[at] === '}' || isSlashComment(text, at);
}

const JSON_SPACE: ReadonlySet<string> = new Set([' ', '\n', '\r', '\t']);

/** Whether it looks like what `kubectl get -o yaml` prints for several objects. */
function isList(value: unknown): value is { readonly items: readonly unknown[] } {
  return (
    typeof value === 'object' && value !== null && 'items' in value && Array.isArray(value.items)
  );
}
