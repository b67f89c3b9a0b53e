import type { Document } from '../../../kube/document.ts';
import { wholeFile } from '../../../kube/origin.ts';
import type { Problem } from '../../../kube/problem.ts';
import { readDocument } from '../../../kube/schema.ts';
import { type Piece, QUARANTINED, type SourceEvents } from '../../source.ts';
import type { ChangedFile } from '../read/known-files.ts';
import type { FolderChange } from '../watch/folder-watcher.ts';
import { failedDocument, type LoadedDocument } from './loaded-file.ts';
import type { FileChanges } from './manifest-objects.ts';

export interface LoadOptions {
  /** Called before each file, and with undefined after the last. */
  readonly reading?: SourceEvents['reading'] | undefined;
  /** Called over and over while files are read. */
  readonly step?: (() => void) | undefined;
  /** Files that are not read as long as they are as they were then. */
  readonly quarantined?: readonly Piece[] | undefined;
}

/** Parses and checks the files of a change. */
export function loadFiles(
  change: FolderChange,
  { reading = () => {}, step = () => {}, quarantined = [] }: LoadOptions = {},
): FileChanges {
  const files = new Map<string, readonly LoadedDocument[] | undefined>();
  for (const file of change.removed) files.set(file, undefined);
  for (const changed of change.changed) {
    const { file, hash } = changed;
    if (quarantined.some(({ name, version }) => name === file && version === hash)) {
      files.set(file, [leftOut(file)]);
      continue;
    }
    reading({ name: file, version: hash });
    files.set(file, loadFile(changed, step));
  }
  if (change.changed.length > 0) reading(undefined);
  return files;
}

/** A document that could be parsed, with its objects checked as the API server would. */
export function loadDocument(document: Document): LoadedDocument {
  const { objects, problems, passedOver, namespaces, refused } = readDocument(document);
  const { document: index } = document.origin;
  return { index, objects, problems, passedOver, namespaces, failed: refused > 0 };
}

/** A document that could not be parsed becomes one without objects, marked as failed. */
function loadFile(changed: ChangedFile, progress: () => void): LoadedDocument[] {
  const taken: LoadedDocument[] = [];
  const take = (document: Document) => taken.push(loadDocument(document));
  const { parsed, failed, problems } = changed.parse({ take, progress });
  if (!parsed) return [failedDocument(0, problems.map(ofWholeFile))];
  const good = taken;
  if (failed.length === 0 && problems.length === 0) return good;
  const index = failed[0]?.document ?? good.length;
  const bad = failed.slice(1).map(({ document }) => failedDocument(document, []));
  return [...good, failedDocument(index, problems), ...bad];
}

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
