import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { wholeFile } from '../../../kube/origin.ts';
import type { Problem, Severity } from '../../../kube/problem.ts';
import { MAX_ENTRIES, MAX_FILES, MAX_FOLDER_DEPTH, MAX_PROBLEMS } from '../limits.ts';
import { quoted } from '../report/fault.ts';
import { type Disk, type Entry, errorText, type FileKind, isGone } from './disk.ts';
import { manifestsBut, rendererOf, type Selection } from './selection.ts';

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
 * what begins with a dot; with another `selection`, other files. A watched path may be a single
 * file, of any name.
 *
 * A folder with a kustomization or a chart is refused whole, with all that is below it: patches are
 * no objects, bases lack what is patched into them, and templates are no YAML.
 *
 * Links are followed as long as they stay below the watched folder. That is how a ConfigMap volume
 * works (`svc.yaml -> ..data/svc.yaml`, `..data -> ..2024_01_02/`), and it keeps a manifest folder
 * from showing other files of the machine. Each real folder and file is taken once, so loops end.
 */
export function scanFolders(
  roots: readonly string[],
  disk: Disk,
  workingFolder: string,
  selection: Selection = MANIFESTS,
): Scan {
  return new Scanner(disk, workingFolder, selection).run(roots);
}

const MANIFESTS = manifestsBut([]);

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
  readonly #selection: Selection;
  readonly #files: FoundFile[] = [];
  readonly #realFiles = new Set<string>();
  readonly #trees: string[] = [];
  readonly #folders = new Map<string, string>();
  readonly #warnings: Problem[] = [];
  readonly #empty: Problem[] = [];
  /** The watched path under way. */
  #top = '';
  /** Below it: manifests, also those taken before, and other files. */
  #manifests = 0;
  #others: string[] = [];
  readonly #unseen: string[] = [];
  readonly #missingRoots: string[] = [];
  #entriesLeft = MAX_ENTRIES;
  #isFull = false;

  constructor(disk: Disk, workingFolder: string, selection: Selection) {
    this.#disk = disk;
    this.#workingFolder = workingFolder;
    this.#selection = selection;
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
      this.#top = root;
      if (kind === 'file' && this.#isInput(basename(root))) this.#refuseInput(root);
      else if (kind === 'file') this.#addFile(root, real);
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
    const taken = entries.filter(({ name }) => !this.#leavesOut(join(path, name), name));
    this.#others.push(...entries.filter(isDotFile).map(({ name }) => name));
    const input = taken.find(({ name, kind }) => kind !== 'folder' && this.#isInput(name));
    if (input !== undefined) {
      this.#refuseInput(join(path, input.name));
      return;
    }
    for (const entry of taken.sort((a, b) => compare(a.name, b.name))) {
      if (this.#isFull) return;
      this.#entry(entry, path, real, depth, links);
    }
  }

  #leavesOut(path: string, name: string): boolean {
    return this.#selection.leavesOut(name, [relative(this.#top, path), this.#name(path)]);
  }

  #isInput(name: string): boolean {
    return this.#selection.refusesInput && rendererOf(name) !== undefined;
  }

  #refuseInput(path: string): void {
    const name = basename(path);
    const way = `--manifests ${rendererOf(name)}:${this.#name(dirname(path))}`;
    const found = `Cannot read the files beside this one as manifests: they are to be rendered: expected ${way}, or --exclude ${name} for the files as they stand`;
    this.#addRefused(path, this.#problem('error', 'MANIFEST_TO_RENDER', path, found));
  }

  #entry({ name, kind }: Entry, path: string, real: string, depth: number, links: Link[]): void {
    const entryPath = join(path, name);
    const entryReal = join(real, name);
    if (kind === 'folder') this.#folder(entryPath, entryReal, depth + 1, links);
    else if (kind === 'link') links.push({ path: entryPath, name, depth: depth + 1 });
    else if (!this.#selection.takes(name)) this.#others.push(name);
    else if (kind === 'file') this.#addFile(entryPath, entryReal);
    else this.#refuseKind(entryPath, kind);
  }

  #link({ path, name, depth }: Link, rootReal: string, links: Link[]): void {
    const isManifest = this.#selection.takes(name);
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
    const message = `Cannot read this file: ${found}`;
    this.#addRefused(path, this.#problem('warning', code, path, message));
  }

  #addRefused(path: string, refusal: Problem): void {
    this.#manifests++;
    if (!this.#hasRoom(path)) return;
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

/** Whether a path is a folder's or leads into it; both absolute. */
export function isAtOrBelow(path: string, folder: string): boolean {
  if (path === folder) return true;
  return path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

/** A file that no selection of manifests takes, to be named where there is nothing else. */
function isDotFile({ name, kind }: Entry): boolean {
  return kind === 'file' && name.startsWith('.');
}

/** By UTF-16 unit, the same on every machine. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
