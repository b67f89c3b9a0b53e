import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadNativeFile } from './native-file.ts';
import { PACKAGE_ROOT } from './process.ts';
import { fileRanges } from './program-memory.ts';

/**
 * The native library's file for this machine, from the root of the package, as node-gyp-build has
 * it.
 */
export const NATIVE_FILE = `prebuilds/${process.platform}-${process.arch}/node.napi.node`;

/** What native/memory.c gives; an old file may lack it. All answer 0, or a negative errno. */
export interface MemoryBinding {
  readonly trim?: () => number;
  readonly shareArenas?: () => number;
  /** Whole pages of what Node.js's own file holds and nobody can write; `-EINVAL` for others. */
  readonly forget?: (start: number, bytes: number) => number;
}

let found: MemoryBinding | undefined;

/**
 * Gives memory back to the system. That which the C library keeps: with 1,000 Services 9 MB of 97
 * on Node.js 20, 21 of 129 on 26, and nothing with musl. And that of Node.js's own file, of which
 * the start has used two thirds that are not needed again: 25 and 35 MB. The kernel keeps them with
 * what else it knows of the file, and maps a page again when it is used, as after it has taken
 * pages away by itself. Does nothing without the library.
 */
export function trimMemory(): void {
  const { trim, forget } = binding();
  trim?.();
  if (forget === undefined) return;
  // The library leaves alone what is not Node.js's.
  for (const { start, bytes } of fileRanges(smaps())) forget(start, bytes);
}

/** Empty where there is no /proc. */
function smaps(): string {
  try {
    return readFileSync('/proc/self/smaps', 'latin1');
  } catch {
    return '';
  }
}

/**
 * Has threads that start from now on share an arena of the C library with others: each of their own
 * would keep some megabytes. Does nothing without the library.
 */
export function shareArenas(): void {
  binding().shareArenas?.();
}

function binding(): MemoryBinding {
  found ??= loadMemoryBinding(join(PACKAGE_ROOT, NATIVE_FILE));
  return found;
}

/** Without any function where the file is not there, or not for this machine. */
export function loadMemoryBinding(file: string): MemoryBinding {
  try {
    return loadNativeFile(file) as MemoryBinding;
  } catch {
    return {};
  }
}
