import { readFileSync } from 'node:fs';

/**
 * Where it is not told: what Linux lets a process open when nobody has set a limit; macOS gives
 * more, Windows has none.
 */
const ASSUMED = 4096;

/** Where Linux tells a process its limits. */
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
