import { basename, dirname, relative, resolve } from 'node:path';
import type { Problem } from '../../../kube/problem.ts';
import { byName } from '../../../support/collections.ts';
import { fileFault, isGone } from '../../../support/file-error.ts';
import { entryPath, isInFolder } from '../../../support/paths.ts';
import { MAX_FOLDER_DEPTH } from '../limits.ts';
import { quoted } from '../report/fault.ts';
import type { Disk, Entry, FileKind } from './disk.ts';
import { type FoundFile, FoundFiles } from './found-files.ts';
import { FOLDER_EMPTY, manifestsBut, rendererOf, type Selection } from './selection.ts';

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
  /** Links in those folders, as they stand there, manifests or not. */
  readonly links: ReadonlySet<string>;
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

/** What is taken when nothing is said. */
export const MANIFESTS = manifestsBut([]);

/** In place of the identity of a folder that cannot be looked into. */
const UNREADABLE = 'unreadable';

/** A link that waits until everything that is no link has been found. */
interface Link {
  readonly path: string;
  readonly name: string;
  readonly depth: number;
}

/** Names of other files in a message. */
const MAX_SHOWN = 3;

class Scanner {
  readonly #disk: Disk;
  readonly #workingFolder: string;
  readonly #found: FoundFiles;
  readonly #selection: Selection;
  readonly #trees: string[] = [];
  readonly #folders = new Map<string, string>();
  readonly #links = new Set<string>();
  readonly #empty: Problem[] = [];
  /** The watched path under way. */
  #top = '';
  /** Other files below it. */
  #others: string[] = [];
  readonly #unseen: string[] = [];
  readonly #missingRoots: string[] = [];

  constructor(disk: Disk, workingFolder: string, selection: Selection) {
    this.#disk = disk;
    this.#workingFolder = workingFolder;
    this.#found = new FoundFiles(workingFolder);
    this.#selection = selection;
  }

  run(roots: readonly string[]): Scan {
    for (const root of roots) this.#root(resolve(this.#workingFolder, root));
    const unseen = this.#unseen;
    const { files, warnings, isFull } = this.#found;
    return {
      files: files.sort((a, b) => (a.path < b.path ? -1 : 1)),
      warnings,
      empty: this.#empty,
      trees: this.#trees,
      folders: this.#folders,
      links: this.#links,
      missingRoots: this.#missingRoots,
      mayHold: (path) => isFull || unseen.some((folder) => isInFolder(path, folder)),
    };
  }

  #root(root: string): void {
    try {
      const real = this.#disk.realpath(root);
      const { kind } = this.#disk.stat(real);
      this.#top = root;
      if (kind === 'file' && this.#isInput(basename(root))) this.#refuseInputFile(root);
      else if (kind === 'file') this.#found.add(root, real);
      else if (kind === 'folder') this.#watchedFolder(root, real);
      else this.#found.refuseKind(root, kind, 'a folder');
    } catch (error) {
      this.#missingRoots.push(root);
      this.#unseen.push(root);
      const found = isGone(error) ? 'nothing is there' : fileFault(error);
      const message = `Cannot look into this watched path: ${found}; what it held is kept until it is back`;
      this.#found.warn('error', 'FOLDER_MISSING', root, message);
    }
  }

  #watchedFolder(root: string, real: string): void {
    [this.#found.manifests, this.#others] = [0, []];
    const unseen = this.#unseen.length;
    this.#tree(root, real);
    if (this.#found.manifests > 0 || this.#found.isFull || this.#unseen.length > unseen) return;
    const shown = this.#others.toSorted().slice(0, MAX_SHOWN).map(quoted).join(', ');
    const more = this.#others.length > MAX_SHOWN ? ', …' : '';
    const others = shown === '' ? '' : `, found other files: ${shown}${more}`;
    const message = `Found no manifests in this folder: expected files *.yaml, *.yml or *.json${others}`;
    this.#empty.push(this.#found.problem('warning', FOLDER_EMPTY, root, message));
  }

  #tree(root: string, real: string): void {
    // Links last, so that a file is known by its own name rather than by a link to it, and by name.
    const links: Link[] = [];
    this.#folder(root, real, 0, links, true);
    this.#trees.push(real);
    // Grows while it is walked: a linked folder may hold links.
    for (const link of links) {
      if (this.#found.isFull) return;
      this.#link(link, real, links);
    }
  }

  #folder(path: string, real: string, depth: number, links: Link[], isRoot = false): void {
    if (this.#folders.has(real)) {
      this.#found.manifests++; // whatever it has was taken before
      return;
    }
    if (depth > MAX_FOLDER_DEPTH) {
      this.#unseen.push(path);
      const message = `Cannot look into this folder: found it over ${MAX_FOLDER_DEPTH} folders deep, expected fewer`;
      this.#found.warn('warning', 'FOLDER_LIMIT', path, message);
      return;
    }
    let entries: Entry[];
    try {
      this.#folders.set(real, this.#disk.stat(real).identity);
      entries = this.#disk.entries(real, this.#found.entriesLeft + 1);
    } catch (error) {
      this.#folders.delete(real);
      if (isRoot) throw error;
      if (isGone(error)) return;
      // The watchers must be set anew when this one can be looked into.
      this.#folders.set(real, UNREADABLE);
      this.#unseen.push(path);
      const message = `Cannot look into this folder: ${fileFault(error)}; what it held is kept`;
      this.#found.warn('warning', 'FOLDER_UNREADABLE', path, message);
      return;
    }
    this.#found.countEntries(path, entries.length);
    const taken = entries.filter(({ name }) => !this.#leavesOut(path, name));
    this.#others.push(...entries.filter(isDotFile).map(({ name }) => name));
    const input = taken.find(({ name, kind }) => kind !== 'folder' && this.#isInput(name));
    if (input !== undefined) {
      this.#refuseInput(entryPath(path, input.name));
      return;
    }
    for (const entry of taken.sort(byName)) {
      if (this.#found.isFull) return;
      this.#entry(entry, path, real, depth, links);
    }
  }

  #leavesOut(folder: string, name: string): boolean {
    return this.#selection.leavesOut(name, () => {
      const path = entryPath(folder, name);
      return [relative(this.#top, path), this.#found.name(path)];
    });
  }

  #isInput(name: string): boolean {
    return this.#selection.refusesInput && rendererOf(name) !== undefined;
  }

  #refuseInput(path: string): void {
    const name = basename(path);
    const found = `Cannot read the files beside this one as manifests: they are to be rendered: expected ${this.#rendered(path)} in their place, or --exclude ${name} for the files as they stand`;
    this.#addInput(path, found);
  }

  /** A file that was named is read whatever is left out, so `--exclude` is no way. */
  #refuseInputFile(path: string): void {
    const found = `Cannot read this file as a manifest: it says how others are rendered: expected ${this.#rendered(path)} in its place`;
    this.#addInput(path, found);
  }

  #addInput(path: string, found: string): void {
    this.#found.addRefused(path, this.#found.problem('error', 'MANIFEST_TO_RENDER', path, found));
  }

  /** A word that all take: `--manifests` of `serve`, a PATH of `check`, a line of a Corefile. */
  #rendered(path: string): string {
    return `${rendererOf(basename(path))}:${this.#found.name(dirname(path))}`;
  }

  #entry({ name, kind }: Entry, path: string, real: string, depth: number, links: Link[]): void {
    const at = entryPath(path, name);
    if (name.includes('\ufffd') && this.#isLost(entryPath(real, name))) this.#refuseName(at, kind);
    else if (kind === 'folder') this.#folder(at, entryPath(real, name), depth + 1, links);
    else if (kind === 'link') {
      this.#links.add(entryPath(real, name));
      links.push({ path: at, name, depth: depth + 1 });
    } else if (!this.#selection.takes(name)) this.#others.push(name);
    else if (kind === 'file') this.#found.add(at, entryPath(real, name));
    else this.#found.refuseKind(at, kind, 'a regular file');
  }

  /** Node.js has read bytes that are not UTF-8 as U+FFFD, and finds nothing by that name. */
  #isLost(real: string): boolean {
    try {
      this.#disk.lstat(real);
      return false;
    } catch (error) {
      return isGone(error);
    }
  }

  #refuseName(path: string, kind: FileKind): void {
    const found = 'found bytes in its name that are not UTF-8, expected a name without';
    if (kind === 'folder') {
      const message = `Cannot look into this folder: ${found}`;
      this.#found.warn('warning', 'FOLDER_UNREADABLE', path, message);
    } else if (this.#selection.takes(basename(path))) {
      const message = `Cannot read this file: ${found}`;
      this.#found.addRefused(
        path,
        this.#found.problem('error', 'MANIFEST_ENCODING', path, message),
      );
    }
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
        this.#found.warn('warning', 'MANIFEST_LINK', path, message);
        return;
      }
      this.#found.refuse(path, 'MANIFEST_LINK', `cannot follow this link: ${fileFault(error)}`);
      return;
    }
    if (!isInFolder(real, rootReal)) {
      const found = `found a link to ${quoted(real)}, expected one that stays below ${quoted(rootReal)}`;
      if (isManifest) this.#found.refuse(path, 'MANIFEST_LINK', found);
      else if (kind === 'folder') {
        this.#found.warn(
          'warning',
          'MANIFEST_LINK',
          path,
          `Cannot look into this folder: ${found}`,
        );
      }
      return;
    }
    if (kind === 'folder') this.#folder(path, real, depth, links);
    else if (!isManifest) return;
    else if (kind === 'file') this.#found.add(path, real);
    else this.#found.refuseKind(path, kind, 'a regular file');
  }
}

/** A file that no selection of manifests takes, to be named where there is nothing else. */
function isDotFile({ name, kind }: Entry): boolean {
  return kind === 'file' && name.startsWith('.');
}
