import { dirname, isAbsolute, relative, resolve } from 'node:path';
import type { Origin } from '../kube/objects.ts';
import { closest } from '../kube/spelling.ts';
import { type Files, MAX_BYTES, NOT_A_FILE, notTextFault } from './files.ts';
import { expandGlob, globFault, isGlob } from './glob.ts';
import { type ProblemList, quoted } from './problems.ts';

export const MAX_IMPORTED_FILES = 100;

export interface ImportedFile {
  /** As messages show it: relative to the working folder when the importing file is. */
  readonly file: string;
  readonly text: string;
}

interface ImportLimits {
  readonly maxBytes: number;
  readonly maxFiles: number;
  /** Snippets that may have been meant when there is no such file. */
  readonly snippets: Iterable<string>;
  readonly problems: ProblemList;
}

/**
 * The files that `import` names, relative to the importing file. Mistakes go into `problems`;
 * 'limit' when a limit was exceeded and reading should end.
 */
export function filesToImport(
  wanted: string,
  origin: Origin,
  { files, cwd }: { readonly files: Files; readonly cwd: string },
  { maxBytes, maxFiles, snippets, problems }: ImportLimits,
): readonly ImportedFile[] | 'limit' {
  const fault = globFault(wanted);
  if (fault !== undefined) {
    problems.error('COREFILE_IMPORT', `${fault}: ${quoted(wanted)}`, origin);
    return [];
  }
  const path = resolve(cwd, dirname(origin.file), wanted);
  const paths = isGlob(wanted) ? expandGlob(path, files) : [path];
  if (paths.length === 0) {
    const message = `No files matching import glob pattern: ${quoted(wanted)}`;
    problems.warning('COREFILE_IMPORT', message, origin);
  }
  if (paths.length > maxFiles) {
    const message = `Cannot import ${quoted(wanted)}: more than ${MAX_IMPORTED_FILES} files with the earlier imports`;
    problems.error('COREFILE_LIMIT', message, origin);
    return 'limit';
  }
  const imported: ImportedFile[] = [];
  let left = maxBytes;
  for (const found of paths) {
    const file = isAbsolute(wanted) || isAbsolute(origin.file) ? found : relative(cwd, found);
    try {
      const text = files.read(found, left);
      left -= Buffer.byteLength(text);
      const fault = notTextFault(text);
      if (fault === undefined) imported.push({ file, text });
      else problems.error('COREFILE_IMPORT', `Cannot import ${quoted(file)}: ${fault}`, origin);
    } catch (error) {
      const { code = String(error), message } = error as NodeJS.ErrnoException;
      if (code === NOT_A_FILE) {
        problems.error('COREFILE_IMPORT', `Cannot import ${quoted(file)}: ${message}`, origin);
        continue;
      }
      problems.error('COREFILE_IMPORT', importFault(code, wanted, file, snippets), origin);
      if (code === 'EFBIG') return 'limit';
    }
  }
  return imported;
}

function importFault(
  code: string,
  wanted: string,
  file: string,
  snippets: Iterable<string>,
): string {
  switch (code) {
    case 'ENOENT': {
      const similar = closest(wanted, snippets);
      const meant = similar === undefined ? '' : `: did you mean the snippet ${quoted(similar)}?`;
      return `File to import not found: ${quoted(wanted)}: there is no file ${file}, and no snippet of this name above${meant}`;
    }
    case 'EISDIR':
      return `Cannot import the folder ${quoted(wanted)}: expected a file, or a pattern such as ${quoted(`${wanted}/*`)}`;
    case 'EFBIG':
      return `Cannot import ${quoted(wanted)}: more than ${MAX_BYTES} bytes with the earlier imports`;
    default:
      return `Cannot read ${file} to import it: ${code}`;
  }
}
