import { resolve } from 'node:path';
import { parseDuration } from '../../../corefile/duration.ts';
import type { Line, Word } from '../../../corefile/parse.ts';
import { quoted } from '../../../corefile/problems.ts';
import { addressAndPort, canonicalAddress } from '../../../dns/address.ts';
import { Rcode } from '../../../dns/codes.ts';
import { keyFromText, NameError, type NameKey } from '../../../dns/name.ts';
import type { Directive, ReadOption } from '../../directive.ts';
import type { OptionForms } from '../../option-form.ts';
import type { Machine } from '../transport/machine.ts';
import { destinationFrom } from './destination.ts';
import { type ForwardOptions, MAX_CONCURRENT, POLICIES } from './options.ts';

/** Options while they are read. */
export type Draft = {
  -readonly [Option in keyof Omit<ForwardOptions, 'from'>]: ForwardOptions[Option];
};

/** What the reader of an option may use. */
export interface OptionReader {
  readonly directive: Directive;
  /** Folder that relative paths start from. */
  readonly folder: string;
  readonly machine: Pick<Machine, 'files' | 'sockets'>;
}

/** The options of `forward`, in the order of CoreDNS's documentation; ours after similar ones. */
export const FORWARD_OPTIONS = {
  except: 'NAME...',
  force_tcp: '',
  prefer_udp: '',
  expire: 'DURATION',
  max_age: 'DURATION',
  max_idle_conns: 'INTEGER',
  read_timeout: 'DURATION',
  max_fails: 'INTEGER',
  max_connect_attempts: 'INTEGER',
  tls: '[CERT KEY] [CA]',
  tls_servername: 'NAME',
  policy: 'random|round_robin|sequential',
  health_check: 'DURATION [no_rec] [domain NAME]',
  max_concurrent: 'INTEGER',
  max_concurrent_per_client: 'INTEGER',
  max_concurrent_per_domain: 'INTEGER',
  next: 'RCODE...',
  next_on_nodata: '',
  failover: 'RCODE...',
  failfast_all_unhealthy_upstreams: '',
  source_address: 'ADDRESS',
  resolver: 'ADDRESS...',
} as const satisfies OptionForms;

type Read = ReadOption<[Draft, OptionReader]>;

const READERS = {
  except: lines(readExcept),
  force_tcp: (_line, draft) => (draft.forceTcp = true),
  prefer_udp: (_line, draft) => (draft.preferUdp = true),
  expire: duration((draft, ms) => (draft.expireMs = ms)),
  max_age: duration((draft, ms) => (draft.maxAgeMs = ms)),
  max_idle_conns: count((draft, n) => (draft.maxIdleConnections = n)),
  read_timeout: word(readTimeout),
  max_fails: count((draft, n) => (draft.maxFails = n)),
  max_connect_attempts: count((draft, n) => (draft.maxConnectAttempts = n)),
  tls: readTls,
  tls_servername: word(({ text }, draft) => (draft.tls = { ...draft.tls, servername: text })),
  policy: word(readPolicy),
  health_check: lines(readHealthCheck),
  max_concurrent: count((draft, n) => (draft.maxConcurrent = concurrency(n))),
  max_concurrent_per_client: count((draft, n) => (draft.maxConcurrentPerClient = noneIfZero(n))),
  max_concurrent_per_domain: count((draft, n) => (draft.maxConcurrentPerDomain = noneIfZero(n))),
  next: lines((line, draft, directive) => (draft.next = codesIn(line, directive))),
  next_on_nodata: (_line, draft) => (draft.nextOnNodata = true),
  failover: lines(readFailover),
  failfast_all_unhealthy_upstreams: (_line, draft) => (draft.failFast = true),
  doh_method: readDohMethod,
  source_address: word(readSourceAddress),
  resolver: lines(readResolvers),
} satisfies Record<string, Read>;

/** Reads the block of a `forward` line into `draft`. */
export function readOptions(line: Line, draft: Draft, reader: OptionReader): void {
  reader.directive.options(line, FORWARD_OPTIONS, READERS, draft, reader);
  if (draft.maxAgeMs > 0 && draft.maxAgeMs < draft.expireMs) {
    const text = `max_age (${draft.maxAgeMs} ms) must not be less than expire (${draft.expireMs} ms)`;
    const at = line.block?.find(({ name }) => name === 'max_age') ?? line;
    reader.directive.error(text, at.origin);
  }
}

/** An option with one argument. */
function word(
  read: (word: Word, draft: Draft, directive: Directive, option: string) => void,
): Read {
  return (line, draft, { directive }) => read(line.args[0]!, draft, directive, line.name);
}

/** An option that nothing but its words is needed for. */
function lines(read: (line: Line, draft: Draft, directive: Directive) => void): Read {
  return (line, draft, { directive }) => read(line, draft, directive);
}

function duration(set: (draft: Draft, ms: number) => void): Read {
  return word((given, draft, directive, option) => {
    const ms = durationIn(option, given, directive);
    if (ms !== undefined) set(draft, ms);
  });
}

function durationIn(option: string, { text, origin }: Word, directive: Directive) {
  const ms = parseDuration(text);
  if (ms === undefined && parseDuration(text.replace(/^-/, '')) !== undefined) {
    directive.error(`${option} can't be negative: ${text}`, origin);
  } else if (ms === undefined) {
    const expected = 'expected one like 10s or 1m30s';
    directive.error(`${option}: invalid duration ${quoted(text)}: ${expected}`, origin);
  }
  return ms;
}

/** CoreDNS has 32-bit numbers; larger ones mean nothing here. */
const MAX_COUNT = 2 ** 31;

function count(set: (draft: Draft, value: number) => void): Read {
  return word(({ text, origin }, draft, directive, option) => {
    if (/^-\d+$/.test(text)) directive.error(`${option} can't be negative: ${text}`, origin);
    else if (!/^\d{1,10}$/.test(text) || Number(text) >= MAX_COUNT) {
      directive.error(`${option}: expected a whole number, found ${quoted(text)}`, origin);
    } else set(draft, Number(text));
  });
}

function concurrency(given: number): number {
  return given === 0 ? MAX_CONCURRENT : Math.min(given, MAX_CONCURRENT);
}

function noneIfZero(given: number): number {
  return given === 0 ? Number.POSITIVE_INFINITY : given;
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

function readExcept({ args }: Line, draft: Draft, directive: Directive): void {
  draft.except = [...draft.except, ...directive.zones(args, [])];
}

function readTimeout(given: Word, draft: Draft, directive: Directive, option: string): void {
  const ms = durationIn(option, given, directive);
  if (ms === 0) directive.error('read_timeout must be greater than 0', given.origin);
  else if (ms !== undefined) draft.readTimeoutMs = ms;
}

/** `tls [CERT KEY] [CA]`. */
function readTls(line: Line, draft: Draft, { directive, folder, machine }: OptionReader): void {
  const { files, sockets } = machine;
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
  const fault = directive.failed ? undefined : sockets.tlsFault(draft.tls);
  if (fault !== undefined) {
    const named = line.args.map(({ text }) => quoted(text)).join(' ');
    const expected = 'expected PEM: a certificate and its key, and authorities';
    directive.error(`Cannot use ${named} for TLS: ${fault}: ${expected}`, line.args[0]!.origin);
  }
}

function readPolicy({ text, origin }: Word, draft: Draft, directive: Directive): void {
  const policy = POLICIES.find((known) => known === text);
  if (policy !== undefined) draft.policy = policy;
  else {
    directive.error(`unknown policy '${text}': expected one of ${POLICIES.join(', ')}`, origin);
  }
}

/** `health_check DURATION [no_rec] [domain FQDN]`. */
function readHealthCheck(line: Line, draft: Draft, directive: Directive): void {
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

function readFailover(line: Line, draft: Draft, directive: Directive): void {
  draft.failover = codesIn(line, directive);
  if (draft.failover.has(Rcode.NOERROR)) {
    directive.error('NoError cannot be used in failover directive', line.origin);
  }
}

function readDohMethod({ origin }: Line, _draft: Draft, { directive }: OptionReader): void {
  directive.error('doh_method: https:// upstreams are not offered', origin);
}

function readSourceAddress({ text, origin }: Word, draft: Draft, directive: Directive): void {
  const address = canonicalAddress(text);
  if (address !== undefined) draft.sourceAddress = address;
  else directive.error(`source_address: expected an IP address, found ${quoted(text)}`, origin);
}

function readResolvers(line: Line, draft: Draft, directive: Directive): void {
  draft.resolvers = line.args.flatMap(({ text, origin }) => {
    const found = destinationFrom(text, () => false);
    if (found.kind === 'address' && !found.isTls) return [addressAndPort(found)];
    directive.error(`resolver: expected an IP address, found ${quoted(text)}`, origin);
    return [];
  });
}
