import { accessSync, constants, existsSync, mkdirSync, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isGone } from '../../support/file-error.ts';
import { errorText, isUnfinished, type StateDisk } from './state-disk.ts';

/** The files in which a set of names is kept from one run to the next. */
export interface StateFiles {
  /** What the names are made from, manifests and options: a snapshot of others is not used. */
  readonly source: string;
  /** The addresses given out. */
  readonly addresses: string;
  /** The published names. */
  readonly names: string;
}

export type Kept = 'addresses' | 'names';

/** Files of each kind that stay; beyond them those go that were used longest ago. */
export const MAX_KEPT_FILES = 64;

/** Half-written files of processes that were killed are removed when they are this old, ms. */
const ABANDONED_MS = 60_000;

/** How our files are called: so many hexadecimal digits, and one of these. */
export const ID_DIGITS = 16;
export const STATE_ENDINGS = { addresses: '.addresses', names: '.names' } as const;

/** What else is in the folder is never touched. */
const OWN_NAME = /^\.?[0-9a-f]{16}\.(?:addresses|names)(?:$|\.new-)/;

/**
 * Makes the folder when it is missing. Returns why nothing can be written into it; undefined when
 * it can.
 */
export function prepareFolder(folder: string): string | undefined {
  try {
    makeFolder(folder);
    if (!statSync(folder).isDirectory()) return 'it is a file';
    accessSync(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}

/** Not with `recursive`: below /proc, where no folder can be made, Node.js then tries for ever. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (existsSync(folder)) return;
    const parent = dirname(folder);
    if (!isGone(error) || parent === folder) throw error;
    makeFolder(parent);
    mkdirSync(folder);
  }
}

/** Says that these files are in use: what rests unchanged for long must not look forgotten. */
export function markUsed(paths: readonly string[]): void {
  const now = new Date();
  for (const path of paths) {
    try {
      utimesSync(path, now, now);
    } catch {} // not written yet
  }
}

/**
 * Removes what killed processes left half-written, and the files of manifests that have
 * not been served for long. Never rejects: what cannot be removed stays.
 */
export async function tidyFolder(
  folder: string,
  disk: Pick<StateDisk, 'entries' | 'remove'>,
): Promise<void> {
  const found = await disk.entries(folder, '').catch(() => []);
  const own = found.filter(({ name }) => OWN_NAME.test(name));
  const abandoned = own.filter(({ name, ageMs }) => isUnfinished(name) && ageMs > ABANDONED_MS);
  const forgotten = Object.values(STATE_ENDINGS).flatMap((kind) =>
    own
      .filter(({ name }) => name.endsWith(kind))
      .sort((a, b) => a.ageMs - b.ageMs)
      .slice(MAX_KEPT_FILES),
  );
  for (const { name } of [...abandoned, ...forgotten]) {
    await disk.remove(join(folder, name)).catch(() => {});
  }
}
