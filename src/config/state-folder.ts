import { join } from 'node:path';
import type { Environment } from '../corefile/env-references.ts';

/**
 * The folder in which what was given out, and the last good names, are kept from one run to the
 * next when no option says where, absolute: systemd's `STATE_DIRECTORY` (systemd.exec), else where
 * the XDG Base Directory Specification has "state data that should persist between (application)
 * restarts". Undefined when there is no home to keep it in.
 */
export function stateFolder(env: Environment): string | undefined {
  // Several folders are joined by colons; ours is the first.
  const [given] = (env['STATE_DIRECTORY'] ?? '').split(':');
  if (given) return given;
  const xdg = env['XDG_STATE_HOME'];
  // "All paths … must be absolute. If an implementation encounters a relative path … it should …
  // ignore it."
  if (xdg?.startsWith('/')) return join(xdg, 'svcdns');
  const home = env['HOME'];
  return home?.startsWith('/') && home !== '/' ? join(home, '.local/state/svcdns') : undefined;
}
