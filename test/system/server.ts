import { fileURLToPath } from 'node:url';
import { type Argv, Running } from './command.ts';
import type { NetworkNamespace } from './namespace.ts';

/** The repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** The samples that the README speaks of. */
export const ZONES = `${ROOT}/zones`;

/** The built program with these arguments, on the Node that runs the tests. */
export function svcdns(...args: readonly string[]): Argv {
  return [process.execPath, `${ROOT}/dist/main.js`, ...args];
}

/**
 * Starts the built server in a namespace, on port 53 of all its addresses, forwarding nothing, and
 * waits until it answers.
 */
export async function startIn(
  namespace: NetworkNamespace,
  manifests: string = ZONES,
): Promise<Running> {
  const own = ['--listen', ':53', '--admin', 'off', '--forward', 'off'];
  const args = ['serve', '--manifests', manifests, ...own];
  const server = new Running(namespace.command(svcdns(...args)));
  await whenReady(server);
  return server;
}

/** Waits until a server has told that it has read everything: its last line is one to paste. */
export async function whenReady(server: Running): Promise<void> {
  await server.until(() => /^Try: dig @/m.test(server.printed));
}
