import { join, resolve } from 'node:path';
import type { Environment } from '../corefile/env-references.ts';
import type { Wishes } from './wishes.ts';

/** Said instead of a folder: nothing is kept. */
const OFF = 'off';

/**
 * The folder in which what was given out, and the last good names, are kept from one run to the
 * next, absolute; undefined when nothing is kept: because of `off`, or because there is no home to
 * keep it in.
 *
 * Without a wish it is systemd's `STATE_DIRECTORY` (systemd.exec), else where the XDG Base
 * Directory Specification has "state data that should persist between (application) restarts".
 */
export function stateFolder(
  { state: wish }: Wishes,
  env: Environment,
  cwd: string,
): string | undefined {
  if (wish !== undefined) return wish.value === OFF ? undefined : resolve(cwd, wish.value);
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
