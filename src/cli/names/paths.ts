import { closeSync, existsSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DISK } from '../../corefile/files.ts';
import { didYouMean, quoted } from '../../corefile/problems.ts';
import { isManifestName } from '../../sources/folder/read/selection.ts';
import {
  manifestPaths,
  readManifests,
  renderedSource,
} from '../../sources/folder/render/rendered-source.ts';
import { STDIN } from '../../sources/standard-input.ts';
import { fileFault, isGone } from '../../support/file-error.ts';
import { displayName } from '../../support/paths.ts';
import { UsageError } from '../command.ts';

/** The paths given to a command, by what they are. */
export interface GivenPaths {
  /**
   * Folders, files with the name or the text of manifests, and what is rendered from some, as
   * `readManifests` gives it. `-` is standard input.
   */
  readonly manifests: readonly string[];
  /** Other files, as they were given. */
  readonly corefiles: readonly string[];
}

/**
 * Tells folders and manifests from Corefiles, which have no ending.
 *
 * @throws {UsageError} for a path that leads nowhere, and for a pipe, which can be read only once.
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
    if (isManifest(path, absolute)) manifests.push(absolute);
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

/** @throws {UsageError} for a path that leads nowhere. */
export function mustExist(path: string, cwd: string): void {
  statsOf(path, resolve(cwd, path));
}

function isManifest(path: string, absolute: string): boolean {
  const stats = statsOf(path, absolute);
  if (stats.isDirectory() || isManifestName(path)) return true;
  if (stats.isFile()) return looksLikeManifest(absolute);
  const advice = 'give manifests on standard input, as -, or a Corefile by --config';
  throw new UsageError(`Cannot read ${quoted(path)}: it is a pipe or a device: ${advice}`);
}

/** Bytes of a file that are looked at: comments may stand at the top. */
const LOOKED_AT = 16_384;

/** A Corefile may have a zone called `kind:`, but hardly with a word behind it and no block. */
const MANIFEST_TEXT =
  /^(?:\{\s*"(?:apiVersion|kind|items|metadata)"|(?:apiVersion|kind):[ \t]+["'\w][^{\n]*$)/m;

function looksLikeManifest(file: string): boolean {
  const start = Buffer.alloc(LOOKED_AT);
  try {
    const descriptor = openSync(file, 'r');
    try {
      return MANIFEST_TEXT.test(start.toString('latin1', 0, readSync(descriptor, start)));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // Whoever reads all of it says why it cannot be read.
    return false;
  }
}

function isFolder(path: string, absolute: string): boolean {
  return statsOf(path, absolute).isDirectory();
}

function statsOf(path: string, absolute: string): Stats {
  try {
    return statSync(absolute);
  } catch (error) {
    const why = isGone(error)
      ? `there is no such file or folder${didYouMean(basename(absolute), DISK.list(dirname(absolute)))}`
      : fileFault(error);
    throw new UsageError(`Cannot read ${quoted(path)}: ${why}`);
  }
}
