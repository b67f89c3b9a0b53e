import type { Document } from '../../../kube/document.ts';
import type { Origin } from '../../../kube/objects.ts';
import { wholeFile } from '../../../kube/origin.ts';
import type { Problem } from '../../../kube/problem.ts';
import type { DocumentReading } from '../../../kube/schema/document-reading.ts';
import { type ItemReader, type ReadOptions, readDocument } from '../../../kube/schema.ts';
import { type Piece, QUARANTINED, type ReadingObserver, type SourceEvents } from '../../source.ts';
import type { DocumentSink } from '../parse/parsed-file.ts';
import type { ChangedFile } from '../read/file-changes.ts';
import type { FolderChange } from '../watch/folder-watcher.ts';
import { KnownTexts } from './known-texts.ts';
import { failedDocument, type LoadedDocument } from './loaded-file.ts';
import type { FileChanges } from './manifest-objects.ts';

export interface LoadOptions {
  /** Called with the files that are read, and with none after the last. */
  readonly reading?: SourceEvents['reading'] | undefined;
  /** Called before each of them. */
  readonly readingAt?: SourceEvents['readingAt'] | undefined;
  /** Called over and over while files are read. */
  readonly step?: (() => void) | undefined;
  /** Files that are not read as long as they are as they were then. */
  readonly quarantined?: readonly Piece[] | undefined;
  /** What the texts of each file were read as; taken from, and added to. */
  readonly known?: Map<string, KnownTexts>;
  readonly observer?: ReadingObserver | undefined;
}

/** Parses and checks the files of a change. */
export function loadFiles(
  change: FolderChange,
  {
    reading = () => {},
    readingAt = () => {},
    step = () => {},
    quarantined = [],
    known = new Map(),
    observer,
  }: LoadOptions = {},
): FileChanges {
  const files = new Map<string, readonly LoadedDocument[] | undefined>();
  for (const file of change.removed) {
    files.set(file, undefined);
    known.delete(file);
  }
  const isLeftOut = ({ file, hash }: ChangedFile) =>
    quarantined.some(({ name, version }) => name === file && version === hash);
  const pieces = change.changed.filter((changed) => !isLeftOut(changed)).map(pieceOf);
  // Before the others are told, who would take it for one of these.
  readingAt(0);
  if (pieces.length > 0) reading(pieces);
  let read = 0;
  for (const changed of change.changed) {
    const { file } = changed;
    if (isLeftOut(changed)) {
      files.set(file, [leftOut(file)]);
      continue;
    }
    readingAt(read++);
    const texts = known.get(file) ?? new KnownTexts();
    known.set(file, texts);
    files.set(file, loadFile(changed, step, texts, observer));
  }
  if (pieces.length > 0) reading([]);
  return files;
}

function pieceOf({ file, hash }: ChangedFile): Piece {
  return { name: file, version: hash };
}

/** A document that could be parsed, with its objects checked as the API server would. */
export function loadDocument(document: Document, options?: ReadOptions): LoadedDocument {
  return loaded(readDocument(document, options), document.origin);
}

function loaded(reading: DocumentReading, { document }: Origin): LoadedDocument {
  const { objects, problems, passedOver, namespaces, refused } = reading;
  return { index: document, objects, problems, passedOver, namespaces, failed: refused > 0 };
}

/** A document that could not be parsed becomes one without objects, marked as failed. */
function loadFile(
  changed: ChangedFile,
  progress: () => void,
  texts: KnownTexts,
  observer: ReadingObserver | undefined,
): LoadedDocument[] {
  const taken: LoadedDocument[] = [];
  const see = observer?.object;
  const options = { readItem: itemReader(texts), step: everyFew(progress), see };
  const sink: DocumentSink = {
    text: (text) => observer?.text?.(changed.file, text),
    take: (document) => {
      const reading = readDocument(document, options);
      if (document.source !== undefined) texts.keep(document.source, reading);
      taken.push(loaded(reading, document.origin));
    },
    takeKnown: (source) => {
      const reading = texts.find(source);
      if (reading !== undefined) taken.push(loaded(reading, source.origin));
      return reading !== undefined;
    },
    progress,
  };
  const { parsed, failed, problems } = changed.parse(sink);
  texts.settle(parsed);
  if (!parsed) return [failedDocument(0, problems.map(ofWholeFile))];
  const good = taken;
  if (failed.length === 0 && problems.length === 0) return good;
  const index = failed[0]?.document ?? good.length;
  const bad = failed.slice(1).map(({ document }) => failedDocument(document, []));
  return [...good, failedDocument(index, problems), ...bad];
}

function itemReader(texts: KnownTexts): ItemReader {
  return (item, itemKind, read) => {
    const context = `item ${itemKind ?? ''}`;
    const known = texts.find(item, context);
    if (known !== undefined) return known;
    const reading = read();
    texts.keep(item, reading, context);
    return reading;
  };
}

/** Calls `progress` once in `ITEMS_A_STEP` calls. */
function everyFew(progress: () => void): () => void {
  let items = 0;
  return () => {
    items += 1;
    if (items % ITEMS_A_STEP === 0) progress();
  };
}

/** They take some 50 ms. */
const ITEMS_A_STEP = 256;

function leftOut(file: string): LoadedDocument {
  const problem: Problem = {
    severity: 'error',
    code: QUARANTINED,
    message: 'Left out this file, as reading it never ended: expected a change to it first',
    origin: wholeFile(file),
  };
  return failedDocument(0, [ofWholeFile(problem)]);
}

function ofWholeFile(problem: Problem): Problem {
  return { ...problem, isWholeFile: true };
}
