import type { Settings } from '../config/settings.ts';
import type { ListenSource } from '../server/listen-error.ts';
import type { Listeners } from '../server/listeners.ts';
import type { Admins } from './admins.ts';
import type { Configuration } from './configuration.ts';
import type { LogLevel } from './log-level.ts';
import type { ServerParts } from './shared.ts';

/** A server that runs. Its sockets outlive its configurations. */
export interface Serving {
  readonly shared: ServerParts;
  readonly sockets: Listeners;
  readonly admins: Admins;
  readonly logLevel: LogLevel;
  /** The one that answers. */
  current: Configuration;
  /** Aborted when the server is to end: from then on it is not ready, and no reload begins. */
  readonly closing: AbortController;
}

/** Replies that wait for something get this long when their sockets close, ms. */
export const GRACE_MS = 2000;

/**
 * What moves an admin server elsewhere: the directives of a Corefile, unless an option goes before
 * them.
 */
export function adminSource({ corefile, admin }: Settings): ListenSource {
  const isAsked = corefile.admin.some(({ address }) => address.port === admin[0]?.port);
  return isAsked && !corefile.isBuiltIn ? 'health, ready or prometheus' : '--admin';
}
