import { randomUUID } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { open, opendir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * What keeping a state needs of the file system. All calls throw, or reject with, what Node does.
 */
export interface StateDisk {
  /** Reads a regular file; `refused` says what else is there. Blocks, as it is for the start. */
  read(path: string, maxBytes: number): { readonly text: string } | { readonly refused: string };
  /** Makes a file that does not exist yet, with these bytes, and waits until the disk has them. */
  create(path: string, bytes: Uint8Array): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Waits until the disk has the names of a folder, where that can be done. */
  syncFolder(folder: string): Promise<void>;
  /** Files whose names begin so, and how long ago each was changed. */
  entries(
    folder: string,
    prefix: string,
  ): Promise<readonly { readonly name: string; readonly ageMs: number }[]>;
  /** An ending for a file name, unlike any other. */
  uniqueName(): string;
}

/**
 * For all to read, as what DNS says is public: so that `svcdns records`, run by another user, shows
 * the addresses that the server gives.
 */
const MODE = 0o644;

/** Entries of a folder that are looked at when tidying up. */
const MAX_ENTRIES = 10_000;

/** The machine's file system. */
export const stateDisk: StateDisk = Object.freeze({
  read: readRegularFile,
  create,
  rename,
  remove: (path: string) => rm(path, { force: true }),
  syncFolder,
  entries,
  uniqueName: () => randomUUID(),
});

/** `EROFS: read-only file system, open '/data/state'`. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function readRegularFile(path: string, maxBytes: number): { text: string } | { refused: string } {
  // Opening a pipe without a writer would wait for ever.
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return { refused: stats.isDirectory() ? 'a folder' : 'no regular file' };
    if (stats.size > maxBytes) return { refused: `${stats.size} bytes` };
    return { text: readFileSync(descriptor, 'utf8') };
  } finally {
    closeSync(descriptor);
  }
}

async function create(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', MODE);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Some file systems cannot do it for a folder. The new file is whole either way. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

async function entries(folder: string, prefix: string): Promise<{ name: string; ageMs: number }[]> {
  const found: { name: string; ageMs: number }[] = [];
  let seen = 0;
  for await (const { name } of await opendir(folder)) {
    if (++seen > MAX_ENTRIES) break;
    if (!name.startsWith(prefix)) continue;
    const stats = await stat(join(folder, name)).catch(() => undefined);
    if (stats?.isFile()) found.push({ name, ageMs: Date.now() - stats.mtimeMs });
  }
  return found;
}

const UNFINISHED = /^\..*\.new-[^.]*$/;

/** Is this the name of a half-written version of a file? */
export function isUnfinished(name: string): boolean {
  return UNFINISHED.test(name);
}

/**
 * Gives a file this content as a whole or not at all, also when the process or the machine stops in
 * the middle of it: a new file beside the old one is filled, forced to the disk, and then takes its
 * name. Rejects with what Node does.
 */
export async function replaceFile(
  path: string,
  bytes: Uint8Array,
  disk: Pick<StateDisk, 'create' | 'rename' | 'remove' | 'syncFolder' | 'uniqueName'>,
): Promise<void> {
  const folder = dirname(path);
  const unfinished = join(folder, `.${basename(path)}.new-${disk.uniqueName()}`);
  try {
    await disk.create(unfinished, bytes);
    await disk.rename(unfinished, path);
    await disk.syncFolder(folder);
  } catch (error) {
    await disk.remove(unfinished).catch(() => {});
    throw error;
  }
}
