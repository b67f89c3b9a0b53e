import { hash } from 'node:crypto';
import { wholeFile } from '../../../kube/origin.ts';
import type { Problem } from '../../../kube/problem.ts';
import { fileFault, isGone } from '../../../support/file-error.ts';
import { MAX_FILE_BYTES, MAX_TOTAL_BYTES } from '../limits.ts';
import { parseManifest } from '../parse/parse.ts';
import { type DocumentSink, refused, sizeFault } from '../parse/parsed-file.ts';
import type { Disk, Stamp } from './disk.ts';
import type { ChangedFile, FileChanges, Look, SomeChanges } from './file-changes.ts';
import type { FoundFile } from './found-files.ts';
import type { Scan } from './scan.ts';

/**
 * An empty file that had content is being written: editors empty it first. The new content counts
 * when it is still empty after this long; ms. `kubectl get … > zones/prod.yaml` empties the file,
 * and then takes seconds to ask the cluster.
 */
const EMPTY_FOR_MS = 5000;

/**
 * A missing file counts as removed when every look for this long has missed it; ms. Some editors
 * remove a file and write it anew, and some scripts do so over and over.
 */
const MISSING_FOR_MS = 40;
const MISSING_AGAIN_MS = 10;

/** A file that changes while it is read is read again after this long, for up to a second; ms. */
const SETTLE_MS = 50;
const UNSETTLED_FOR_MS = 1000;

/**
 * Times this close to now say nothing: a second change within the same tick of the file system's
 * clock leaves them as they are (git calls such files racy). 2 s is the coarsest in use, FAT's.
 */
const RACY_SECONDS = 3;

/**
 * The same where times have parts of a second, ms: a tick takes 10 at most there. More would have
 * most of the files read twice that change all the time.
 */
const RACY_MS = 30;

type Doubt = 'empty' | 'missing' | 'unsettled';

/** What is remembered of a file between looks: never its content. */
export interface Known {
  readonly file: string;
  /** The resolved path and the stamp that go with `hash`. */
  real: string;
  signature: string;
  isRacy: boolean;
  /** Of the content last delivered; '' when none has been. */
  hash: string;
  isBlank: boolean;
  /** The problem last delivered instead of content. */
  fault: string | undefined;
  doubt: { readonly kind: Doubt; readonly since: number } | undefined;
}

/** One comparison of files with what is remembered of them, which it brings up to date. */
export class Comparison {
  readonly #disk: Disk;
  readonly #known: Map<string, Known>;
  readonly #look: Look;
  /** When the look before this one was. */
  readonly #before: number;
  readonly #changed: ChangedFile[] = [];
  readonly #present = new Set<string>();
  #lookAgainMs: number | undefined;
  #bytesLeft: number;

  constructor(
    disk: Disk,
    known: Map<string, Known>,
    look: Look,
    before: number,
    bytesLeft: number,
  ) {
    this.#disk = disk;
    this.#known = known;
    this.#look = look;
    this.#before = before;
    this.#bytesLeft = bytesLeft;
  }

  get bytesLeft(): number {
    return this.#bytesLeft;
  }

  run(scan: Scan): FileChanges {
    for (const found of scan.files) this.#compare(found);
    const removed = this.#removed(scan);
    return { changed: this.#changed, removed, lookAgainMs: this.#lookAgainMs };
  }

  runSome(files: readonly FoundFile[]): SomeChanges {
    for (const found of files) this.#compare(found);
    const isCertain =
      this.#lookAgainMs === undefined && files.every(({ path }) => this.#present.has(path));
    return { changed: this.#changed, isCertain };
  }

  #compare(found: FoundFile): void {
    if (found.refusal !== undefined) {
      this.#reportFault(found, found.refusal);
      return;
    }
    try {
      this.#compareContent(found);
    } catch (error) {
      // Gone since it was listed; what becomes of it is decided with the other missing ones.
      if (isGone(error)) return;
      this.#reportFault(
        found,
        problemOf(found, 'MANIFEST_UNREADABLE', `Cannot read this file: ${fileFault(error)}`),
      );
    }
  }

  #compareContent(found: FoundFile): void {
    const stamp = this.#disk.lstat(found.real);
    if (this.#isRefused(found, stamp)) return;
    const known = this.#known.get(found.path);
    if (known !== undefined && !this.#look.isDeep && isUnchanged(known, found, stamp)) {
      this.#present.add(found.path);
      known.doubt = undefined;
      return;
    }
    const outcome = this.#disk.read(found.real, MAX_FILE_BYTES);
    if (outcome.kind === 'refused') {
      this.#isRefused(found, outcome.stamp);
      return;
    }
    const { bytes, before, after } = outcome;
    this.#present.add(found.path);
    const isSettled = before.signature === after.signature && bytes.length === after.size;
    if (!isSettled && this.#doubts(found, 'unsettled', UNSETTLED_FOR_MS, SETTLE_MS)) return;
    this.#compareBytes(found, bytes, before);
  }

  #compareBytes(found: FoundFile, bytes: Buffer, stamp: Stamp): void {
    const known = this.#remember(found);
    const digest = hash('sha256', bytes, 'base64');
    const isSame = digest === known.hash && known.fault === undefined;
    const blank = isBlank(bytes);
    if (!isSame && blank && !known.isBlank && this.#doubts(found, 'empty', EMPTY_FOR_MS)) return;
    const changedAt = this.#changedAt(known, stamp);
    known.real = found.real;
    known.signature = stamp.signature;
    known.isRacy = this.#isRacy(stamp);
    known.doubt = undefined;
    if (isSame) return;
    known.hash = digest;
    known.isBlank = blank;
    known.fault = undefined;
    const parse = (sink?: DocumentSink) => parseManifest(found.file, bytes, sink);
    this.#changed.push({ file: found.file, hash: digest, changedAt, parse });
  }

  /** Of files that many write, most are not read again at each look. */
  #isRacy({ hasFineTimes, ageMs, changedSeconds }: Stamp): boolean {
    if (this.#look.wallSeconds - changedSeconds >= RACY_SECONDS) return false;
    return !hasFineTimes || ageMs < RACY_MS;
  }

  /**
   * A file that is older than the look before, which did not see it so, came here by a link or a
   * name: then what counts is when that was first seen.
   */
  #changedAt({ doubt }: Known, { ageMs }: Stamp): number {
    const changedAt = this.#look.now - ageMs;
    return changedAt >= this.#before ? changedAt : (doubt?.since ?? this.#look.now);
  }

  /** Whether the file is one that must not be read; then that is reported. */
  #isRefused(found: FoundFile, { kind, size }: Stamp): boolean {
    const refusal = this.#refusalOf(found, kind === 'file', size);
    if (refusal !== undefined) this.#reportFault(found, refusal);
    return refusal !== undefined;
  }

  #refusalOf(found: FoundFile, isFile: boolean, size: number): Problem | undefined {
    if (!isFile) {
      const message = 'Cannot read this file: expected a regular file, and it no longer is one';
      return problemOf(found, 'MANIFEST_NOT_A_FILE', message);
    }
    const tooLarge = sizeFault(size);
    if (tooLarge !== undefined) return problemOf(found, 'MANIFEST_LIMIT', tooLarge);
    if (size > this.#bytesLeft) {
      const message = `Cannot read this file: found over ${MAX_TOTAL_BYTES} bytes in all files together, expected fewer: leave kinds out that DNS has no use for`;
      return problemOf(found, 'MANIFEST_LIMIT', message);
    }
    this.#bytesLeft -= size;
    return undefined;
  }

  #reportFault(found: FoundFile, problem: Problem): void {
    this.#present.add(found.path);
    const known = this.#remember(found);
    known.doubt = undefined;
    if (known.fault === problem.message) return;
    known.fault = problem.message;
    const parse = () => refused(found.file, problem);
    this.#changed.push({ file: found.file, hash: '', changedAt: this.#look.now, parse });
  }

  /** The files delivered before that are there no longer, and surely so. */
  #removed(scan: Scan): string[] {
    const removed: string[] = [];
    for (const [path, known] of this.#known) {
      if (this.#present.has(path)) continue;
      if (scan.mayHold(path)) {
        known.doubt = undefined;
        continue;
      }
      const { file, real } = known;
      if (this.#doubts({ path, file, real }, 'missing', MISSING_FOR_MS, MISSING_AGAIN_MS)) continue;
      this.#known.delete(path);
      // A file that was never delivered, as it was being written all the time, is not missed.
      if (known.hash !== '' || known.fault !== undefined) removed.push(known.file);
    }
    return removed.sort();
  }

  /** Whether to wait before believing what was seen: until it has been so for `forMs`. */
  #doubts(found: Omit<FoundFile, 'refusal'>, kind: Doubt, forMs: number, againMs = forMs): boolean {
    const known = this.#remember(found);
    const { now } = this.#look;
    if (known.doubt?.kind !== kind) known.doubt = { kind, since: now };
    const left = known.doubt.since + forMs - now;
    if (left <= 0) return false;
    const wait = Math.min(left, againMs);
    this.#lookAgainMs = Math.min(this.#lookAgainMs ?? wait, wait);
    return true;
  }

  #remember({ path, file, real }: Omit<FoundFile, 'refusal'>): Known {
    let known = this.#known.get(path);
    if (known === undefined) {
      known = {
        file,
        real,
        signature: '',
        isRacy: true,
        hash: '',
        isBlank: true,
        fault: undefined,
        doubt: undefined,
      };
      this.#known.set(path, known);
    }
    return known;
  }
}

/** Whether the file can be what was delivered, going by everything but its content. */
function isUnchanged(known: Known, found: FoundFile, stamp: Stamp): boolean {
  return (
    known.signature === stamp.signature &&
    known.real === found.real &&
    known.fault === undefined &&
    !known.isRacy
  );
}

/** Nothing but blanks, or the zeros of a file whose data had not reached the disk at a crash. */
function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte <= 0x20);
}

function problemOf({ file }: FoundFile, code: string, message: string): Problem {
  return { severity: 'error', code, message, origin: wholeFile(file) };
}
