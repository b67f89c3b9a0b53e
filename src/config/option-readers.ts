import { join } from 'node:path';
import { didYouMean, quoted } from '../corefile/problems.ts';
import type { Environment } from '../corefile/reader.ts';
import { MAX_PORT } from '../dns/address.ts';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat } from '../observe/log.ts';
import type { Reading } from '../plugins/flag.ts';
import { TRANSPORTS, type TransportChoice, udpTransport } from '../server/udp/transport.ts';

export function readPort(text: string): Reading<number> {
  if (/^\d{1,5}$/.test(text) && Number(text) <= MAX_PORT) return { value: Number(text) };
  return { fault: `Cannot use ${quoted(text)} as a port: expected 0 to ${MAX_PORT}` };
}

/**
 * Under a tenth of a second a large folder would be listed without a pause; over a day is hardly
 * ever.
 */
export function readRescan(text: string): Reading<number> {
  const seconds = /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= 0.1 && seconds <= 86_400) return { value: seconds };
  return { fault: `Cannot rescan every ${quoted(text)}: expected seconds, 0.1 to 86400` };
}

export function readStaleAfter(text: string): Reading<number> {
  if (/^\d{1,6}$/.test(text)) return { value: Number(text) };
  return { fault: `Cannot use ${quoted(text)}: expected seconds, or 0 for never` };
}

export function readLogLevel(text: string): Reading<string> {
  const level = text.toLowerCase();
  if (LOG_LEVELS.includes(level)) return { value: level };
  const known = LOG_LEVELS.join(', ');
  return {
    fault: `Unknown log level ${quoted(text)}: expected one of ${known}${didYouMean(level, LOG_LEVELS)}`,
  };
}

export function readLogFormat(text: string): Reading<LogFormat> {
  const format = LOG_FORMATS.find((known) => known === text.toLowerCase());
  if (format !== undefined) return { value: format };
  return { fault: `Unknown log format ${quoted(text)}: expected ${LOG_FORMATS.join(' or ')}` };
}

export function readTransport(text: string): Reading<TransportChoice> {
  const choice = TRANSPORTS.find((known) => known === text);
  if (choice === undefined) {
    return { fault: `Unknown transport ${quoted(text)}: expected auto, native or dgram` };
  }
  const missing = choice === 'native' ? udpTransport(choice).missing : undefined;
  if (missing === undefined) return { value: choice };
  const way = 'Build it with npm run build:native, or use dgram';
  return { fault: `Cannot use the native transport: ${missing}. ${way}` };
}

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
