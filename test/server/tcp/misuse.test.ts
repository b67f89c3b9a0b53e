import net from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { TcpConnection } from '../../../src/server/tcp/connection.ts';
import { Turns } from '../../../src/server/tcp/turns.ts';
import { echo, idOf, later, query, ScriptedExchange } from '../scripted-exchange.ts';
import { settle, until } from '../until.ts';
import { framed, type TcpClient } from './tcp-client.ts';
import { serving, stopsGrowing } from './tcp-world.ts';

const CLOSED = 'svcdns_tcp_connections_closed_total';

afterEach(() => {
  vi.restoreAllMocks();
});

/** The bytes of a query, but not all. */
const PARTS = [
  ['half a length', 1],
  ['a length', 2],
  ['one byte of a query', 3],
  ['all but the last byte', 13],
] as const;

const ENDS: readonly (readonly [string, string, (client: TcpClient) => unknown])[] = [
  ['a FIN', 'client', ({ socket }) => socket.end()],
  ['a RST', 'error', ({ socket }) => socket.resetAndDestroy()],
];

describe('TCP clients that stop in the middle', () => {
  test.for(PARTS.flatMap((part) => ENDS.map((end) => [...part, ...end] as const)))(
    '%s (%i) and %3$s: the place is free, and nothing was thrown',
    async ([, bytes, , reason, end]) => {
      const server = await serving();
      const client = await server.connect();
      client.sendRaw(framed(query(1)).subarray(0, bytes));
      await settle();
      end(client);
      await until(() => server.connections.size === 0);
      expect(await server.counted(CLOSED)).toEqual([`{reason="${reason}"} 1`]);
      expect(await server.counted('coredns_panics_total ')).toEqual(['0']);
    },
  );

  test.for(PARTS)(
    '%s, whole queries in front: they are answered before the end',
    async ([, bytes]) => {
      const exchange = new ScriptedExchange(later);
      const server = await serving({ exchange });
      const client = await server.connect();
      client.sendRaw(Buffer.concat([framed(query(1)), framed(query(2)).subarray(0, bytes)]));
      client.socket.end();
      await until(() => exchange.taken.length === 1);
      exchange.replyTo(0);
      await client.gone();
      expect(client.messages.map(idOf)).toEqual([1]);
      await until(() => server.connections.size === 0);
    },
  );

  test('many at once that use up a turn: no place stays taken', async () => {
    const server = await serving();
    const clients = await Promise.all(Array.from({ length: 150 }, () => server.connect()));
    const greedy = await server.connect();
    for (const client of clients) client.sendRaw(framed(query(1)).subarray(0, 3));
    await settle();
    greedy.send(...Array.from({ length: 1000 }, () => query(2)));
    for (const client of clients) client.socket.end();
    await until(() => server.connections.size === 1);
    expect((await greedy.received(1000)).length).toBe(1000);
    expect(await server.counted(CLOSED)).toEqual(['{reason="client"} 150']);
  });

  test('finish: one that stands in the middle of a query is closed, replies that are due are sent', async () => {
    const exchange = new ScriptedExchange(later);
    const server = await serving({ exchange });
    const [silent, busy] = [await server.connect(), await server.connect()];
    silent.sendRaw(framed(query(1)).subarray(0, 3));
    busy.sendRaw(Buffer.concat([framed(query(2)), framed(query(3)).subarray(0, 5)]));
    await until(() => server.connections.pending === 1);
    await settle();
    server.connections.finish(server.guarded);
    await silent.gone();
    exchange.replyTo(0);
    await busy.gone();
    expect(busy.messages.map(idOf)).toEqual([2]);
    await until(() => server.connections.size === 0);
    expect(await server.counted(CLOSED)).toEqual(['{reason="shutdown"} 2']);
  });

  test('finish answers what had been read and had to wait for a place, 64 at a time', async () => {
    const exchange = new ScriptedExchange(later);
    const server = await serving({ exchange });
    const client = await server.connect();
    client.send(...Array.from({ length: 200 }, (_, i) => query(i)));
    await until(() => server.connections.pending === 64);
    await settle();
    server.connections.finish(server.guarded);
    for (let i = 0; i < 200; i++) {
      await until(() => exchange.taken.length > i);
      exchange.replyTo(i);
    }
    await client.gone();
    expect(client.messages.map(idOf)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });
});

describe('TCP connections that we do not read', () => {
  test('are closed after a minute, though their client takes a reply now and then', async () => {
    const exchange = new ScriptedExchange(later);
    const server = await serving({ exchange, limits: { tcpInFlight: 1 } });
    const client = await server.connect();
    client.send(...Array.from({ length: 10 }, (_, i) => query(i)));
    for (let i = 0; i < 3; i++) {
      await until(() => exchange.taken.length > i);
      await settle();
      server.clock.advance(19_900);
      expect(server.connections.size).toBe(1);
      exchange.replyTo(i);
      await client.received(i + 1);
    }
    server.clock.advance(500);
    await client.gone();
    expect(await server.counted(CLOSED)).toEqual(['{reason="held"} 1']);
  });

  test('give their place to a new client when nothing has moved for 200 ms and none is idle', async () => {
    const exchange = new ScriptedExchange(later);
    const server = await serving({ exchange, limits: { tcpInFlight: 1, tcpConnections: 2 } });
    const stuck = await server.connect();
    stuck.send(query(1), query(2));
    await until(() => exchange.taken.length === 1);
    server.clock.advance(100);
    const waiting = await server.connect();
    waiting.send(query(3));
    await until(() => exchange.taken.length === 2);
    server.clock.advance(99);
    await (await server.connect()).gone();
    server.clock.advance(1);
    exchange.script = echo;
    const late = await server.connect();
    late.send(query(9));
    expect((await late.received(1)).map(idOf)).toEqual([9]);
    await until(() => stuck.closed || stuck.ended);
    expect(waiting.ended || waiting.closed).toBe(false);
    expect((await server.counted(CLOSED)).sort()).toEqual([
      '{reason="evicted"} 1',
      '{reason="refused"} 1',
    ]);
  });

  test('nor their client their replies: give their place to a new one too', async () => {
    const exchange = new ScriptedExchange((_, output) => output.fill(7).length);
    const server = await serving({ exchange, limits: { tcpConnections: 1 } });
    const client = await server.connect();
    client.socket.pause();
    client.send(...Array.from({ length: 5000 }, (_, i) => query(i)));
    await until(() => exchange.taken.length > 0);
    await stopsGrowing(() => exchange.taken.length);
    server.clock.advance(200);
    exchange.script = echo;
    const late = await server.connect();
    late.send(query(9));
    expect((await late.received(1)).map(idOf)).toEqual([9]);
    expect(await server.counted(CLOSED)).toEqual(['{reason="evicted"} 1']);
  });
});

describe('an error thrown in the turn of a TCP connection', () => {
  const bug = (): never => {
    throw new Error('a bug');
  };

  /** Connects three clients, of which the second has a query under way. */
  async function three() {
    const exchange = new ScriptedExchange(later);
    const server = await serving({ exchange });
    const clients = [await server.connect(), await server.connect(), await server.connect()];
    clients[1]!.send(query(1));
    await until(() => exchange.taken.length === 1);
    return { exchange, server, clients };
  }

  test('closes it, is counted, and leaves the others alone', async () => {
    const { exchange, server, clients } = await three();
    vi.spyOn(net.Socket.prototype, 'write').mockImplementationOnce(bug);
    exchange.replyTo(0);
    await clients[1]!.gone();
    expect(server.connections.size).toBe(2);
    expect(await server.counted(CLOSED)).toEqual(['{reason="panic"} 1']);
    expect(await server.counted('coredns_panics_total')).toEqual(['1']);
    exchange.script = echo;
    clients[2]!.send(query(7));
    expect((await clients[2]!.received(1)).map(idOf)).toEqual([7]);
  });

  test.for(['finish', 'close'] as const)('%s goes on with the others', async (what) => {
    const { server, clients } = await three();
    vi.spyOn(TcpConnection.prototype, what).mockImplementationOnce(bug);
    server.connections[what](server.guarded);
    await clients[0]!.gone();
    await clients[2]!.gone();
    expect(await server.counted(CLOSED)).toContain('{reason="panic"} 1');
    expect(await server.counted('coredns_panics_total')).toEqual(['1']);
  });

  test('deadlines are kept for the others, and go on being kept', async () => {
    const { server, clients } = await three();
    vi.spyOn(TcpConnection.prototype, 'overdue').mockImplementationOnce(bug);
    server.clock.advance(100);
    await clients[0]!.gone();
    expect(server.connections.size).toBe(2);
    server.clock.advance(2000);
    await clients[2]!.gone();
    expect((await server.counted(CLOSED)).sort()).toEqual([
      '{reason="first_byte"} 1',
      '{reason="panic"} 1',
    ]);
  });

  test('a socket that cannot be taken over is closed, and the next is taken', async () => {
    const { server, clients } = await three();
    const socket = new net.Socket();
    vi.spyOn(socket, 'on').mockImplementationOnce(bug);
    const destroy = vi.spyOn(socket, 'destroy');
    Object.defineProperties(socket, {
      remoteAddress: { value: '127.0.0.1' },
      remotePort: { value: 4321 },
    });
    server.connections.admit(socket, server.guarded);
    expect(destroy).toHaveBeenCalled();
    expect(server.connections.size).toBe(clients.length);
    expect(await server.counted('coredns_panics_total')).toEqual(['1']);
  });

  test('in whoever else waits for a turn: the rest of the line gets theirs', () => {
    const tasks: (() => void)[] = [];
    const turns = new Turns(1, (task) => tasks.push(task));
    const resumed: string[] = [];
    turns.take({ resume: () => {} });
    turns.take({ resume: bug });
    turns.take({ resume: () => resumed.push('the other') });
    expect(() => tasks.shift()?.()).toThrow('a bug');
    tasks.shift()?.();
    expect(resumed).toEqual(['the other']);
  });
});
