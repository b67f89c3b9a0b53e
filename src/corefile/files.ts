import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';

/** All files together, with the values of environment variables. */
export const MAX_BYTES = 1024 * 1024;

/** How the configuration reads from disk; tests have their own. */
export interface Files {
  /**
   * The text of a regular file. Never waits: a pipe, a socket or a device is not read.
   *
   * @throws an error with a `code`, like node:fs: ENOENT, EISDIR, EACCES; EFBIG when it is longer
   * than `maxBytes`; `NOT_A_FILE`, with a message that says what it is, for anything but a file.
   */
  read(path: string, maxBytes: number): string;
  /**
   * The text of a file that was open when this program started, such as standard input. Waits for
   * its end.
   */
  readStream(path: string, maxBytes: number): string;
  /** Names in a folder, without their path; none when it cannot be listed. */
  list(folder: string): readonly string[];
  isFolder(path: string): boolean;
  exists(path: string): boolean;
}

/** The `code` of the error for what is neither a file nor a folder. */
export const NOT_A_FILE = 'NOT_A_FILE';

/**
 * Standard input, or another file that was open when this program was started, as in
 * `<(envsubst < Corefile)`.
 */
export function isStream(path: string): boolean {
  return /^\/(?:dev\/stdin|dev\/fd\/\d+|proc\/self\/fd\/\d+)$/.test(path);
}

// Without O_NONBLOCK, opening a pipe that has no writer waits for ever.
const WITHOUT_WAITING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** The real disk. */
export const DISK: Files = {
  read(path, maxBytes) {
    const descriptor = openSync(path, WITHOUT_WAITING);
    try {
      const kind = kindOf(fstatSync(descriptor));
      if (kind !== undefined) throw coded(NOT_A_FILE, `it is ${kind}: expected a file`);
      return readAtMost(descriptor, maxBytes);
    } finally {
      closeSync(descriptor);
    }
  },
  readStream(path, maxBytes) {
    const descriptor = openSync(path, 'r');
    try {
      return readAtMost(descriptor, maxBytes);
    } finally {
      closeSync(descriptor);
    }
  },
  list(folder) {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  },
  isFolder(path) {
    try {
      return statSync(path).isDirectory();
    } catch {
      return false; // nothing is there, or its links lead round, or into what may not be entered
    }
  },
  exists: existsSync,
};

/** What it is if neither a file nor a folder; reading a folder has an error of its own. */
function kindOf(stats: Stats): string | undefined {
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  return stats.isFile() || stats.isDirectory() ? undefined : 'a device';
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** Does not use the size in `stat`: for pipes and in `/proc` it is 0, and a file may grow. */
function readAtMost(descriptor: number, maxBytes: number): string {
  const pieces: Buffer[] = [];
  let total = 0;
  for (;;) {
    const piece = Buffer.allocUnsafe(64 * 1024);
    const length = readSync(descriptor, piece);
    if (length === 0) return Buffer.concat(pieces).toString('utf8');
    total += length;
    if (total > maxBytes) throw coded('EFBIG', 'file too large');
    pieces.push(piece.subarray(0, length));
  }
}

/** Control characters other than tab, line ends and form feed, and bytes that are not UTF-8. */
const NO_TEXT = /[\u0000-\u0008\u000e-\u001f\u007f\ufffd]/;

/**
 * Why a file is not text and so cannot be a Corefile; undefined when it is. A key, a program or a
 * log that was named by mistake is refused as a whole, because messages about its words would show
 * them.
 */
export function notTextFault(text: string): string | undefined {
  const at = NO_TEXT.exec(text)?.index;
  if (at === undefined) return undefined;
  const before = text.slice(0, at).split('\n');
  const found = text[at] === '\ufffd' ? 'bytes that are not UTF-8' : 'a control character';
  const [line, column] = [before.length, (before.at(-1)?.length ?? 0) + 1];
  return `it has ${found} at ${line}:${column}: expected text`;
}
