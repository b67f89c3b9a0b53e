import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PACKAGE_ROOT } from './process.ts';

/**
 * The native library's file for this machine, from the root of the package, as node-gyp-build has
 * it.
 */
export const NATIVE_FILE = `prebuilds/${process.platform}-${process.arch}/node.napi.node`;

/** What native/memory.c gives; an old file may lack it. */
interface MemoryBinding {
  readonly trim?: () => number;
  readonly shareArenas?: () => number;
}

let found: MemoryBinding | undefined;

/**
 * Gives the memory back to the system that the C library keeps: with 1,000 Services 9 MB of 97 on
 * Node.js 20, 21 of 129 on 26. Does nothing without the library, or with musl, which keeps little.
 */
export function trimMemory(): void {
  binding().trim?.();
}

/**
 * Has threads that start from now on share an arena of the C library with others: each of their own
 * would keep some megabytes. Does nothing without the library.
 */
export function shareArenas(): void {
  binding().shareArenas?.();
}

function binding(): MemoryBinding {
  found ??= load(join(PACKAGE_ROOT, NATIVE_FILE));
  return found;
}

function load(file: string): MemoryBinding {
  try {
    return createRequire(file)(file);
  } catch {
    return {};
  }
}
