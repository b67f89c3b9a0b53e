import { isIPv4, isIPv6 } from 'node:net';
import { DNS_PORT } from '../../config/plain-target.ts';
import type { Settings } from '../../config/settings.ts';
import { quoted } from '../../corefile/problems.ts';
import { addressAndPort, isPort, isWildcard, splitHostAndPort } from '../../dns/address.ts';
import { UsageError } from '../command.ts';

/** What was meant by options of other programs that name a server. */
export function insteadOfServer(word: string): string {
  if (['p', 'port'].includes(word))
    return ': expected the port behind the server, as in @127.0.0.1:1053';
  return ['s', 'server'].includes(word)
    ? ': expected the server as @SERVER, as in @127.0.0.1:1053'
    : '';
}

/** A server to ask. `host` is an address, or a name that the system's resolver knows. */
export interface DnsServer {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `@127.0.0.1`, `@127.0.0.1:1053`, `@[::1]:1053`, `@::1` and `@dns:53`; the default port is
 * 53.
 *
 * @throws {UsageError} for anything else.
 */
function serverFromArgument(argument: string): DnsServer {
  return serverFromText(argument.slice(1), '@');
}

/**
 * Reads `127.0.0.1:1053`, `[::1]:1053`, `::1` and `dns:53`; the default port is 53. `mark` is what
 * stands before it where it is written.
 *
 * @throws {UsageError} for anything else.
 */
export function serverFromText(text: string, mark = ''): DnsServer {
  if (isIPv6(text)) return { host: text, port: DNS_PORT };
  const { host = '', isBracketed, port = DNS_PORT } = splitHostAndPort(text) ?? {};
  const isHost = isBracketed ? isIPv6(host) : isHostName(host);
  if (isHost && isPort(port)) return { host, port };
  throw new UsageError(
    `Cannot ask the server ${quoted(text)}: expected ${mark}SERVER or ${mark}SERVER:PORT, as in ${mark}127.0.0.1:1053 or ${mark}[::1]:1053`,
  );
}

/**
 * What ends in a number is an address or nothing: resolvers take `1.2.3` for 1.2.0.3, which is
 * not what anyone means.
 */
function isHostName(text: string): boolean {
  if (!/^[\w.-]+$/.test(text)) return false;
  return isIPv4(text) || !/(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$/i.test(text);
}

/** The `@SERVER` among the arguments, and the other arguments. */
export function takeServer(positionals: readonly string[]): {
  readonly server: DnsServer | undefined;
  readonly others: readonly string[];
} {
  const [first, second] = positionals.filter((argument) => argument.startsWith('@'));
  if (second !== undefined) {
    throw new UsageError(`Cannot ask two servers: expected one @SERVER, found ${first} ${second}`);
  }
  return {
    server: first === undefined ? undefined : serverFromArgument(first),
    others: positionals.filter((argument) => !argument.startsWith('@')),
  };
}

/**
 * Where `svcdns serve` listens with these settings: the first address, or loopback for all of them.
 *
 * @throws {UsageError} when the port is chosen by the system at each start.
 */
export function serverOfSettings({ listen }: Pick<Settings, 'listen'>): DnsServer {
  const { address = '', port = 0 } = listen[0] ?? {};
  if (port === 0) {
    throw new UsageError(
      'Cannot tell which port to ask, as the settings leave it open: expected @SERVER:PORT',
    );
  }
  return { host: isWildcard(address) ? '127.0.0.1' : address, port };
}

/** `127.0.0.1:1053`, `[::1]:1053`. */
export function serverText({ host, port }: DnsServer): string {
  return addressAndPort({ address: host, port });
}
