import { join } from 'node:path';
import { rangeFault } from '../controllers/addresses/numbered-range.ts';
import { didYouMean, quoted } from '../corefile/problems.ts';
import type { Environment } from '../corefile/reader.ts';
import { zonesFromText } from '../corefile/zone-name.ts';
import { ipFamily } from '../dns/address.ts';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat } from '../observe/log.ts';
import { TRANSPORTS, type TransportChoice, udpTransport } from '../server/udp/transport.ts';
import { globFault } from '../sources/folder/read/selection.ts';

/** Said instead of a place or a value: there is none. */
export const OFF = 'off';

/** What an option comes to, or what is wrong with its text. */
export type Reading<T> = { readonly value: T } | { readonly fault: string };

export function readSwitch(text: string): Reading<boolean> {
  if (text === 'on' || text === OFF) return { value: text === 'on' };
  return { fault: `Cannot use ${quoted(text)}: expected on or off` };
}

export function readPort(text: string): Reading<number> {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return { value: Number(text) };
  return { fault: `Cannot use ${quoted(text)} as a port: expected 0 to 65535` };
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

/** The words behind `ttl` in a Corefile. */
export function ttlWords(text: string): Reading<readonly string[]> {
  if (/^\d{1,4}$/.test(text) && Number(text) <= 3600) return { value: [text] };
  return { fault: `Cannot use ${quoted(text)}: expected a whole number from 0 to 3600` };
}

/** Reads one of a few words, which a Corefile has in the same place. */
export function wordOf(...words: readonly string[]): (text: string) => Reading<readonly string[]> {
  return (text) => {
    if (words.includes(text)) return { value: [text] };
    const expected = [words.slice(0, -1).join(', '), words.at(-1)].filter(Boolean).join(' or ');
    return { fault: `Cannot use ${quoted(text)}: expected ${expected}` };
  };
}

/** Globs of files and folders. */
export function globWords(texts: readonly string[]): Reading<readonly string[]> {
  const [fault] = texts.flatMap((text) => globFault(text) ?? []);
  return fault === undefined ? { value: texts } : { fault };
}

/** One range a family. */
export function rangeWords(texts: readonly string[]): Reading<readonly string[]> {
  const faults = texts.map((text) => rangeFault(text)).filter((fault) => fault !== undefined);
  if (faults[0] !== undefined) return { fault: faults[0] };
  const families = new Set(texts.map(ipFamily));
  if (texts.length > 0 && families.size === texts.length) return { value: texts };
  return { fault: `Cannot use ${quoted(texts.join(','))}: expected a CIDR, or one of each family` };
}

/**
 * Ranges for simulated Pods when none are named: kubeadm's and flannel's usual one, and its IPv6
 * counterpart for Services of both families. Neither meets the default `service_range`.
 */
const POD_RANGES = ['10.244.0.0/16', 'fd00:10:244::/108'];

/** `simulate`, or `simulate=CIDR[,CIDR]`: the words behind `workloads` in a Corefile. */
export function workloadWords(text: string): Reading<readonly string[]> {
  const [word, ...cidrs] = text.split(/[=,]/);
  if (word !== 'simulate') {
    return { fault: `Cannot use ${quoted(text)}: expected simulate or simulate=CIDR` };
  }
  const ranges = rangeWords(cidrs.length > 0 ? cidrs : POD_RANGES);
  return 'fault' in ranges ? ranges : { value: ['simulate', ...ranges.value] };
}

export function zoneFaults(zones: readonly string[]): readonly string[] {
  if (zones.length === 0) return ['Cannot serve no zone: expected one'];
  return zones.flatMap((zone) => {
    const parsed = zonesFromText(zone);
    return 'fault' in parsed ? [parsed.fault] : [];
  });
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
