import net from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { echo, idOf, later, query, ScriptedExchange, throwing } from '../scripted-exchange.ts';
import { settle, until } from '../until.ts';
import { framed } from './tcp-client.ts';
import { serving, stopsGrowing } from './tcp-world.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('TCP', () => {
  test.for(['127.0.0.1', '127.0.0.2', '::1'])('answers on %s', async (address) => {
    const server = await serving({ address });
    const client = await server.connect();
    client.send(query(7, 'hello'));
    expect(await client.received(1)).toEqual([query(7, 'hello')]);
  });

  test('answers a query however it was split on the way', async () => {
    const server = await serving();
    const client = await server.connect();
    for (const byte of framed(query(7, 'hello'))) {
      client.sendRaw(Buffer.from([byte]));
      await settle();
    }
    expect(await client.received(1)).toEqual([query(7, 'hello')]);
  });

  test('answers the queries of one read in one write', async () => {
    const server = await serving();
    const client = await server.connect();
    const write = vi.spyOn(net.Socket.prototype, 'write');
    client.socket.cork();
    client.send(query(1), query(2), query(3));
    client.socket.uncork();
    expect((await client.received(3)).map(idOf)).toEqual([1, 2, 3]);
    const writes = write.mock.contexts.filter((socket) => socket !== client.socket);
    expect(writes.length).toBe(1);
  });

  test('sends replies that come later in the order they come', async () => {
    const exchange = new ScriptedExchange(({ message }, output) =>
      idOf(message) === 3 ? message.copy(output) : later(),
    );
    const server = await serving({ exchange });
    const client = await server.connect();
    client.send(query(1), query(2), query(3));
    await client.received(1);
    exchange.replyTo(1);
    await client.received(2);
    exchange.replyTo(0);
    expect((await client.received(3)).map(idOf)).toEqual([3, 2, 1]);
  });

  test('sends replies that come later, in one turn, in one write', async () => {
    const exchange = new ScriptedExchange(later);
    const server = await serving({ exchange });
    const client = await server.connect();
    client.send(query(1), query(2), query(3));
    await until(() => exchange.taken.length === 3);
    const write = vi.spyOn(net.Socket.prototype, 'write');
    for (const place of [2, 0, 1]) exchange.replyTo(place);
    expect((await client.received(3)).map(idOf)).toEqual([3, 1, 2]);
    expect(write).toHaveBeenCalledTimes(1);
  });

  test('ignores a second reply to one query', async () => {
    const exchange = new ScriptedExchange(later);
    const server = await serving({ exchange });
    const client = await server.connect();
    client.send(query(1));
    await until(() => exchange.taken.length === 1);
    exchange.replyTo(0);
    exchange.replyTo(0);
    exchange.script = echo;
    client.send(query(2));
    expect((await client.received(2)).map(idOf)).toEqual([1, 2]);
  });

  test('takes a reply that is given before the exchange has returned', async () => {
    const exchange = new ScriptedExchange(({ message, peer, sink }) => {
      sink.reply(message, peer);
      return later();
    });
    const server = await serving({ exchange });
    const client = await server.connect();
    client.send(query(1), query(2));
    expect((await client.received(2)).map(idOf)).toEqual([1, 2]);
    expect(server.connections.pending).toBe(0);
  });

  test('an empty reply gives the place of its query back and sends nothing', async () => {
    const exchange = new ScriptedExchange(later);
    const server = await serving({ exchange });
    const client = await server.connect();
    client.send(query(1));
    await until(() => server.connections.pending === 1);
    exchange.taken[0]!.sink.reply(Buffer.alloc(0), exchange.taken[0]!.peer);
    expect(server.connections.pending).toBe(0);
    client.socket.end();
    await client.gone();
    expect(client.messages).toEqual([]);
  });

  test.for([0, 1, 11])('passes over garbage of %d bytes and answers what follows', async (size) => {
    const server = await serving();
    const client = await server.connect();
    client.send(Buffer.alloc(size), query(7));
    expect((await client.received(1)).map(idOf)).toEqual([7]);
    expect(await server.metrics.text()).toContain('rejected_total{reason="short"} 1');
  });

  test('gives the exchange a query of 4,096 bytes whole and of a longer one the header', async () => {
    const server = await serving();
    const client = await server.connect();
    client.send(
      query(1, 'x'.repeat(4084)),
      query(2, 'x'.repeat(4085)),
      query(3, 'x'.repeat(65_523)),
    );
    await client.received(3);
    expect(server.exchange.taken.map(({ message }) => message.length)).toEqual([4096, 12, 12]);
  });

  test('sends a reply of 65,535 bytes', async () => {
    const exchange = new ScriptedExchange((_, output) => output.fill(7).length);
    const server = await serving({ exchange });
    const client = await server.connect();
    client.send(query(1));
    expect((await client.received(1))[0]?.equals(Buffer.alloc(65_535, 7))).toBe(true);
  });

  test('answers SERVFAIL when the exchange throws, and goes on with the connection', async () => {
    const exchange = new ScriptedExchange((taken, output) =>
      idOf(taken.message) === 1 ? throwing() : echo(taken, output),
    );
    const server = await serving({ exchange });
    const client = await server.connect();
    client.send(query(1), query(2));
    const [first, second] = await client.received(2);
    expect(first?.toString('hex')).toBe('000181020000000000000000');
    expect(second).toEqual(query(2));
  });

  test('sends every pending reply after the client has ended its side, then ends too', async () => {
    const exchange = new ScriptedExchange(later);
    const server = await serving({ exchange });
    const client = await server.connect();
    client.send(query(1), query(2));
    client.socket.end();
    await until(() => server.connections.pending === 2);
    await settle();
    expect(client.ended).toBe(false);
    exchange.replyTo(1);
    exchange.replyTo(0);
    await client.gone();
    expect(client.messages.map(idOf)).toEqual([2, 1]);
    await until(() => server.connections.size === 0);
  });

  test.for([200, 1000, 5000])(
    'answers all of %i queries sent in one go before the client ended its side',
    async (queries) => {
      const server = await serving();
      const client = await server.connect();
      client.socket.cork();
      for (let id = 1; id <= queries; id++) client.send(query(id));
      client.socket.end();
      await client.gone();
      expect(client.messages.map(idOf)).toEqual(Array.from({ length: queries }, (_, i) => i + 1));
    },
  );

  test('drops a reply to a client that has gone', async () => {
    const exchange = new ScriptedExchange(later);
    const server = await serving({ exchange });
    const client = await server.connect();
    client.send(query(1));
    await until(() => server.connections.pending === 1);
    client.socket.resetAndDestroy();
    await until(() => server.connections.size === 0);
    exchange.replyTo(0);
    expect(await server.metrics.text()).toContain('svcdns_tcp_replies_dropped_total 1');
  });
});

describe('TCP deadlines', () => {
  test.for([
    ['sends nothing', 2000, 'first_byte', []],
    ['sends one byte', 5000, 'message', [Buffer.from([0])]],
    ['sends a query but its last byte', 5000, 'message', [framed(query(1)).subarray(0, -1)]],
    ['sends empty messages only', 10_000, 'idle', [Buffer.alloc(10)]],
  ] as const)('a client that %s is closed after %d ms', async ([, ms, reason, bytes]) => {
    const server = await serving();
    const client = await server.connect();
    for (const some of bytes) client.sendRaw(some);
    await settle();
    server.clock.advance(ms - 1);
    await settle();
    expect(server.connections.size).toBe(1);
    server.clock.advance(101);
    await client.gone();
    expect(await server.metrics.text()).toContain(`closed_total{reason="${reason}"} 1`);
  });

  test('a client that sends one byte a second is closed 5 s after the first', async () => {
    const server = await serving();
    const client = await server.connect();
    for (const byte of framed(query(1)).subarray(0, 5)) {
      client.sendRaw(Buffer.from([byte]));
      await settle();
      server.clock.advance(1000);
    }
    server.clock.advance(100);
    await client.gone();
    expect(await server.metrics.text()).toContain('closed_total{reason="message"} 1');
  });

  test('a connection is kept 10 s after its last query', async () => {
    const server = await serving();
    const client = await server.connect();
    for (const id of [1, 2, 3]) {
      client.send(query(id));
      await client.received(id);
      await settle();
      server.clock.advance(9900);
    }
    expect(server.connections.size).toBe(1);
    server.clock.advance(200);
    await client.gone();
    expect(await server.metrics.text()).toContain('closed_total{reason="idle"} 1');
  });

  test('a connection that waits for an answer is not idle, but does not wait for ever', async () => {
    const server = await serving({ exchange: new ScriptedExchange(later) });
    const client = await server.connect();
    client.send(query(1));
    await until(() => server.connections.pending === 1);
    server.clock.advance(29_000);
    expect(server.connections.size).toBe(1);
    server.clock.advance(1100);
    await client.gone();
    expect(await server.metrics.text()).toContain('closed_total{reason="unanswered"} 1');
  });

  test('no timer is left when the last connection has gone', async () => {
    const server = await serving();
    const client = await server.connect();
    expect(server.clock.timers).toBe(1);
    client.socket.destroy();
    await until(() => server.connections.size === 0);
    server.clock.advance(100);
    expect(server.clock.timers).toBe(0);
  });
});

describe('TCP limits of the exchange', () => {
  test.for([
    ['first_byte', { tcpFirstByteMs: 7000 }, [], 7000],
    ['message', { tcpMessageMs: 20_000 }, [Buffer.from([0])], 20_000],
    ['idle', { tcpIdleMs: 60_000 }, [framed(query(1))], 60_000],
  ] as const)('%s: hold instead of the server’s', async ([reason, tcpLimits, sent, ms]) => {
    const exchange = new ScriptedExchange();
    exchange.tcpLimits = tcpLimits;
    const server = await serving({ exchange });
    const client = await server.connect();
    for (const bytes of sent) client.sendRaw(Buffer.from(bytes));
    if (reason === 'idle') await client.received(1);
    await settle();
    server.clock.advance(ms - 100);
    expect(server.connections.size).toBe(1);
    server.clock.advance(200);
    await client.gone();
    expect(await server.metrics.text()).toContain(`closed_total{reason="${reason}"} 1`);
  });

  test('stalled: closes a client that does not read when its exchange says so', async () => {
    const exchange = new ScriptedExchange((_, output) => output.fill(7).length);
    exchange.tcpLimits = { tcpStallMs: 1000 };
    const server = await serving({ exchange });
    const client = await server.connect();
    client.socket.pause();
    client.send(...Array.from({ length: 5000 }, (_, i) => query(i)));
    await until(() => exchange.taken.length > 0);
    await stopsGrowing(() => exchange.taken.length);
    server.clock.advance(900);
    expect(server.connections.size).toBe(1);
    server.clock.advance(200);
    expect(server.connections.size).toBe(0);
  });

  test('change for connections that are open, with the exchange’s', async () => {
    const exchange = new ScriptedExchange();
    const server = await serving({ exchange });
    const client = await server.connect();
    client.send(query(1));
    await client.received(1);
    await settle();
    exchange.tcpLimits = { tcpIdleMs: 1000 };
    server.clock.advance(1100);
    await client.gone();
    expect(await server.metrics.text()).toContain('closed_total{reason="idle"} 1');
  });

  test('a first query must be whole in time, counted from when the client connected', async () => {
    const exchange = new ScriptedExchange();
    exchange.tcpLimits = { tcpFirstByteMs: 3000, tcpMessageMs: 3000 };
    const server = await serving({ exchange });
    const client = await server.connect();
    server.clock.advance(2500);
    client.sendRaw(Buffer.from([0, 40, 1]));
    await settle();
    server.clock.advance(600);
    await client.gone();
    expect(await server.metrics.text()).toContain('closed_total{reason="message"} 1');
  });

  test('queries: the last reply that is due is sent, and nothing more is answered', async () => {
    const exchange = new ScriptedExchange(later);
    exchange.tcpLimits = { tcpQueries: 2 };
    const server = await serving({ exchange });
    const client = await server.connect();
    client.send(query(1), query(2), query(3));
    await until(() => exchange.taken.length === 2);
    client.send(query(4));
    exchange.replyTo(1);
    await client.received(1);
    exchange.replyTo(0);
    await client.gone();
    expect(client.messages.map(idOf)).toEqual([2, 1]);
    expect(exchange.taken.length).toBe(2);
    expect(await server.metrics.text()).toContain('closed_total{reason="queries"} 1');
  });
});

describe('TCP caps', () => {
  test('stops reading at 64 unanswered queries and goes on as replies go out', async () => {
    const exchange = new ScriptedExchange(later);
    const server = await serving({ exchange });
    const client = await server.connect();
    client.send(...Array.from({ length: 200 }, (_, i) => query(i)));
    await until(() => server.connections.pending === 64);
    await settle();
    expect(exchange.taken.length).toBe(64);
    for (let i = 0; i < 200; i++) {
      await until(() => exchange.taken.length > i);
      exchange.replyTo(i);
    }
    const ids = (await client.received(200)).map(idOf);
    expect(ids).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });

  test('takes no more queries from a client that does not read, and closes it after 5 s', async () => {
    const exchange = new ScriptedExchange((_, output) => output.fill(7).length);
    const server = await serving({ exchange });
    const client = await server.connect();
    client.socket.pause();
    client.send(...Array.from({ length: 5000 }, (_, i) => query(i)));
    await until(() => exchange.taken.length > 0);
    await stopsGrowing(() => exchange.taken.length);
    // What the kernel's socket buffers took, and a little: nothing like 5,000 times 64 KiB.
    expect(exchange.taken.length).toBeLessThan(500);
    server.clock.advance(4900);
    expect(server.connections.size).toBe(1);
    server.clock.advance(200);
    expect(server.connections.size).toBe(0);
    expect(await server.metrics.text()).toContain('closed_total{reason="stalled"} 1');
  });

  test('closes a connection on which more than 256 KiB of late replies pile up', async () => {
    const exchange = new ScriptedExchange(later);
    const server = await serving({ exchange, limits: { tcpInFlight: 1000 } });
    const client = await server.connect();
    client.socket.pause();
    client.send(...Array.from({ length: 1000 }, (_, i) => query(i)));
    await until(() => exchange.taken.length === 1000);
    for (let i = 0; i < 1000; i++) exchange.replyTo(i, 'x'.repeat(65_000));
    expect(server.connections.size).toBe(0);
    expect(await server.metrics.text()).toContain('closed_total{reason="backlog"} 1');
  });

  test('a client that pipelines thousands of queries leaves others their turn', async () => {
    const exchange = new ScriptedExchange();
    const server = await serving({ exchange });
    const [greedy, modest] = [await server.connect(), await server.connect()];
    greedy.send(...Array.from({ length: 4000 }, () => query(1)));
    await until(() => exchange.taken.length > 0);
    modest.send(query(2));
    await modest.received(1);
    const before = exchange.taken.findIndex(({ message }) => idOf(message) === 2);
    expect(before).toBeLessThan(4000);
    expect((await greedy.received(4000)).length).toBe(4000);
  });

  test('gives a new client the place of the connection that was idle the longest', async () => {
    const server = await serving({ limits: { tcpConnections: 3 } });
    const clients = [await server.connect(), await server.connect(), await server.connect()];
    for (const i of [1, 0, 2]) {
      server.clock.advance(10);
      clients[i]!.send(query(i));
      await clients[i]!.received(1);
      await settle();
    }
    const late = await server.connect();
    await clients[1]!.gone();
    late.send(query(9));
    expect((await late.received(1)).map(idOf)).toEqual([9]);
    expect(clients.map(({ ended, closed }) => ended || closed)).toEqual([false, true, false]);
    expect(await server.metrics.text()).toContain('closed_total{reason="evicted"} 1');
  });

  test('refuses a new client when every connection waits for an answer', async () => {
    const server = await serving({
      exchange: new ScriptedExchange(later),
      limits: { tcpConnections: 2 },
    });
    for (const id of [1, 2]) (await server.connect()).send(query(id));
    await until(() => server.connections.pending === 2);
    const late = await server.connect();
    await late.gone();
    expect(server.connections.size).toBe(2);
    expect(await server.metrics.text()).toContain('closed_total{reason="refused"} 1');
  });

  test('a client over its own cap loses its own idle connection, not another client’s', async () => {
    const server = await serving({ limits: { tcpConnections: 10, tcpConnectionsPerClient: 2 } });
    const other = await server.connect('127.0.0.9');
    const mine = [await server.connect(), await server.connect(), await server.connect()];
    await mine[0]!.gone();
    expect(mine.map(({ ended, closed }) => ended || closed)).toEqual([true, false, false]);
    other.send(query(1));
    expect((await other.received(1)).length).toBe(1);
  });

  test('idle connections are closed sooner when most places are taken', async () => {
    const server = await serving({ limits: { tcpConnections: 10 } });
    const clients = await Promise.all(Array.from({ length: 10 }, () => server.connect()));
    for (const client of clients) {
      client.send(query(1));
      await client.received(1);
    }
    await settle();
    server.clock.advance(300);
    await settle();
    expect(server.connections.size).toBe(8); // 80 %: the next step keeps them 500 ms
    server.clock.advance(200);
    expect(server.connections.size).toBe(6); // 60 %: 2.5 s
    server.clock.advance(2000);
    expect(server.connections.size).toBe(5); // half: 10 s
  });
});

describe('TCP shutdown', () => {
  test('finish closes idle connections at once and the others after their replies', async () => {
    const exchange = new ScriptedExchange(later);
    const server = await serving({ exchange });
    const [idle, busy] = [await server.connect(), await server.connect()];
    busy.send(query(1));
    await until(() => server.connections.pending === 1);
    server.connections.finish(server.guarded);
    await idle.gone();
    expect(busy.ended).toBe(false);
    exchange.replyTo(0);
    await busy.gone();
    expect(busy.messages).toEqual([query(1, 'late')]);
    await until(() => server.connections.size === 0);
    expect(await server.metrics.text()).toContain('closed_total{reason="shutdown"} 2');
  });

  test('finish that awaits a first query answers one of each who has only just connected', async () => {
    const server = await serving({ exchange: new ScriptedExchange() });
    const [asked, fresh] = [await server.connect(), await server.connect()];
    asked.send(query(1));
    await until(() => asked.messages.length === 1);
    server.connections.finish(server.guarded, true);
    await until(() => server.connections.size === 1);
    await asked.gone();
    fresh.send(query(2));
    await fresh.gone();
    expect(fresh.messages).toEqual([query(2)]);
    await until(() => server.connections.size === 0);
  });

  test('close cuts every connection', async () => {
    const server = await serving({ exchange: new ScriptedExchange(later) });
    const client = await server.connect();
    client.send(query(1));
    await until(() => server.connections.pending === 1);
    server.connections.close(server.guarded);
    await client.gone();
    expect([server.connections.size, server.clock.timers]).toEqual([0, 0]);
  });
});
