import type { Document, PlacedText } from '../../../kube/document.ts';
import type { Origin } from '../../../kube/objects.ts';
import { wholeFile } from '../../../kube/origin.ts';
import type { Problem } from '../../../kube/problem.ts';
import { MAX_FILE_BYTES } from '../limits.ts';

/**
 * What one manifest file says.
 *
 * How to keep the last good objects:
 *
 * - `parsed` false: nothing could be read. Keep every object the file had.
 * - `failed` not empty: some documents could not be read. Take the objects of `documents`, and keep
 *   every object the file had that is not among them. A failed document cannot be matched with its
 *   earlier self by its index alone, since the same edit may have moved it; so as long as part of a
 *   file cannot be read, nothing of it is removed.
 * - otherwise: `documents` is all there is. Drop what the file had besides.
 */
export interface ParsedFile {
  readonly file: string;
  readonly parsed: boolean;
  /** In the order of the file. Empty ones are left out and take no index. */
  readonly documents: readonly Document[];
  /** Where the documents begin that could not be read; their indices are missing in `documents`. */
  readonly failed: readonly Origin[];
  /** Errors of each failed document, or one for a file that could not be read at all. */
  readonly problems: readonly Problem[];
  /** How many documents, and items of Lists that were cut, were parsed, and not known before. */
  readonly reads: number;
}

/** Takes what is read, as it is read. */
export interface DocumentSink {
  /** The whole text, before anything is taken of it. */
  text?(text: string): void;
  /**
   * A document, in the order of the file. What was taken of a file that is not `parsed` does not
   * count.
   */
  take(document: Document): void;
  /**
   * Takes a document as it was read before, if one of the same text was: then it is not read again.
   */
  takeKnown?(source: PlacedText): boolean;
  /** Some more has been read: called about once in 256 KiB. */
  progress(): void;
}

/** Why a file of so many bytes is not read; undefined when it is. */
export function sizeFault(bytes: number): string | undefined {
  if (bytes <= MAX_FILE_BYTES) return undefined;
  return `Cannot read this file: found ${bytes} bytes, expected at most ${MAX_FILE_BYTES}: split it into several files`;
}

/** A file that yields nothing, and why. What it had is to be kept. */
export function unreadable(
  file: string,
  code: string,
  message: string,
  origin: Origin = wholeFile(file),
): ParsedFile {
  return refused(file, { severity: 'error', code, message, origin });
}

/** A file that yields nothing because of `problem`. */
export function refused(file: string, problem: Problem): ParsedFile {
  return { file, parsed: false, documents: [], failed: [], problems: [problem], reads: 0 };
}
