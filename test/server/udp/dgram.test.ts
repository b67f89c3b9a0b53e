import dgram from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { createLoggerTo } from '../../../src/observe/log.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import type { Exchange } from '../../../src/server/exchange.ts';
import { UDP_SEND_QUEUE_BYTES } from '../../../src/server/limits.ts';
import { GuardedExchange } from '../../../src/server/listen/guarded-exchange.ts';
import { type UdpContext, UdpListener } from '../../../src/server/udp/dgram.ts';
import { echo, idOf, later, query, ScriptedExchange, throwing } from '../scripted-exchange.ts';
import { settle, until } from '../until.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

describe('UdpListener', () => {
  test.for(['127.0.0.1', '127.0.0.2', '::1'])(
    'answers from %s, the address asked',
    async (address) => {
      const { port } = await listening(address, new ScriptedExchange());
      const client = await udpClient(address);
      client.ask(query(7, 'hello'), port, address);
      const [reply] = await client.received(1);
      expect(reply).toEqual({ message: query(7, 'hello'), address, port });
    },
  );

  test('gives every client its own reply, through one buffer', async () => {
    const { port } = await listening('127.0.0.1', new ScriptedExchange());
    const clients = await Promise.all([1, 2, 3].map(() => udpClient('127.0.0.1')));
    for (let i = 0; i < 50; i++) {
      for (const [c, client] of clients.entries()) {
        client.ask(query(i, `client ${c} `.repeat(i)), port, '127.0.0.1');
      }
    }
    for (const [c, client] of clients.entries()) {
      const texts = (await client.received(50)).map(({ message }) =>
        message.toString('latin1', 12),
      );
      expect(texts.sort()).toEqual(
        Array.from({ length: 50 }, (_, i) => `client ${c} `.repeat(i)).sort(),
      );
    }
  });

  test('sends nothing for a length of 0, and answers the next', async () => {
    const exchange = new ScriptedExchange(({ message }, output) =>
      idOf(message) === 1 ? 0 : message.copy(output),
    );
    const { port } = await listening('127.0.0.1', exchange);
    const client = await udpClient('127.0.0.1');
    client.ask(query(1), port, '127.0.0.1');
    client.ask(query(2), port, '127.0.0.1');
    expect((await client.received(1)).map(({ message }) => idOf(message))).toEqual([2]);
  });

  test('sends a reply that comes later to who asked, even when others asked since', async () => {
    const exchange = new ScriptedExchange(later);
    const { listener, port } = await listening('127.0.0.1', exchange);
    const [one, two] = [await udpClient('127.0.0.1'), await udpClient('127.0.0.1')];
    one.ask(query(1), port, '127.0.0.1');
    await until(() => exchange.taken.length === 1);
    two.ask(query(2), port, '127.0.0.1');
    await until(() => exchange.taken.length === 2);
    expect(listener.pending).toBe(2);
    exchange.replyTo(1);
    exchange.replyTo(0);
    expect((await one.received(1))[0]?.message).toEqual(query(1, 'late'));
    expect((await two.received(1))[0]?.message).toEqual(query(2, 'late'));
    expect(listener.pending).toBe(0);
  });

  test('drops and counts a reply that comes after it was closed', async () => {
    const exchange = new ScriptedExchange(later);
    const { listener, port, metrics } = await listening('127.0.0.1', exchange);
    const client = await udpClient('127.0.0.1');
    client.ask(query(1), port, '127.0.0.1');
    await until(() => exchange.taken.length === 1);
    await listener.close();
    exchange.replyTo(0);
    expect(await metrics.text()).toContain('svcdns_udp_replies_dropped_total{reason="closed"} 1');
  });

  test('answers SERVFAIL when the exchange throws, counts it, and lives on', async () => {
    const exchange = new ScriptedExchange(throwing);
    const { port, metrics } = await listening('127.0.0.1', exchange);
    const client = await udpClient('127.0.0.1');
    client.ask(query(0xabcd, 'boom'), port, '127.0.0.1');
    const [reply] = await client.received(1);
    expect(reply?.message.toString('hex')).toBe('abcd81020000000000000000');
    expect(await metrics.text()).toContain('coredns_panics_total 1');
    exchange.script = echo;
    client.ask(query(2), port, '127.0.0.1');
    expect((await client.received(2))[1]?.message).toEqual(query(2));
  });

  test.for([
    ['a response', '123481000001000000000000'],
    ['less than a header', '1234'],
  ] as const)('says nothing to %s when the exchange throws', async ([, hex]) => {
    const exchange = new ScriptedExchange(throwing);
    const { port } = await listening('127.0.0.1', exchange);
    const client = await udpClient('127.0.0.1');
    client.ask(Buffer.from(hex, 'hex'), port, '127.0.0.1');
    client.ask(query(9), port, '127.0.0.1');
    expect((await client.received(1)).map(({ message }) => idOf(message))).toEqual([9]);
  });

  test('start rejects when the port is taken', async () => {
    const { port } = await listening('127.0.0.1', new ScriptedExchange());
    const second = new UdpListener('127.0.0.1', new ScriptedExchange(), context());
    await expect(second.start(port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await second.close();
  });

  test('asks the kernel for a larger receive buffer and tells what it got', async () => {
    const plain = await udpClient('127.0.0.1');
    const { listener } = await listening('127.0.0.1', new ScriptedExchange());
    expect(listener.receiveBufferBytes).toBeGreaterThanOrEqual(plain.socket.getRecvBufferSize());
  });
});

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
    expect(lines.map((line) => JSON.parse(line).leftOut)).toEqual([0, 9]);
  });

  test('survives a reply to a peer that cannot exist, and says which', async () => {
    const { socket, listener, metrics, lines } = await onFakeSocket(new ScriptedExchange(later));
    socket.deliver(query(1), 5353);
    socket.refusal = new RangeError('Port should be > 0 and < 65536');
    listener.reply(query(1), { address: '127.0.0.1', port: 0 });
    expect(await metrics.text()).toContain('svcdns_udp_replies_dropped_total{reason="error"} 1');
    expect(JSON.parse(lines[0]!).to).toEqual({ address: '127.0.0.1', port: 0 });
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
    for (let port = 5000; port < 5100; port++) refuse('EPERM', port);
    refuse('ENETUNREACH', 6000);
    time.ms = 59_999;
    refuse('EPERM', 5100);
    time.ms = 60_000;
    refuse('EPERM', 5101);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
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
  send(bytes: Buffer, port: number, address: string, sent: (error: Error | null) => void): void {
    if (this.refusal !== undefined) throw this.refusal;
    this.callbacks.add(sent);
    if (this.fault !== undefined) sent(sendError(this.fault, address, port));
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
  const lines: string[] = [];
  const time = { ms: 0 };
  const shared = {
    ...context(),
    log: createLoggerTo('info', { write: (line) => void lines.push(line) }),
    now: () => time.ms,
    createSocket: () => socket as unknown as dgram.Socket,
  };
  const listener = new UdpListener('127.0.0.1', guarded(exchange, shared), shared);
  await listener.start(53);
  return { socket, listener, lines, time, metrics: shared.metrics };
}

function context(): UdpContext {
  const log = createLoggerTo('silent', { write: () => {} });
  return { log, metrics: new Metrics(), now: () => 0 };
}

function guarded(exchange: Exchange, { log, metrics, now }: UdpContext): Exchange {
  return new GuardedExchange(exchange, log, metrics.counter('coredns_panics_total'), now);
}

async function listening(address: string, exchange: Exchange) {
  const shared = context();
  const listener = new UdpListener(address, guarded(exchange, shared), shared);
  const port = await listener.start(0);
  cleanups.push(() => listener.close());
  return { listener, port, metrics: shared.metrics };
}

async function udpClient(address: string) {
  const socket = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const replies: { message: Buffer; address: string; port: number }[] = [];
  socket.on('message', (message, from) => {
    replies.push({ message, address: from.address, port: from.port });
  });
  socket.bind(0, address.includes(':') ? '::1' : '127.0.0.1');
  await once(socket, 'listening');
  cleanups.push(() => socket.close());
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
