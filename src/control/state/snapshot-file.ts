import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { isGone } from '../../support/file-error.ts';
import { decodeSnapshot, type Snapshot } from './snapshot.ts';
import { errorText } from './state-disk.ts';

/** Largest snapshot that is read, bytes: about a million names. */
const MAX_BYTES = 256 * 1024 * 1024;

/** What a saved snapshot comes to. */
export type SnapshotFile =
  | { readonly is: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly is: 'absent' }
  | { readonly is: 'unusable'; readonly reason: string };

/**
 * Reads a snapshot of the names that `source` gives; one that other manifests or other options gave
 * counts as absent. Never rejects.
 */
export async function readSnapshotFile(path: string, source: string): Promise<SnapshotFile> {
  try {
    const found = await readRegularFile(path);
    if ('refused' in found) return unusable(path, `found ${found.refused}: ${EXPECTED}`);
    const snapshot = await decodeSnapshot(found.bytes);
    if ('fault' in snapshot) return unusable(path, snapshot.fault);
    return snapshot.source === source ? { is: 'snapshot', snapshot } : { is: 'absent' };
  } catch (error) {
    return isGone(error) ? { is: 'absent' } : unusable(path, errorText(error));
  }
}

const EXPECTED = `expected a regular file of at most ${MAX_BYTES} bytes`;

function unusable(path: string, fault: string): SnapshotFile {
  const reason = `Cannot use the names saved in ${path}: ${fault}. There are none until the manifests have been read, and it is written again`;
  return { is: 'unusable', reason };
}

async function readRegularFile(path: string): Promise<{ bytes: Buffer } | { refused: string }> {
  // Opening a pipe without a writer would wait for ever.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return { refused: stats.isDirectory() ? 'a folder' : 'no regular file' };
    if (stats.size > MAX_BYTES) return { refused: `${stats.size} bytes` };
    return { bytes: await file.readFile() };
  } finally {
    await file.close();
  }
}
