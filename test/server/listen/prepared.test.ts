import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ListenError } from '../../../src/server/listen/listen-error.ts';
import { Listeners } from '../../../src/server/listen/listeners.ts';
import { type Prepared, prepareAll } from '../../../src/server/listen/prepared.ts';
import type { SocketGroup } from '../../../src/server/listen/socket-groups.ts';
import { dgramTransport } from '../../../src/server/udp/dgram.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { askBytes } from '../../helpers/ask.ts';
import { freePort } from '../../helpers/free-port.ts';
import { testContext } from '../../helpers/plugin-harness.ts';
import { later, query, ScriptedExchange } from '../scripted-exchange.ts';
import { TcpClient } from '../tcp/tcp-client.ts';
import { settle, until } from '../until.ts';

/** An exchange that answers with its name behind the header. */
const saying = (name: string) =>
  new ScriptedExchange(({ message }, output) =>
    Buffer.concat([message.subarray(0, 12), Buffer.from(name)]).copy(output),
  );

const at = (port: number, address = '127.0.0.1') => [{ address, port }];

const holders: Server[] = [];
let sockets: Listeners;

beforeEach(() => {
  const { log, metrics } = testContext();
  sockets = new Listeners({
    log,
    metrics,
    clock: systemClock,
    datagrams: dgramTransport({ log, metrics, now: () => systemClock.now() }),
  });
});

afterEach(async () => {
  await sockets.stop({ graceMs: 0 });
  for (const holder of holders.splice(0)) holder.close();
});

async function serve(groups: readonly SocketGroup[]): Promise<void> {
  const opened = await sockets.prepare(groups);
  opened.commit();
  await opened.closeOld(0);
}

/** Who answers at the first address. */
async function speaker(transport: 'udp' | 'tcp', address = sockets.addresses[0]!): Promise<string> {
  return (await askBytes(address, query(7), transport)).subarray(12).toString();
}

/** A port that is held over TCP. */
async function takenPort(): Promise<number> {
  const port = freePort();
  const holder = createServer().listen(port, '127.0.0.1');
  await once(holder, 'listening');
  holders.push(holder);
  return port;
}

describe('Listeners with another configuration', () => {
  test('put another exchange behind the same sockets', async () => {
    await serve([{ listen: at(0), exchange: saying('old') }]);
    const before = sockets.addresses;
    expect([await speaker('udp'), await speaker('tcp')]).toEqual(['old', 'old']);
    await serve([{ listen: at(0), exchange: saying('new') }]);
    expect(sockets.addresses).toEqual(before);
    expect([await speaker('udp'), await speaker('tcp')]).toEqual(['new', 'new']);
  });

  test('change nothing until it is committed', async () => {
    await serve([{ listen: at(0), exchange: saying('old') }]);
    const before = sockets.addresses;
    const port = freePort();
    const groups = [
      { listen: at(0), exchange: saying('new') },
      { listen: at(port), exchange: saying('new') },
    ];
    const opened = await sockets.prepare(groups);
    expect([sockets.addresses, await speaker('udp')]).toEqual([before, 'old']);
    opened.commit();
    expect(sockets.addresses).toEqual([...before, { address: '127.0.0.1', port }]);
    expect(await speaker('udp')).toBe('new');
  });

  test('close again what was opened for one that is aborted', async () => {
    await serve([{ listen: at(0), exchange: saying('old') }]);
    const port = freePort();
    const opened = await sockets.prepare([{ listen: at(port), exchange: saying('new') }]);
    await opened.abort();
    expect(await speaker('udp')).toBe('old');
    await expect(askBytes({ address: '127.0.0.1', port }, query(7), 'tcp')).rejects.toThrow();
  });

  test('let the exchange before finish what it was asked', async () => {
    const slow = new ScriptedExchange(later);
    await serve([{ listen: at(0), exchange: slow }]);
    const replies = (['udp', 'tcp'] as const).map((transport) =>
      askBytes(sockets.addresses[0]!, query(7), transport),
    );
    await until(() => slow.taken.length === 2);
    await serve([{ listen: at(0), exchange: saying('new') }]);
    slow.replyTo(0, 'late');
    slow.replyTo(1, 'late');
    const texts = (await Promise.all(replies)).map((reply) => reply.subarray(12).toString());
    expect(texts).toEqual(['late', 'late']);
  });

  test('keep TCP connections, idle ones and those with a question under way', async () => {
    const slow = new ScriptedExchange(later);
    await serve([{ listen: at(0), exchange: slow }]);
    const { port } = sockets.addresses[0]!;
    const [idle, busy] = [await TcpClient.connect(port), await TcpClient.connect(port)];
    busy.send(query(1));
    await until(() => slow.taken.length === 1);
    await serve([{ listen: at(0), exchange: saying('new') }]);
    idle.send(query(2));
    busy.send(query(3));
    await idle.received(1);
    await busy.received(1);
    slow.replyTo(0, 'late');
    await busy.received(2);
    const said = [...idle.messages, ...busy.messages].map((one) => one.subarray(12).toString());
    expect(said).toEqual(['new', 'new', 'late']);
    expect([idle.ended, busy.ended]).toEqual([false, false]);
    for (const { socket } of [idle, busy]) socket.destroy();
  });

  test('open what is new and close what is not wanted any more', async () => {
    await serve([{ listen: at(0), exchange: saying('one') }]);
    const [first] = sockets.addresses;
    const port = freePort();
    await serve([{ listen: at(port), exchange: saying('two') }]);
    expect(sockets.addresses).toEqual([{ address: '127.0.0.1', port }]);
    expect(await speaker('udp')).toBe('two');
    await expect(askBytes(first!, query(7), 'tcp')).rejects.toThrow();
  });

  test('keep the socket of an address when others of its port come or go', async () => {
    const port = freePort();
    const both = [...at(port), ...at(port, '127.0.0.2')];
    await serve([{ listen: at(port), exchange: saying('one') }]);
    const client = await TcpClient.connect(port);
    await serve([{ listen: both, exchange: saying('two') }]);
    expect(sockets.addresses).toEqual(both);
    expect(await speaker('udp', both[1])).toBe('two');
    await serve([{ listen: at(port), exchange: saying('three') }]);
    expect(sockets.addresses).toEqual(at(port));
    client.send(query(1));
    const [reply] = await client.received(1);
    expect(reply?.subarray(12).toString()).toBe('three');
    client.socket.destroy();
  });

  test('give the replies that are due on closed sockets their time', async () => {
    const slow = new ScriptedExchange(later);
    await serve([{ listen: at(0), exchange: slow }]);
    const replies = (['udp', 'tcp'] as const).map((transport) =>
      askBytes(sockets.addresses[0]!, query(7), transport),
    );
    await until(() => slow.taken.length === 2);
    const opened = await sockets.prepare([{ listen: at(freePort()), exchange: saying('new') }]);
    opened.commit();
    const closed = opened.closeOld(5000);
    await settle();
    slow.replyTo(0, 'late');
    slow.replyTo(1, 'late');
    expect((await Promise.all(replies)).map((reply) => reply.subarray(12).toString())).toEqual([
      'late',
      'late',
    ]);
    await closed;
  });

  test('leave everything as it was when a port is taken', async () => {
    await serve([{ listen: at(0), exchange: saying('old') }]);
    const before = sockets.addresses;
    const [port, free] = [await takenPort(), freePort()];
    const wanted = [
      { listen: at(0), exchange: saying('new') },
      { listen: at(free), exchange: saying('new') },
      { listen: at(port), exchange: saying('new') },
    ];
    await expect(sockets.prepare(wanted)).rejects.toThrow(ListenError);
    expect(sockets.addresses).toEqual(before);
    expect([await speaker('udp'), await speaker('tcp')]).toEqual(['old', 'old']);
    // What had been opened for it is free again.
    const again = { address: '127.0.0.1', port: free };
    await expect(askBytes(again, query(7), 'tcp')).rejects.toThrow();
  });

  test('close everything with stop()', async () => {
    await serve([{ listen: at(0), exchange: saying('one') }]);
    const [first] = sockets.addresses;
    await sockets.stop({ graceMs: 0 });
    expect(sockets.addresses).toEqual([]);
    await expect(askBytes(first!, query(7), 'tcp')).rejects.toThrow();
  });
});

describe('prepareAll()', () => {
  const steps: string[] = [];
  const prepared = (name: string) => async (): Promise<Prepared> => {
    steps.push(`prepare ${name}`);
    return {
      commit: () => void steps.push(`commit ${name}`),
      closeOld: async (graceMs) => void steps.push(`close old ${name} within ${graceMs}`),
      abort: async () => void steps.push(`abort ${name}`),
    };
  };

  beforeEach(() => {
    steps.length = 0;
  });

  test('commits all before anything old is closed', async () => {
    const all = await prepareAll([prepared('dns'), prepared('admin')]);
    all.commit();
    await all.closeOld(7);
    expect(steps).toEqual([
      'prepare dns',
      'prepare admin',
      'commit dns',
      'commit admin',
      'close old dns within 7',
      'close old admin within 7',
    ]);
  });

  test('aborts what was prepared before one that cannot be', async () => {
    const failing = () => Promise.reject(new Error('taken'));
    const all = prepareAll([prepared('dns'), prepared('admin'), failing, prepared('never')]);
    await expect(all).rejects.toThrow('taken');
    expect(steps).toEqual(['prepare dns', 'prepare admin', 'abort admin', 'abort dns']);
  });
});
