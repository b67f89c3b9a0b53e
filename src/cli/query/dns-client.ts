import { createSocket } from 'node:dgram';
import { connect, isIP, isIPv6 } from 'node:net';
import { FormatError } from '../../dns/format-error.ts';
import { FrameReader, framed, MAX_MESSAGE_BYTES } from '../../dns/framing.ts';
import type { Transport } from '../../dns/query.ts';
import type { Clock, Timer } from '../../support/clock.ts';
import { isReplyTo } from './dns-question.ts';
import { type DnsServer, serverText } from './server-address.ts';

/** How to ask. */
export interface AskOptions {
  readonly server: DnsServer;
  /** How long one try waits for its reply; ms. */
  readonly timeoutMs: number;
  /** Times a query is sent over UDP, which may lose it; default 2. */
  readonly tries?: number;
  readonly clock: Clock;
}

/** A reply, as it came. */
export interface RawReply {
  readonly bytes: Buffer;
  readonly transport: Transport;
  /** From the first sending to the reply; ms. */
  readonly ms: number;
}

/** Whether the reply did not fit (TC): it is to be asked for again over TCP. */
export function isTruncated({ bytes }: RawReply): boolean {
  return (bytes[2]! & TRUNCATED) !== 0;
}

/** No reply came; the message says what was tried and what happened. */
export class NoReplyError extends Error {
  override readonly name = 'NoReplyError';
}

/**
 * What an error says about a reply that did not come or cannot be read.
 *
 * @throws {unknown} the error, when it is another one.
 */
export function replyFault(error: unknown): string {
  if (error instanceof NoReplyError) return error.message;
  if (error instanceof FormatError) return `malformed reply: ${error.message}`;
  throw error;
}

/** How long each try waits for a reply when nothing is said, ms. */
export const DEFAULT_TIMEOUT_MS = 2000;

const DEFAULT_TRIES = 2;
const TRUNCATED = 0x02; // of the third byte

/**
 * Asks over UDP, and again over TCP when the reply did not fit (RFC 7766 section 5).
 *
 * @throws {NoReplyError}
 */
export async function ask(query: Buffer, options: AskOptions): Promise<RawReply> {
  const reply = await askUdp(query, options);
  return isTruncated(reply) ? askTcp(query, options) : reply;
}

/**
 * Asks over UDP from a socket of its own that takes datagrams from the server only. What is no
 * reply to the query is passed over.
 *
 * @throws {NoReplyError}
 */
export async function askUdp(query: Buffer, options: AskOptions): Promise<RawReply> {
  const { server, timeoutMs, tries = DEFAULT_TRIES, clock } = options;
  const address = await addressOf(server);
  const start = clock.now();
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    let timer: Timer | undefined;
    let isDone = false;
    const finish = (settle: () => void) => {
      if (isDone) return;
      isDone = true;
      timer?.cancel();
      socket.close();
      settle();
    };
    const send = (left: number) => {
      socket.send(query);
      timer = clock.setTimeout(() => {
        if (left > 1) send(left - 1);
        else
          finish(() =>
            reject(noReply('udp', server, `no reply to ${tries} tries of ${timeoutMs} ms`)),
          );
      }, timeoutMs);
    };
    socket.on('error', (error) => finish(() => reject(noReply('udp', server, reason(error)))));
    socket.on('message', (bytes) => {
      if (!isReplyTo(query, bytes)) return;
      finish(() => resolve({ bytes, transport: 'udp', ms: clock.now() - start }));
    });
    // Connected: the kernel drops what others send, and reports when nothing listens there.
    socket.on('connect', () => send(tries));
    socket.connect(server.port, address);
  });
}

/**
 * Asks over a TCP connection of its own.
 *
 * @throws {NoReplyError}
 */
export async function askTcp(query: Buffer, options: AskOptions): Promise<RawReply> {
  const { server, timeoutMs, clock } = options;
  const address = await addressOf(server);
  const start = clock.now();
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, address);
    const frames = new FrameReader({ maxBytes: MAX_MESSAGE_BYTES, minBytes: 0 });
    const finish = (settle: () => void) => {
      timer.cancel();
      socket.destroy();
      settle();
    };
    const fail = (why: string) => finish(() => reject(noReply('tcp', server, why)));
    const timer = clock.setTimeout(() => fail(`no reply within ${timeoutMs} ms`), timeoutMs);
    socket.on('connect', () => socket.write(framed(query)));
    socket.on('data', (chunk) => {
      frames.push(chunk);
      const bytes = frames.next();
      if (bytes === undefined) return;
      if (!isReplyTo(query, bytes)) fail('the reply is to another question');
      else finish(() => resolve({ bytes, transport: 'tcp', ms: clock.now() - start }));
    });
    socket.on('error', (error) => fail(reason(error)));
    socket.on('close', () => fail('the connection was closed without a reply'));
  });
}

/**
 * The address of a server that may have been given by name.
 *
 * @throws {NoReplyError}
 */
export async function addressOf(server: DnsServer): Promise<string> {
  if (isIP(server.host) !== 0) return server.host;
  try {
    // Loaded only when it is needed: most servers are addresses.
    const { lookup } = process.getBuiltinModule('node:dns/promises');
    return (await lookup(server.host)).address;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new NoReplyError(`${server.host}: cannot find the address of this server (${code})`);
  }
}

/** `udp 127.0.0.1:53: no reply to 2 tries of 2000 ms`. */
export function noReply(transport: Transport, server: DnsServer, why: string): NoReplyError {
  return new NoReplyError(`${transport} ${serverText(server)}: ${why}`);
}

/** Why a socket failed, in the words of who must act. */
export function reason({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'connection refused: nothing listens there';
    case 'ECONNRESET':
      return 'the connection was reset';
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'EADDRNOTAVAIL':
      return `cannot be reached from this machine (${code})`;
    default:
      return code ?? message;
  }
}
