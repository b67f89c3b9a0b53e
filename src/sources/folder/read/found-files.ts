import { dirname, sep } from 'node:path';
import { wholeFile } from '../../../kube/origin.ts';
import type { Problem, Severity } from '../../../kube/problem.ts';
import { displayName } from '../../../support/paths.ts';
import { MAX_ENTRIES, MAX_FILES, MAX_PROBLEMS } from '../limits.ts';
import type { FileKind } from './disk.ts';

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

const KIND_NAMES: Readonly<Record<FileKind, string>> = {
  file: 'a file',
  folder: 'a folder',
  link: 'a link',
  pipe: 'a named pipe',
  socket: 'a socket',
  device: 'a device',
  unknown: 'neither a file nor a folder',
};

/** The files that a scan takes and refuses, and what it warns of, up to its limits. */
export class FoundFiles {
  readonly files: FoundFile[] = [];
  readonly warnings: Problem[] = [];
  /** Manifests of the watched path under way, also those that were taken before. */
  manifests = 0;
  readonly #workingFolder: string;
  readonly #realFiles = new Set<string>();
  #entriesLeft = MAX_ENTRIES;
  #isFull = false;
  /** Warnings so far, also those that are left out. */
  #warned = 0;
  /** The folder of the path that was shown last, and how it begins: most share it. */
  #folder = '';
  #shownFolder = '';

  constructor(workingFolder: string) {
    this.#workingFolder = workingFolder;
  }

  /** A limit is reached: from here on nothing more is found. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Names that may still be looked at. */
  get entriesLeft(): number {
    return this.#entriesLeft;
  }

  /** Takes a file, unless it was taken under another name. */
  add(path: string, real: string): void {
    this.manifests++;
    if (this.#realFiles.has(real) || !this.#hasRoom(path)) return;
    this.#realFiles.add(real);
    this.files.push({ file: this.name(path), path, real, refusal: undefined });
  }

  refuseKind(path: string, kind: FileKind, expected: string): void {
    this.refuse(path, 'MANIFEST_NOT_A_FILE', `found ${KIND_NAMES[kind]}, expected ${expected}`);
  }

  refuse(path: string, code: string, found: string): void {
    this.addRefused(path, this.problem('warning', code, path, `Cannot read this file: ${found}`));
  }

  addRefused(path: string, refusal: Problem): void {
    this.manifests++;
    if (!this.#hasRoom(path)) return;
    this.files.push({ file: this.name(path), path, real: path, refusal });
  }

  /** Counts the names in a folder. */
  countEntries(path: string, count: number): void {
    this.#entriesLeft -= count;
    if (this.#entriesLeft < 0) this.#stop(path, `found over ${MAX_ENTRIES} names to look at`);
  }

  /** Takes each error, of which there are few, and the first warnings. */
  warn(severity: Severity, code: string, path: string, message: string): void {
    if (severity === 'error' || this.#warned < MAX_PROBLEMS) {
      this.warnings.push(this.problem(severity, code, path, message));
    } else if (this.#warned === MAX_PROBLEMS) {
      // Without a count: a text that stays as it is is logged once.
      const more = `Cannot list all warnings about files and folders: from here on there are more than these ${MAX_PROBLEMS}`;
      this.warnings.push(this.problem('warning', 'FOLDER_LIMIT', dirname(path), more));
    }
    if (severity !== 'error') this.#warned++;
  }

  problem(severity: Severity, code: string, path: string, message: string): Problem {
    return { severity, code, message, origin: wholeFile(this.name(path)) };
  }

  /** The path as it is shown; absolute, and as `join` makes them. */
  name(path: string): string {
    const start = path.lastIndexOf(sep) + 1;
    const folder = path.slice(0, start);
    if (folder === '' || start === path.length) return displayName(path, this.#workingFolder);
    if (folder !== this.#folder) {
      const name = displayName(path, this.#workingFolder);
      this.#folder = folder;
      this.#shownFolder = name.slice(0, name.length - (path.length - start));
    }
    return this.#shownFolder + path.slice(start);
  }

  #hasRoom(path: string): boolean {
    if (this.files.length < MAX_FILES) return true;
    this.#stop(path, `found over ${MAX_FILES} manifests`);
    return false;
  }

  /** From here on nothing more is found, so nothing may be taken for removed either. */
  #stop(path: string, found: string): void {
    if (this.#isFull) return;
    this.#isFull = true;
    const message = `Cannot take in more files from here on: ${found}, expected fewer`;
    this.warn('error', 'FOLDER_LIMIT', path, message);
  }
}
