import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

/** For systems that do not tell: Linux's default. macOS has more, Windows no limit. */
const ASSUMED = 4096;

/** A process's limits, on Linux. */
const LIMITS_FILE = '/proc/self/limits';

/**
 * How many files, sockets among them, this process may have open: RLIMIT_NOFILE, which Node.js has
 * raised as far as it may.
 */
export function openFilesLimit(read: (path: string) => string = readText): number {
  try {
    return limitIn(read(LIMITS_FILE)) ?? ASSUMED;
  } catch {
    return ASSUMED;
  }
}

/** `Max open files   1024   4096   files`: what holds now, and what it may be raised to. */
function limitIn(text: string): number | undefined {
  const [, soft] = /^Max open files +(\d+|unlimited) /m.exec(text) ?? [];
  if (soft === undefined) return undefined;
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}

function readText(path: string): string {
  return readFileSync(path, 'utf8');
}

/**
 * How much the heap may grow before it is collected again, percent; V8 lets it grow by 300. After
 * queries for 300,000 names, with a cache of 64 MiB, the process holds 205 MB instead of 340.
 */
const OLD_SPACE = '--heap-growing-percent=20';

/**
 * The same while a thread reads what there is at the start, and little of that is garbage: with
 * 10,000 Services this saves 13 % of the CPU time of a load. The peak is 25 MB higher.
 */
const LOADING_OLD_SPACE = '--heap-growing-percent=100';

/**
 * New objects stay in 1 MiB, where V8 grows to 16 MiB as long as it finds work. With 1,000 Services
 * this saves 15 to 35 MB and takes no more CPU time. `--max-semi-space-size` is read only when a
 * thread starts, too late for the first one.
 */
const NEW_SPACE = '--semi-space-growth-factor=1';

let isHeapSmall = false;

/**
 * Makes the garbage collector visit objects sooner: this process lives long, and should stay within
 * the size of what it holds.
 */
export function keepHeapSmall(): void {
  isHeapSmall = true;
  for (const flag of [OLD_SPACE, NEW_SPACE]) setFlagsFromString(flag);
}

/**
 * To be called when a thread has started that reads a lot: V8 sets the growth of all threads back
 * then.
 */
export function threadStarted(): void {
  if (!isHeapSmall) return;
  for (const flag of [LOADING_OLD_SPACE, NEW_SPACE]) setFlagsFromString(flag);
}

/** To be called when that thread has read what there was. */
export function threadLoaded(): void {
  if (isHeapSmall) keepHeapSmall();
}

/** Whether this is the source, which tests run; else it is in a file of `dist`. */
const IS_SOURCE = import.meta.url.endsWith('.ts');

/** The folder of this package, absolute: with its `package.json`, `Corefile` and `zones`. */
export const PACKAGE_ROOT = fileURLToPath(new URL(IS_SOURCE ? '../..' : '..', import.meta.url));

/**
 * Loads a package that most servers never need, or only much later. `scripts/bundle.mjs` lists
 * these packages and gives each a file of its own.
 */
export const loadPackage: NodeJS.Require = createRequire(import.meta.url);

/** The version of this package. */
export function packageVersion(): string {
  const text = readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
