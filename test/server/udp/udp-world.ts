import dgram from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { createLoggerTo } from '../../../src/observe/log.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import type { Exchange } from '../../../src/server/exchange.ts';
import { GuardedExchange } from '../../../src/server/listen/guarded-exchange.ts';
import type { UdpContext } from '../../../src/server/udp/dgram.ts';
import { findNativeBinding, type NativeBinding } from '../../../src/server/udp/native-binding.ts';
import { NATIVE_FILE } from '../../../src/support/native-memory.ts';
import { settle, until } from '../until.ts';

const FILE = process.env['TEST_NATIVE'] ?? NATIVE_FILE;

/** Its file, for another thread. */
export const BINDING_FILE = fileURLToPath(new URL(`../../../${FILE}`, import.meta.url));

/**
 * The binding that is tested: the one of this machine, or the file that TEST_NATIVE names, which
 * then has to be there (`npm run test:native`). Undefined where none is built.
 */
export const BINDING: NativeBinding | undefined = testedBinding();

function testedBinding(): NativeBinding | undefined {
  const found = findNativeBinding(FILE);
  if ('binding' in found) return found.binding;
  if (process.env['TEST_NATIVE'] !== undefined) throw new Error(found.missing);
  return undefined;
}

/** What `/proc` says of a socket, and of an epoll set. */
export const SOCKET = 'socket:';
export const EPOLL = 'anon_inode:[eventpoll]';

/** File descriptors of this process that are such. */
export function openFiles(...kinds: string[]): number[] {
  const isOne = (fd: string) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return kinds.some((kind) => target.startsWith(kind));
    } catch {
      return false; // the folder's own
    }
  };
  return readdirSync('/proc/self/fd').filter(isOne).map(Number);
}

/** What listeners are given, and the lines that they log, parsed. */
export function udpContext() {
  const lines: Record<string, unknown>[] = [];
  const log = createLoggerTo('info', { write: (line) => void lines.push(JSON.parse(line)) });
  const time = { ms: 0 };
  return { log, lines, metrics: new Metrics(), time, now: () => time.ms };
}

/** The exchange behind the guard that stands in front of each. */
export function guarded(exchange: Exchange, { log, metrics, now }: UdpContext): Exchange {
  return new GuardedExchange(exchange, log, metrics.counter('coredns_panics_total'), now);
}

/** A socket that asks, on an address of its own; closed with the test. */
export async function udpClient(address: string) {
  const socket = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const replies: { message: Buffer; address: string; port: number }[] = [];
  socket.on('message', (message, from) => {
    replies.push({ message, address: from.address, port: from.port });
  });
  socket.bind(0, address.includes(':') ? '::1' : '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return {
    socket,
    ask: (message: Buffer, port: number, to: string) => socket.send(message, port, to),
    received: async (count: number) => {
      await until(() => replies.length >= count);
      await settle(); // one too many would be here by now
      return replies;
    },
  };
}
