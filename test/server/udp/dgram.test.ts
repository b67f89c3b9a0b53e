import type dgram from 'node:dgram';
import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { Exchange } from '../../../src/server/exchange.ts';
import { UDP_SEND_QUEUE_BYTES } from '../../../src/server/limits.ts';
import { UdpListener } from '../../../src/server/udp/dgram.ts';
import { idOf, later, query, ScriptedExchange } from '../scripted-exchange.ts';
import { guarded, udpContext } from './udp-world.ts';

describe('UdpListener on a socket of the test', () => {
  test.for([0, 7, 13, 17, 19, 37, 464])('ignores a query from port %d', async (port) => {
    const exchange = new ScriptedExchange();
    const { socket, metrics } = await onFakeSocket(exchange);
    socket.deliver(query(1), port);
    socket.deliver(query(2), 1024);
    expect(exchange.taken.map(({ message }) => idOf(message))).toEqual([2]);
    expect(await metrics.text()).toContain('svcdns_udp_ignored_total{reason="source_port"} 1');
  });

  test('never writes into a reply that the kernel has not taken yet', async () => {
    const { socket } = await onFakeSocket(new ScriptedExchange());
    socket.isFull = true;
    for (let i = 1; i <= 5; i++) socket.deliver(query(i), 5353);
    socket.drain();
    for (let i = 6; i <= 9; i++) socket.deliver(query(i), 5353);
    expect(socket.sent.map(idOf)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('drops and counts replies over the cap of the send queue, and sends again below', async () => {
    const { socket, metrics } = await onFakeSocket(new ScriptedExchange());
    socket.isFull = true;
    socket.deliver(query(1), 5353);
    socket.waitingBytes = UDP_SEND_QUEUE_BYTES;
    socket.deliver(query(2), 5353);
    socket.deliver(query(3), 5353);
    expect(await metrics.text()).toContain(
      'svcdns_udp_replies_dropped_total{reason="send_queue"} 2',
    );
    socket.drain();
    socket.deliver(query(4), 5353);
    expect(socket.sent.map(idOf)).toEqual([1, 4]);
  });

  test('counts every error of the socket and logs one a second', async () => {
    const { socket, metrics, lines, time } = await onFakeSocket(new ScriptedExchange());
    for (let i = 0; i < 10; i++) socket.emit('error', new Error('ENETDOWN'));
    time.ms = 1000;
    socket.emit('error', new Error('ENETDOWN'));
    expect(await metrics.text()).toContain('svcdns_udp_socket_errors_total 11');
    expect(lines.map(({ leftOut }) => leftOut)).toEqual([0, 9]);
  });

  test('survives a reply to a peer that cannot exist, and says which', async () => {
    const { socket, listener, metrics, lines } = await onFakeSocket(new ScriptedExchange(later));
    socket.deliver(query(1), 5353);
    socket.refusal = new RangeError('Port should be > 0 and < 65536');
    listener.reply(query(1), { address: '127.0.0.1', port: 0 });
    expect(await metrics.text()).toContain('svcdns_udp_replies_dropped_total{reason="error"} 1');
    expect(lines[0]?.['to']).toEqual({ address: '127.0.0.1', port: 0 });
  });

  test.for([
    ['EPERM', 'EPERM'],
    ['ENETUNREACH', 'ENETUNREACH'],
    ['EHOSTUNREACH', 'EHOSTUNREACH'],
    ['ENOBUFS', 'ENOBUFS'],
    ['EMSGSIZE', 'EMSGSIZE'],
    ['EIO', 'error'],
  ] as const)('counts a reply that the kernel refuses with %s as %s', async ([code, reason]) => {
    const { socket, metrics } = await onFakeSocket(new ScriptedExchange());
    socket.fault = code;
    socket.deliver(query(1), 5353);
    socket.fault = undefined;
    socket.deliver(query(2), 5353);
    expect(await metrics.text()).toContain(
      `svcdns_udp_replies_dropped_total{reason="${reason}"} 1\n`,
    );
    expect(socket.sent.map(idOf)).toEqual([2]);
  });

  test('tells of each reason once a minute, with one peer for an example', async () => {
    const { socket, metrics, lines, time } = await onFakeSocket(new ScriptedExchange());
    const refuse = (code: string, port: number) => {
      socket.fault = code;
      socket.deliver(query(1), port);
    };
    for (let port = 5000; port < 5100; port++) {
      refuse('EPERM', port);
      time.ms++;
    }
    refuse('ENETUNREACH', 6000);
    time.ms = 59_999;
    refuse('EPERM', 5100);
    time.ms = 60_000;
    refuse('EPERM', 5101);
    expect(lines).toMatchObject([
      { reason: 'EPERM', to: { address: '127.0.0.1', port: 5000 }, leftOut: 0 },
      { reason: 'ENETUNREACH', to: { address: '127.0.0.1', port: 6000 }, leftOut: 0 },
      { reason: 'EPERM', to: { address: '127.0.0.1', port: 5101 }, leftOut: 100 },
    ]);
    expect(await metrics.text()).toContain('{reason="EPERM"} 102');
  });

  test('gives all replies the same callback', async () => {
    const { socket } = await onFakeSocket(new ScriptedExchange());
    for (let i = 1; i <= 3; i++) socket.deliver(query(i), 5353);
    expect(socket.callbacks.size).toBe(1);
  });

  test('asks about some of many replies only, until the kernel refuses one of those', async () => {
    const { socket, metrics, time } = await onFakeSocket(new ScriptedExchange());
    const answer = (queries: number) => {
      for (let i = 0; i < queries; i++) {
        socket.deliver(query(1), 5353);
        time.ms += 0.05;
      }
    };
    answer(1000);
    expect(socket.asked).toBeLessThan(200);
    socket.fault = 'EPERM';
    answer(116);
    expect(await metrics.text()).toMatch(
      /svcdns_udp_replies_dropped_total\{reason="EPERM"\} 1\d\d\n/,
    );
  });

  test('answers what it has read when it is closed', async () => {
    const { socket, listener } = await onFakeSocket(new ScriptedExchange());
    for (let i = 1; i <= 40; i++) socket.deliver(query(i), 5353);
    expect([socket.sent.length, listener.pending]).toEqual([32, 8]);
    await listener.close();
    expect([socket.sent.map(idOf).at(-1), listener.pending]).toEqual([40, 0]);
  });

  test('counts what still waited for the kernel when it was closed', async () => {
    const { socket, listener, metrics, lines } = await onFakeSocket(new ScriptedExchange());
    await listener.close();
    for (const callback of socket.callbacks) callback(null);
    socket.deliver(query(1), 5353);
    for (const callback of socket.callbacks) callback(sendError('ECANCELED', '127.0.0.1', 1));
    expect(await metrics.text()).toContain('svcdns_udp_replies_dropped_total{reason="closed"} 1');
    expect(lines).toEqual([]);
  });
});

/** A socket whose kernel is as full as the test says. */
class FakeSocket extends EventEmitter {
  readonly sent: Buffer[] = [];
  #waiting: Buffer[] = [];
  isFull = false;
  waitingBytes = 0;
  /** Thrown by `send`. */
  refusal: Error | undefined;
  /** What the kernel says to a datagram; Node.js tells the callback, and without one nobody. */
  fault: string | undefined;
  readonly callbacks = new Set<(error: Error | null) => void>();
  /** Sends with a callback. */
  asked = 0;

  bind(_options: unknown, listening: () => void): void {
    listening();
  }
  address() {
    return { port: 53 };
  }
  setRecvBufferSize(): void {}
  getRecvBufferSize(): number {
    return 0;
  }
  send(bytes: Buffer, port: number, address: string, sent?: (error: Error | null) => void): void {
    if (this.refusal !== undefined) throw this.refusal;
    if (sent !== undefined) {
      this.callbacks.add(sent);
      this.asked++;
    }
    if (this.fault !== undefined) sent?.(sendError(this.fault, address, port));
    else if (!this.isFull) this.sent.push(Buffer.from(bytes));
    else this.#waiting.push(bytes); // not a copy: as Node keeps it
  }
  getSendQueueCount(): number {
    return this.#waiting.length;
  }
  getSendQueueSize(): number {
    return this.waitingBytes;
  }
  close(closed: () => void): void {
    closed();
  }
  drain(): void {
    this.isFull = false;
    this.waitingBytes = 0;
    this.sent.push(...this.#waiting.map((bytes) => Buffer.from(bytes)));
    this.#waiting = [];
  }
  deliver(message: Buffer, port: number): void {
    this.emit('message', message, { address: '127.0.0.1', port, family: 'IPv4', size: 0 });
  }
}

function sendError(code: string, address: string, port: number): Error {
  return Object.assign(new Error(`send ${code} ${address}:${port}`), { code, address, port });
}

async function onFakeSocket(exchange: Exchange) {
  const socket = new FakeSocket();
  const context = udpContext();
  const shared = { ...context, createSocket: () => socket as unknown as dgram.Socket };
  const listener = new UdpListener('127.0.0.1', guarded(exchange, shared), shared);
  await listener.start(53);
  return { ...context, socket, listener };
}
