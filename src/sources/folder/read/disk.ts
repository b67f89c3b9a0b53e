import {
  type BigIntStats,
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  opendirSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';

/** What a directory entry or an open file is. */
export type FileKind = 'file' | 'folder' | 'link' | 'pipe' | 'socket' | 'device' | 'unknown';

export interface Entry {
  readonly name: string;
  readonly kind: FileKind;
}

/** Facts about a file that change when it does. */
export interface Stamp {
  readonly kind: FileKind;
  readonly size: number;
  /** When the content or the facts about it last changed: whole seconds since 1970. */
  readonly changedSeconds: number;
  /** Its times have parts of a second: then the file system's clock ticks at least so often. */
  readonly hasFineTimes: boolean;
  /**
   * How long ago the file system last noted a change, by this machine's clock; ms, never negative.
   */
  readonly ageMs: number;
  /** Device and inode, and when the inode was made, as numbers are used again. */
  readonly identity: string;
  /** All of it, with the times of change in nanoseconds, for comparing with an earlier one. */
  readonly signature: string;
}

type ReadOutcome =
  | {
      readonly kind: 'content';
      readonly bytes: Buffer;
      readonly before: Stamp;
      readonly after: Stamp;
    }
  /** Opened, seen to be no regular file or too large, and not read. */
  | { readonly kind: 'refused'; readonly stamp: Stamp };

/**
 * The file system as the folder source needs it. All calls block, as they run in the control
 * thread, and throw what node:fs throws.
 */
export interface Disk {
  /** The path with every link followed. */
  realpath(path: string): string;
  /** At most `limit` entries, in no order. */
  entries(folder: string, limit: number): Entry[];
  /** Follows links. */
  stat(path: string): Stamp;
  /** Does not follow a link at the end of `path`. */
  lstat(path: string): Stamp;
  /** Reads a regular file of at most `maxBytes`. Never waits for a pipe, never follows a link. */
  read(path: string, maxBytes: number): ReadOutcome;
}

/** The machine's file system. */
export const realDisk: Disk = Object.freeze({
  realpath: (path: string) => realpathSync.native(path),
  entries: listEntries,
  stat: (path: string) => stampOf(statSync(path, { bigint: true })),
  lstat: (path: string) => stampOf(lstatSync(path, { bigint: true })),
  read: readRegularFile,
});

function listEntries(folder: string, limit: number): Entry[] {
  const entries: Entry[] = [];
  // Not readdir: it would hold a directory of any size in memory before we could count it.
  const handle = opendirSync(folder, { bufferSize: 256 });
  try {
    for (let entry = handle.readSync(); entry !== null; entry = handle.readSync()) {
      if (entries.length >= limit) break;
      entries.push({ name: entry.name, kind: kindOf(entry) });
    }
  } finally {
    handle.closeSync();
  }
  return entries;
}

// O_NONBLOCK: opening a pipe without a writer would wait for ever. O_NOFOLLOW: the path was
// resolved and checked before, and must not have become a link since.
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

function readRegularFile(path: string, maxBytes: number): ReadOutcome {
  const descriptor = openSync(path, OPEN_FLAGS);
  try {
    const before = stampOf(fstatSync(descriptor, { bigint: true }));
    if (before.kind !== 'file' || before.size > maxBytes) return { kind: 'refused', stamp: before };
    const bytes = readUpTo(descriptor, before.size);
    const after = stampOf(fstatSync(descriptor, { bigint: true }));
    return { kind: 'content', bytes, before, after };
  } finally {
    closeSync(descriptor);
  }
}

/** No more than the size that was checked, whatever the file has grown to meanwhile. */
function readUpTo(descriptor: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(size);
  let length = 0;
  while (length < size) {
    const read = readSync(descriptor, bytes, length, size - length, null);
    if (read === 0) break;
    length += read;
  }
  return bytes.subarray(0, length);
}

function stampOf(stats: BigIntStats): Stamp {
  const { dev, ino, birthtimeNs, size, mtimeNs, ctimeNs } = stats;
  const identity = `${dev}:${ino}:${birthtimeNs}`;
  return {
    kind: kindOf(stats),
    size: Number(size),
    changedSeconds: Math.max(wholeSeconds(mtimeNs), wholeSeconds(ctimeNs)),
    hasFineTimes: mtimeNs % SECOND_NS !== 0n && ctimeNs % SECOND_NS !== 0n,
    // Not mtime: copying tools set it to that of the original.
    ageMs: Math.max(0, Date.now() - Number(ctimeNs / 1_000_000n)),
    identity,
    signature: `${identity}:${size}:${mtimeNs}:${ctimeNs}`,
  };
}

const SECOND_NS = 1_000_000_000n;

function wholeSeconds(nanoseconds: bigint): number {
  return Number(nanoseconds / SECOND_NS);
}

function kindOf(entry: Dirent | BigIntStats): FileKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  if (entry.isSymbolicLink()) return 'link';
  if (entry.isFIFO()) return 'pipe';
  if (entry.isSocket()) return 'socket';
  if (entry.isCharacterDevice() || entry.isBlockDevice()) return 'device';
  return 'unknown';
}
