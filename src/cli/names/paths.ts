import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { quoted } from '../../corefile/problems.ts';
import { isManifestName } from '../../sources/folder/read/selection.ts';
import {
  manifestPaths,
  readManifests,
  renderedSource,
} from '../../sources/folder/render/rendered-source.ts';
import { STDIN } from '../../sources/standard-input.ts';
import { displayName } from '../../support/paths.ts';
import { UsageError } from '../command.ts';

/** The paths given to a command, by what they are. */
export interface GivenPaths {
  /**
   * Folders, files that are named like manifests, and what is rendered from some, as
   * `readManifests` gives it. `-` is standard input.
   */
  readonly manifests: readonly string[];
  /** Other files, as they were given. */
  readonly corefiles: readonly string[];
}

/**
 * Tells folders and manifests from Corefiles, which have no ending.
 *
 * @throws {UsageError} for a path that leads nowhere.
 */
export function sortPaths(paths: readonly string[], cwd: string): GivenPaths {
  const manifests: string[] = [];
  const corefiles: string[] = [];
  for (const path of paths) {
    if (path === '-') {
      manifests.push(STDIN);
      continue;
    }
    const reading = readManifests(path, cwd);
    if ('fault' in reading) throw new UsageError(reading.fault);
    const absolute = reading.value;
    if (renderedSource(absolute) !== undefined) {
      for (const input of manifestPaths(absolute)) isFolder(displayName(input, cwd), input);
      manifests.push(absolute);
      continue;
    }
    if (isFolder(path, absolute) || isManifestName(path)) manifests.push(absolute);
    else corefiles.push(path);
  }
  return { manifests: [...new Set(manifests)], corefiles: [...new Set(corefiles)] };
}

/**
 * The file `Corefile` of each of these paths that is a folder and has one, as it would be given.
 */
export function corefilesIn(paths: readonly string[], cwd: string): string[] {
  return paths
    .map((path) => join(path, 'Corefile'))
    .filter((file) => existsSync(resolve(cwd, file)));
}

function isFolder(path: string, absolute: string): boolean {
  try {
    return statSync(absolute).isDirectory();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file or folder' : (code ?? message);
    throw new UsageError(`Cannot read ${quoted(path)}: ${why}`);
  }
}
