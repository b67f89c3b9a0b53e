import { readFileSync, statSync } from 'node:fs';
import { runProgram } from './access/exec-plugin.ts';
import type { ClusterWorld } from './cluster-source.ts';

/** Longest file of credentials, bytes. */
const MAX_BYTES = 4 * 1024 * 1024;

/** What this machine has for a cluster's client; without the clock. */
export const thisMachine: Omit<ClusterWorld, 'clock'> = {
  env: process.env,
  readText: readSmallFile,
  unixMs: Date.now,
  random: Math.random,
  run: runProgram,
};

/** Not of a pipe: that would wait for a writer, and gives its text only once. */
function readSmallFile(path: string): string {
  const stats = statSync(path);
  if (stats.isFile() && stats.size <= MAX_BYTES) return readFileSync(path, 'utf8');
  if (!stats.isFile())
    throw new Error(stats.isDirectory() ? 'it is a folder' : 'it is not a regular file');
  throw new Error(`it has ${stats.size} bytes: expected at most ${MAX_BYTES}`);
}
