import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
