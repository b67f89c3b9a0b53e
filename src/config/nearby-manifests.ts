import { join } from 'node:path';
import type { Files } from '../corefile/files.ts';
import { isManifestName } from '../sources/folder/read/selection.ts';

/** How far below the working folder manifests are looked for, and in how many names. */
const MAX_DEPTH = 3;
const MAX_NAMES = 2000;

/** The beginning of a file is enough to know it. */
const MAX_BYTES = 256 * 1024;

/** Files that are looked into: this is for a message, and a start must not take long. */
const MAX_FILES = 200;

/** Folders that hold other people's files, and many of them. */
const PASSED_OVER: ReadonlySet<string> = new Set(['node_modules', 'vendor', 'dist', 'target']);

/**
 * Folders at and below `cwd` with manifests directly in them, relative to it, the nearest first:
 * where it was not said which are meant.
 */
export function nearbyManifests(cwd: string, files: Files): readonly string[] {
  const found: string[] = [];
  let folders: readonly string[] = ['.'];
  let [namesLeft, filesLeft] = [MAX_NAMES, MAX_FILES];
  for (let depth = 0; depth <= MAX_DEPTH && namesLeft > 0; depth++) {
    const below: string[] = [];
    for (const folder of folders) {
      const names = files.list(join(cwd, folder)).filter((name) => !name.startsWith('.'));
      const looked = names.toSorted().slice(0, namesLeft);
      namesLeft -= looked.length;
      const texts = looked.filter(isManifestName).slice(0, filesLeft);
      const at = texts.findIndex((name) => isManifest(join(cwd, folder, name), files));
      filesLeft -= at < 0 ? texts.length : at + 1;
      if (at >= 0) found.push(folder);
      below.push(
        ...looked.filter((name) => !PASSED_OVER.has(name)).map((name) => join(folder, name)),
      );
    }
    folders = below.filter((path) => files.isFolder(join(cwd, path)));
  }
  return found;
}

function isManifest(path: string, files: Files): boolean {
  try {
    const text = files.read(path, MAX_BYTES);
    return /^\s*"?apiVersion"?\s*:/m.test(text) && /^\s*"?kind"?\s*:/m.test(text);
  } catch (error) {
    // A dump of a cluster is long; other files of these names hardly are.
    return (error as NodeJS.ErrnoException).code === 'EFBIG' && !path.endsWith('.json');
  }
}
