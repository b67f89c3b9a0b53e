import { resolve } from 'node:path';
import { parseDuration } from '../../../corefile/duration.ts';
import type { Line, Word } from '../../../corefile/parse.ts';
import { quoted } from '../../../corefile/problems.ts';
import { addressAndPort, canonicalAddress } from '../../../dns/address.ts';
import { Rcode } from '../../../dns/codes.ts';
import { keyFromText, NameError, type NameKey } from '../../../dns/name.ts';
import type { Directive } from '../../directive.ts';
import type { Sockets } from '../transport/sockets.ts';
import type { UpstreamFiles } from '../upstream/machine.ts';
import { destinationFrom } from './destination.ts';
import { type ForwardOptions, MAX_CONCURRENT, POLICIES } from './options.ts';

/** Options while they are read. */
export type Draft = {
  -readonly [Option in keyof Omit<ForwardOptions, 'from'>]: ForwardOptions[Option];
};

/** What the reader of an option may use. */
export interface OptionReader {
  readonly directive: Directive;
  readonly files: UpstreamFiles;
  /** Folder that relative paths start from. */
  readonly folder: string;
  readonly tlsFault: Sockets['tlsFault'];
}

type Read = (line: Line, draft: Draft, reader: OptionReader) => void;

/** The options of `forward`, in the order of CoreDNS's documentation; ours after similar ones. */
const OPTIONS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['except', readExcept],
  ['force_tcp', flag((draft) => (draft.forceTcp = true))],
  ['prefer_udp', flag((draft) => (draft.preferUdp = true))],
  ['expire', duration((draft, ms) => (draft.expireMs = ms))],
  ['max_age', duration((draft, ms) => (draft.maxAgeMs = ms))],
  ['max_idle_conns', count((draft, n) => (draft.maxIdleConnections = n))],
  ['read_timeout', readTimeout],
  ['max_fails', count((draft, n) => (draft.maxFails = n))],
  ['max_connect_attempts', count((draft, n) => (draft.maxConnectAttempts = n))],
  ['tls', readTls],
  ['tls_servername', readServername],
  ['policy', readPolicy],
  ['health_check', readHealthCheck],
  ['max_concurrent', count((draft, n) => (draft.maxConcurrent = concurrency(n)))],
  [
    'max_concurrent_per_client',
    count((draft, n) => (draft.maxConcurrentPerClient = noneIfZero(n))),
  ],
  [
    'max_concurrent_per_domain',
    count((draft, n) => (draft.maxConcurrentPerDomain = noneIfZero(n))),
  ],
  ['next', codes((draft, found) => (draft.next = found))],
  ['next_on_nodata', flag((draft) => (draft.nextOnNodata = true))],
  ['failover', readFailover],
  ['failfast_all_unhealthy_upstreams', flag((draft) => (draft.failFast = true))],
  ['doh_method', readDohMethod],
  ['source_address', readSourceAddress],
  ['resolver', readResolvers],
]);

/** Reads the block of a `forward` line into `draft`. */
export function readOptions(line: Line, draft: Draft, reader: OptionReader): void {
  for (const option of line.block ?? []) {
    const read = OPTIONS.get(option.name);
    if (read === undefined) reader.directive.unknown(option, [...OPTIONS.keys()]);
    else read(option, draft, reader);
  }
  if (draft.maxAgeMs > 0 && draft.maxAgeMs < draft.expireMs) {
    const text = `max_age (${draft.maxAgeMs} ms) must not be less than expire (${draft.expireMs} ms)`;
    const at = line.block?.find(({ name }) => name === 'max_age') ?? line;
    reader.directive.error(text, at.origin);
  }
}

function flag(set: (draft: Draft) => void): Read {
  return (line, draft, { directive }) => {
    if (directive.hasArgs(line, 0, 0)) set(draft);
  };
}

function duration(set: (draft: Draft, ms: number) => void): Read {
  return (line, draft, { directive }) => {
    if (!directive.hasArgs(line, 1, 1)) return;
    const ms = durationIn(line.name, line.args[0]!, directive);
    if (ms !== undefined) set(draft, ms);
  };
}

function durationIn(option: string, word: Word, directive: Directive): number | undefined {
  const ms = parseDuration(word.text);
  if (ms === undefined && parseDuration(word.text.replace(/^-/, '')) !== undefined) {
    directive.error(`${option} can't be negative: ${word.text}`, word.origin);
  } else if (ms === undefined) {
    const text = `${option}: invalid duration ${quoted(word.text)}: expected one like 10s or 1m30s`;
    directive.error(text, word.origin);
  }
  return ms;
}

/** CoreDNS has 32-bit numbers; larger ones mean nothing here. */
const MAX_COUNT = 2 ** 31;

function count(set: (draft: Draft, value: number) => void): Read {
  return (line, draft, { directive }) => {
    if (!directive.hasArgs(line, 1, 1)) return;
    const [{ text, origin }] = line.args as [Word];
    if (/^-\d+$/.test(text)) directive.error(`${line.name} can't be negative: ${text}`, origin);
    else if (!/^\d{1,10}$/.test(text) || Number(text) >= MAX_COUNT) {
      directive.error(`${line.name}: expected a whole number, found ${quoted(text)}`, origin);
    } else set(draft, Number(text));
  };
}

function concurrency(given: number): number {
  return given === 0 ? MAX_CONCURRENT : Math.min(given, MAX_CONCURRENT);
}

function noneIfZero(given: number): number {
  return given === 0 ? Number.POSITIVE_INFINITY : given;
}

function codes(set: (draft: Draft, found: ReadonlySet<number>) => void): Read {
  return (line, draft, { directive }) => {
    if (directive.hasArgs(line, 1, Number.POSITIVE_INFINITY)) set(draft, codesIn(line, directive));
  };
}

function codesIn(line: Line, directive: Directive): Set<number> {
  const found = new Set<number>();
  for (const { text, origin } of line.args) {
    const code = new Map<string, number>(Object.entries(Rcode)).get(text.toUpperCase());
    if (code === undefined) directive.error(`${text} is not a valid rcode`, origin);
    else found.add(code);
  }
  return found;
}

function readExcept(line: Line, draft: Draft, { directive }: OptionReader): void {
  if (!directive.hasArgs(line, 1, Number.POSITIVE_INFINITY)) return;
  draft.except = [...draft.except, ...directive.zones(line.args, [])];
}

function readTimeout(line: Line, draft: Draft, { directive }: OptionReader): void {
  if (!directive.hasArgs(line, 1, 1)) return;
  const ms = durationIn(line.name, line.args[0]!, directive);
  if (ms === 0) directive.error('read_timeout must be greater than 0', line.args[0]!.origin);
  else if (ms !== undefined) draft.readTimeoutMs = ms;
}

/** `tls [CERT KEY] [CA]`. */
function readTls(
  line: Line,
  draft: Draft,
  { directive, files, folder, tlsFault }: OptionReader,
): void {
  if (!directive.hasArgs(line, 0, 3)) return;
  const [first, second, third] = line.args.map(({ text, origin }) => {
    try {
      const path = resolve(folder, text);
      if (!files.isFile(path)) throw new Error('not a file');
      return files.read(path);
    } catch (error) {
      directive.error(`Cannot read ${quoted(text)}: ${(error as Error).message}`, origin);
      return undefined;
    }
  });
  const isPair = line.args.length >= 2;
  const cert = isPair ? first : undefined;
  const key = isPair ? second : undefined;
  draft.tls = { ...draft.tls, cert, key, ca: isPair ? third : first };
  const fault = directive.failed ? undefined : tlsFault(draft.tls);
  if (fault !== undefined) {
    const named = line.args.map(({ text }) => quoted(text)).join(' ');
    const expected = 'expected PEM: a certificate and its key, and authorities';
    directive.error(`Cannot use ${named} for TLS: ${fault}: ${expected}`, line.args[0]!.origin);
  }
}

function readServername(line: Line, draft: Draft, { directive }: OptionReader): void {
  if (!directive.hasArgs(line, 1, 1)) return;
  draft.tls = { ...draft.tls, servername: line.args[0]!.text };
}

function readPolicy(line: Line, draft: Draft, { directive }: OptionReader): void {
  if (!directive.hasArgs(line, 1, 1)) return;
  const [{ text, origin }] = line.args as [Word];
  const policy = POLICIES.find((known) => known === text);
  if (policy !== undefined) draft.policy = policy;
  else {
    directive.error(`unknown policy '${text}': expected one of ${POLICIES.join(', ')}`, origin);
  }
}

/** `health_check DURATION [no_rec] [domain FQDN]`. */
function readHealthCheck(line: Line, draft: Draft, { directive }: OptionReader): void {
  if (!directive.hasArgs(line, 1, 4)) return;
  const [interval, ...words] = line.args as [Word, ...Word[]];
  const intervalMs = durationIn('health_check', interval, directive);
  let { recursionDesired, domain } = draft.healthCheck;
  for (let at = 0; at < words.length; at++) {
    const { text, origin } = words[at]!;
    if (text === 'no_rec') recursionDesired = false;
    else if (text === 'domain' && words[at + 1] !== undefined) {
      domain = domainIn(words[++at]!, directive) ?? domain;
    } else if (text === 'domain') {
      directive.error("Wrong argument count or unexpected line ending after 'domain'", origin);
    } else directive.error(`health_check: unknown option ${text}`, origin);
  }
  if (intervalMs !== undefined) draft.healthCheck = { intervalMs, recursionDesired, domain };
}

function domainIn({ text, origin }: Word, directive: Directive): NameKey | undefined {
  try {
    return keyFromText(text);
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    directive.error(`health_check: invalid domain name ${text}`, origin);
    return undefined;
  }
}

function readFailover(line: Line, draft: Draft, { directive }: OptionReader): void {
  if (!directive.hasArgs(line, 1, Number.POSITIVE_INFINITY)) return;
  const found = codesIn(line, directive);
  if (found.has(Rcode.NOERROR)) {
    directive.error('NoError cannot be used in failover directive', line.origin);
  }
  draft.failover = found;
}

function readDohMethod(line: Line, _draft: Draft, { directive }: OptionReader): void {
  directive.error('doh_method: https:// upstreams are not offered', line.origin);
}

function readSourceAddress(line: Line, draft: Draft, { directive }: OptionReader): void {
  if (!directive.hasArgs(line, 1, 1)) return;
  const [{ text, origin }] = line.args as [Word];
  const address = canonicalAddress(text);
  if (address !== undefined) draft.sourceAddress = address;
  else directive.error(`source_address: expected an IP address, found ${quoted(text)}`, origin);
}

function readResolvers(line: Line, draft: Draft, { directive }: OptionReader): void {
  if (!directive.hasArgs(line, 1, Number.POSITIVE_INFINITY)) return;
  draft.resolvers = line.args.flatMap(({ text, origin }) => {
    const found = destinationFrom(text, () => false);
    if (found.kind === 'address' && !found.isTls) return [addressAndPort(found)];
    directive.error(`resolver: expected an IP address, found ${quoted(text)}`, origin);
    return [];
  });
}
