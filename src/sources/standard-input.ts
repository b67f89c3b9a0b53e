import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { wholeFile } from '../kube/origin.ts';
import type { Problem } from '../kube/problem.ts';
import { MAX_FILE_BYTES } from './folder/limits.ts';
import { parseManifest } from './folder/parse/parse.ts';
import type { ChangedFile } from './folder/read/file-changes.ts';

/** Among manifests: what is written to standard input, read once. Options call it `-`. */
export const STDIN = '/dev/stdin';

/** Its name in Origins. */
const NAME = 'stdin';

/** The code of the warning about one that has nothing. */
export const STDIN_EMPTY = 'STDIN_EMPTY';

let content: Uint8Array | undefined;

/**
 * What standard input holds, if it is among the manifests. It gives its text only once, to whoever
 * of the process reads it first, so it is kept. Waits until whoever writes it has ended.
 */
export function inputOf(manifests: readonly string[]): Uint8Array | undefined {
  if (!manifests.includes(STDIN)) return undefined;
  content ??= readAll();
  return content;
}

/** As a file that has been found. */
export function inputFile(bytes: Uint8Array, changedAt: number): ChangedFile {
  return {
    file: NAME,
    hash: createHash('sha256').update(bytes).digest('hex'),
    changedAt,
    parse: (sink) => parseManifest(NAME, bytes, sink),
  };
}

/** A program in front of the pipe that failed has written nothing. */
export function inputProblems(bytes: Uint8Array | undefined): readonly Problem[] {
  if (bytes === undefined || bytes.some((byte) => byte > 0x20)) return [];
  const message = 'Found nothing in standard input: expected manifests';
  return [{ severity: 'warning', code: STDIN_EMPTY, message, origin: wholeFile(NAME) }];
}

/** Between two looks at an input that has nothing yet, ms. */
const LOOK_AGAIN_MS = 10;

/** No more than one byte over what a file may have: then it is refused for that. */
function readAll(): Uint8Array {
  const pieces: Buffer[] = [];
  for (let total = 0; total <= MAX_FILE_BYTES; ) {
    const piece = Buffer.allocUnsafe(64 * 1024);
    const length = readPiece(piece.subarray(0, Math.min(piece.length, MAX_FILE_BYTES + 1 - total)));
    if (length === 0) break;
    total += length;
    pieces.push(piece.subarray(0, length));
  }
  return new Uint8Array(Buffer.concat(pieces));
}

/** 0 at the end. Not by the path: a socket, as some programs give, cannot be opened by it. */
function readPiece(piece: Buffer): number {
  for (;;) {
    try {
      return readSync(0, piece);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      // It does not wait by itself, as whoever started us has left it so.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MS);
    }
  }
}
