import { once } from 'node:events';
import net from 'node:net';
import { FrameReader, framed, MAX_MESSAGE_BYTES } from '../../src/dns/framing.ts';
import type { ServerAddress } from '../helpers/ask.ts';
import { encodeQuery } from '../helpers/query.ts';
import { WEB } from './server-process.ts';

/** How a client leaves a connection before its query is whole. */
export const MISUSES = ['fin', 'reset', 'half-open', 'drip'] as const;

export type Misuse = (typeof MISUSES)[number];

const QUERY = framed(encodeQuery(WEB, 'A'));

/** Between two bytes of a client that drips; ms. */
const DRIP_MS = 100;

/** Half of what is sent to a connection has a whole query in front of a part of one. */
function bytesOf(number: number): Buffer {
  const part = QUERY.subarray(0, 1 + (number % (QUERY.length - 1)));
  return hasWhole(number) ? Buffer.concat([QUERY, part]) : part;
}

/** Of each kind half. */
function hasWhole(number: number): boolean {
  return Math.floor(number / MISUSES.length) % 2 === 1;
}

/**
 * One connection that is misused; resolves when it is gone, with what went wrong with it, if
 * anything. `number` says where it stops, and which of 60,000 clients it is.
 */
export async function misuse(
  server: ServerAddress,
  kind: Misuse,
  number: number,
): Promise<string | undefined> {
  const localAddress = `127.7.${(number >> 8) % 256}.${1 + (number % 254)}`;
  const options = { host: server.address, port: server.port, localAddress };
  const socket = net.connect({ ...options, allowHalfOpen: true });
  let received = 0;
  socket.on('data', (bytes) => {
    received += bytes.length;
  });
  socket.on('error', () => {}); // a reset is an end like another, so not once(), which rejects
  socket.on('end', () => socket.end());
  const closed = new Promise((resolve) => socket.on('close', resolve));
  const stop = await start(socket, kind, number);
  await closed;
  stop();
  const isDue = hasWhole(number) && kind !== 'reset';
  return isDue && received === 0 ? `${kind} ${number}: no reply to the whole query` : undefined;
}

/** Does it; the function returned ends what goes on by itself. */
async function start(socket: net.Socket, kind: Misuse, number: number): Promise<() => void> {
  const bytes = bytesOf(number);
  switch (kind) {
    case 'fin':
      socket.end(bytes);
      return () => {};
    case 'reset':
      socket.write(bytes, () => socket.resetAndDestroy());
      return () => {};
    case 'half-open': // as a client that lost its power: nothing more comes, not even an end
      socket.write(bytes);
      return () => {};
    case 'drip': {
      let sent = hasWhole(number) ? QUERY.length : 0;
      socket.write(bytes.subarray(0, sent));
      const timer = setInterval(() => {
        if (sent < bytes.length) socket.write(bytes.subarray(sent, ++sent));
      }, DRIP_MS);
      return () => clearInterval(timer);
    }
  }
}

/**
 * Sends so many whole queries in one go and resolves when as many replies have come; rejects when
 * it is cut off.
 */
export async function pipeline(server: ServerAddress, queries: number): Promise<void> {
  const options = { host: server.address, port: server.port, localAddress: '127.8.0.1' };
  const socket = net.connect(options);
  const frames = new FrameReader({ maxBytes: MAX_MESSAGE_BYTES });
  let replies = 0;
  socket.write(Buffer.concat(Array.from({ length: queries }, () => QUERY)));
  for await (const chunk of socket) {
    frames.push(chunk as Buffer);
    while (frames.next() !== undefined) replies++;
    if (replies === queries) break;
  }
  if (replies < queries) throw new Error(`${replies} replies to ${queries} queries`);
}

/** A client that has sent a part of a query and keeps the connection; for the caller to destroy. */
export async function holdPart(server: ServerAddress, number: number): Promise<net.Socket> {
  const socket = net.connect({ host: server.address, port: server.port });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(QUERY.subarray(0, 1 + (number % (QUERY.length - 1))));
  return socket;
}
