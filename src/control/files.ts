import type { Document } from '../kube/document.ts';
import { wholeFile } from '../kube/origin.ts';
import type { Problem } from '../kube/problem.ts';
import { failedDocument, type LoadedDocument, loadDocument } from '../registry/loaded-file.ts';
import type { FolderChange } from '../sources/folder/folder-watcher.ts';
import type { ChangedFile } from '../sources/folder/known-files.ts';
import type { FileChanges } from './control-plane.ts';

/** A version of a file. */
export type FileVersion = Pick<ChangedFile, 'file' | 'hash'>;

export interface LoadOptions {
  /** Told each file before its turn, so that somebody knows which one it was if it never ends. */
  readonly reading?: (version: FileVersion) => void;
  /** Called over and over while files are read. */
  readonly step?: () => void;
  /** Files that are not read as long as they are as they were then. */
  readonly quarantine?: readonly FileVersion[];
}

/** Parses and checks the files of a change. */
export function loadFiles(
  change: FolderChange,
  { reading = () => {}, step = () => {}, quarantine = [] }: LoadOptions = {},
): FileChanges {
  const files: FileChanges = new Map();
  for (const file of change.removed) files.set(file, undefined);
  for (const changed of change.changed) {
    const { file, hash } = changed;
    if (quarantine.some((version) => version.file === file && version.hash === hash)) {
      files.set(file, [quarantined(file)]);
      continue;
    }
    reading({ file, hash });
    files.set(file, loadFile(changed, step));
  }
  return files;
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

/** The problem of a file that is left out until it changes. */
export const QUARANTINED = 'MANIFEST_QUARANTINED';

function quarantined(file: string): LoadedDocument {
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
