import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { wholeFile } from '../../../kube/origin.ts';
import type { Problem, Severity } from '../../../kube/problem.ts';
import { MAX_ENTRIES, MAX_FILES, MAX_FOLDER_DEPTH, MAX_PROBLEMS } from '../limits.ts';
import { quoted } from '../report/fault.ts';
import { type Disk, type Entry, errorCode, type FileKind, isGone } from './disk.ts';

/** A manifest file that a scan found. */
export interface FoundFile {
  /** As in Origins: relative to the working directory if below it, else absolute. */
  readonly file: string;
  /** Absolute, as listed: through links, not resolved. */
  readonly path: string;
  /** What to open: `path` with its links followed. */
  readonly real: string;
  /** Why it must not be opened, if so: a link out of the folder, a pipe, a device. */
  readonly refusal: Problem | undefined;
}

/** What the watched paths hold, by name only: no file has been opened. */
export interface Scan {
  /** Sorted by `path`. */
  readonly files: readonly FoundFile[];
  /** What is wrong with folders and links, rather than with a manifest. */
  readonly warnings: readonly Problem[];
  /** Warnings about watched folders without a manifest: true for the report, and no news. */
  readonly empty: readonly Problem[];
  /** The watched paths that are folders, with their links followed. */
  readonly trees: readonly string[];
  /** The folders: resolved path → identity (see `Stamp`), `unreadable` when it was not listed. */
  readonly folders: ReadonlyMap<string, string>;
  /** Watched paths, absolute, that could not be looked at. */
  readonly missingRoots: readonly string[];
  /** Whether a file that was not found may still be there, in a part that could not be listed. */
  mayHold(path: string): boolean;
}

/**
 * Lists the manifests below the watched paths: `*.yaml`, `*.yml` and `*.json`, in either case, not
 * what begins with a dot. A watched path may be a single file, of any name.
 *
 * Links are followed as long as they stay below the watched folder. That is how a ConfigMap volume
 * works (`svc.yaml -> ..data/svc.yaml`, `..data -> ..2024_01_02/`), and it keeps a manifest folder
 * from showing other files of the machine. Each real folder and file is taken once, so loops end.
 */
export function scanFolders(roots: readonly string[], disk: Disk, workingFolder: string): Scan {
  return new Scanner(disk, workingFolder).run(roots);
}

/** In place of the identity of a folder that cannot be looked into. */
const UNREADABLE = 'unreadable';

/** The name of a file in Origins and messages. */
export function displayName(path: string, workingFolder: string): string {
  const name = relative(workingFolder, path);
  return name === '' || name === '..' || name.startsWith(`..${sep}`) || isAbsolute(name)
    ? path
    : name;
}

/** A link that waits until everything that is no link has been found. */
interface Link {
  readonly path: string;
  readonly name: string;
  readonly depth: number;
}

/** Whether a file has the name of a manifest, in either case of letters. */
export function isManifestName(name: string): boolean {
  return /\.(?:yaml|yml|json)$/i.test(name);
}

/** Names of other files in a message. */
const MAX_SHOWN = 3;

const KIND_NAMES: Readonly<Record<FileKind, string>> = {
  file: 'a file',
  folder: 'a folder',
  link: 'a link',
  pipe: 'a named pipe',
  socket: 'a socket',
  device: 'a device',
  unknown: 'neither a file nor a folder',
};

class Scanner {
  readonly #disk: Disk;
  readonly #workingFolder: string;
  readonly #files: FoundFile[] = [];
  readonly #realFiles = new Set<string>();
  readonly #trees: string[] = [];
  readonly #folders = new Map<string, string>();
  readonly #warnings: Problem[] = [];
  readonly #empty: Problem[] = [];
  /** Below the watched path under way: manifests, also those taken before, and other files. */
  #manifests = 0;
  #others: string[] = [];
  readonly #unseen: string[] = [];
  readonly #missingRoots: string[] = [];
  #entriesLeft = MAX_ENTRIES;
  #isFull = false;

  constructor(disk: Disk, workingFolder: string) {
    this.#disk = disk;
    this.#workingFolder = workingFolder;
  }

  run(roots: readonly string[]): Scan {
    for (const root of roots) this.#root(resolve(this.#workingFolder, root));
    const unseen = this.#unseen;
    const isFull = this.#isFull;
    return {
      files: this.#files.sort((a, b) => compare(a.path, b.path)),
      warnings: this.#warnings,
      empty: this.#empty,
      trees: this.#trees,
      folders: this.#folders,
      missingRoots: this.#missingRoots,
      mayHold: (path) => isFull || unseen.some((folder) => isAtOrBelow(path, folder)),
    };
  }

  #root(root: string): void {
    try {
      const real = this.#disk.realpath(root);
      const { kind } = this.#disk.stat(real);
      if (kind === 'file') this.#addFile(root, real);
      else if (kind === 'folder') this.#watchedFolder(root, real);
      else
        this.#refuse(root, 'MANIFEST_NOT_A_FILE', `found ${KIND_NAMES[kind]}, expected a folder`);
    } catch (error) {
      this.#missingRoots.push(root);
      this.#unseen.push(root);
      const found = isGone(error) ? 'nothing is there' : errorText(error);
      const message = `Cannot look into this watched path: ${found}; what it held is kept until it is back`;
      this.#warn('error', 'FOLDER_MISSING', root, message);
    }
  }

  #watchedFolder(root: string, real: string): void {
    [this.#manifests, this.#others] = [0, []];
    const unseen = this.#unseen.length;
    this.#tree(root, real);
    if (this.#manifests > 0 || this.#isFull || this.#unseen.length > unseen) return;
    const shown = this.#others.toSorted(compare).slice(0, MAX_SHOWN).map(quoted).join(', ');
    const more = this.#others.length > MAX_SHOWN ? ', …' : '';
    const others = shown === '' ? '' : `, found other files: ${shown}${more}`;
    const message = `Found no manifests in this folder: expected files *.yaml, *.yml or *.json${others}`;
    this.#empty.push(this.#problem('warning', 'FOLDER_EMPTY', root, message));
  }

  #tree(root: string, real: string): void {
    // Links last, so that a file is known by its own name rather than by a link to it, and by name.
    const links: Link[] = [];
    this.#folder(root, real, 0, links, true);
    this.#trees.push(real);
    // Grows while it is walked: a linked folder may hold links.
    for (const link of links) {
      if (this.#isFull) return;
      this.#link(link, real, links);
    }
  }

  #folder(path: string, real: string, depth: number, links: Link[], isRoot = false): void {
    if (this.#folders.has(real)) {
      this.#manifests++; // whatever it has was taken before
      return;
    }
    if (depth > MAX_FOLDER_DEPTH) {
      this.#unseen.push(path);
      const message = `Cannot look into this folder: found it over ${MAX_FOLDER_DEPTH} folders deep, expected fewer`;
      this.#warn('warning', 'FOLDER_LIMIT', path, message);
      return;
    }
    let entries: Entry[];
    try {
      this.#folders.set(real, this.#disk.stat(real).identity);
      entries = this.#disk.entries(real, this.#entriesLeft + 1);
    } catch (error) {
      this.#folders.delete(real);
      if (isRoot) throw error;
      if (isGone(error)) return;
      // The watchers must be set anew when this one can be looked into.
      this.#folders.set(real, UNREADABLE);
      this.#unseen.push(path);
      const message = `Cannot look into this folder: ${errorText(error)}; what it held is kept`;
      this.#warn('warning', 'FOLDER_UNREADABLE', path, message);
      return;
    }
    this.#countEntries(path, entries.length);
    for (const entry of entries.sort((a, b) => compare(a.name, b.name))) {
      if (this.#isFull) return;
      this.#entry(entry, path, real, depth, links);
    }
  }

  #entry({ name, kind }: Entry, path: string, real: string, depth: number, links: Link[]): void {
    if (name.startsWith('.')) {
      if (kind === 'file') this.#others.push(name);
      return;
    }
    const entryPath = join(path, name);
    const entryReal = join(real, name);
    if (kind === 'folder') this.#folder(entryPath, entryReal, depth + 1, links);
    else if (kind === 'link') links.push({ path: entryPath, name, depth: depth + 1 });
    else if (!isManifestName(name)) this.#others.push(name);
    else if (kind === 'file') this.#addFile(entryPath, entryReal);
    else this.#refuseKind(entryPath, kind);
  }

  #link({ path, name, depth }: Link, rootReal: string, links: Link[]): void {
    const isManifest = isManifestName(name);
    let real: string;
    let kind: FileKind;
    try {
      real = this.#disk.realpath(path);
      kind = this.#disk.stat(real).kind;
    } catch (error) {
      if (!isManifest) return;
      if (isGone(error)) {
        const message = 'Cannot follow this link: nothing is where it points to';
        this.#warn('warning', 'MANIFEST_LINK', path, message);
        return;
      }
      this.#refuse(path, 'MANIFEST_LINK', `cannot follow this link: ${errorText(error)}`);
      return;
    }
    if (!isAtOrBelow(real, rootReal)) {
      const found = `found a link to ${quoted(real)}, expected one that stays below ${quoted(rootReal)}`;
      if (isManifest) this.#refuse(path, 'MANIFEST_LINK', found);
      else if (kind === 'folder') {
        this.#warn('warning', 'MANIFEST_LINK', path, `Cannot look into this folder: ${found}`);
      }
      return;
    }
    if (kind === 'folder') this.#folder(path, real, depth, links);
    else if (!isManifest) return;
    else if (kind === 'file') this.#addFile(path, real);
    else this.#refuseKind(path, kind);
  }

  #addFile(path: string, real: string): void {
    this.#manifests++;
    if (this.#realFiles.has(real) || !this.#hasRoom(path)) return;
    this.#realFiles.add(real);
    this.#files.push({ file: this.#name(path), path, real, refusal: undefined });
  }

  #refuseKind(path: string, kind: FileKind): void {
    this.#refuse(path, 'MANIFEST_NOT_A_FILE', `found ${KIND_NAMES[kind]}, expected a regular file`);
  }

  #refuse(path: string, code: string, found: string): void {
    this.#manifests++;
    if (!this.#hasRoom(path)) return;
    const refusal = this.#problem('warning', code, path, `Cannot read this file: ${found}`);
    this.#files.push({ file: this.#name(path), path, real: path, refusal });
  }

  #hasRoom(path: string): boolean {
    if (this.#files.length < MAX_FILES) return true;
    this.#stop(path, `found over ${MAX_FILES} manifests`);
    return false;
  }

  #countEntries(path: string, count: number): void {
    this.#entriesLeft -= count;
    if (this.#entriesLeft < 0) this.#stop(path, `found over ${MAX_ENTRIES} names to look at`);
  }

  /** From here on nothing more is found, so nothing may be taken for removed either. */
  #stop(path: string, found: string): void {
    if (this.#isFull) return;
    this.#isFull = true;
    const message = `Cannot take in more files from here on: ${found}, expected fewer`;
    this.#warn('error', 'FOLDER_LIMIT', path, message);
  }

  #warn(severity: Severity, code: string, path: string, message: string): void {
    if (this.#warnings.length >= MAX_PROBLEMS) return;
    this.#warnings.push(this.#problem(severity, code, path, message));
  }

  #problem(severity: Severity, code: string, path: string, message: string): Problem {
    const origin = wholeFile(this.#name(path));
    return { severity, code, message, origin };
  }

  #name(path: string): string {
    return displayName(path, this.#workingFolder);
  }
}

/** A message from node:fs without its path: the Origin has that. */
export function errorText(error: unknown): string {
  const code = errorCode(error);
  const known = ERROR_TEXTS[code];
  if (known !== undefined) return `${known} (${code})`;
  return code === '' ? String(error) : code;
}

const ERROR_TEXTS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ELOOP: 'its links lead round in a circle',
  EMFILE: 'this process has too many files open',
  ENFILE: 'the machine has too many files open',
  ENOSPC: 'no watch is left: raise fs.inotify.max_user_watches',
  EIO: 'the disk failed',
  ESTALE: 'the network file system lost it',
};

/** Whether a path is a folder's or leads into it; both absolute. */
export function isAtOrBelow(path: string, folder: string): boolean {
  if (path === folder) return true;
  return path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

/** By UTF-16 unit, the same on every machine. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
