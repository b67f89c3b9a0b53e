import type { Problem } from '../kube/problem.ts';
import { failedDocument, type LoadedDocument, loadDocument } from '../registry/loaded-file.ts';
import type { FolderChange } from '../sources/folder/folder-source.ts';
import type { ChangedFile } from '../sources/folder/known-files.ts';
import type { FileChanges } from './control-plane.ts';

/**
 * Parses and checks the files of a change. `reading` is told each file before its turn, so that
 * somebody knows which one it was if it never ends; those in `skipped` are not read.
 */
export function loadFiles(
  change: FolderChange,
  reading: (file: string) => void,
  skipped: ReadonlySet<string> = new Set(),
): FileChanges {
  const files: FileChanges = new Map();
  for (const file of change.removed) files.set(file, undefined);
  for (const changed of change.changed) {
    reading(changed.file);
    files.set(
      changed.file,
      skipped.has(changed.file) ? [quarantined(changed.file)] : loadFile(changed),
    );
  }
  return files;
}

/** A document that could not be parsed becomes one without objects, marked as failed. */
function loadFile(changed: ChangedFile): LoadedDocument[] {
  const { documents, failed, problems } = changed.parse();
  const good = documents.map(loadDocument);
  if (failed.length === 0 && problems.length === 0) return good;
  const index = failed[0]?.document ?? documents.length;
  const bad = failed.slice(1).map(({ document }) => failedDocument(document, []));
  return [...good, failedDocument(index, problems), ...bad];
}

function quarantined(file: string): LoadedDocument {
  const problem: Problem = {
    severity: 'error',
    code: 'MANIFEST_QUARANTINED',
    message: 'Left out this file, as reading it never ended: expected a change to it first',
    origin: { file, document: 0, line: 1, column: 1 },
  };
  return failedDocument(0, [problem]);
}
