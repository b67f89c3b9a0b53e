import { expect, onTestFinished, test } from 'vitest';
import type { NameSet } from '../../../src/app/name-set.ts';
import type { FromResolver, ThreadConfiguration } from '../../../src/app/threads/protocol.ts';
import { ResolverWorker } from '../../../src/app/threads/resolver-worker.ts';
import { threadConfiguration } from '../../../src/app/threads/thread-configuration.ts';
import { keyFromText } from '../../../src/dns/name.ts';
import { Query } from '../../../src/dns/query.ts';
import { type Exchange, PENDING } from '../../../src/server/exchange.ts';
import type { DatagramListener } from '../../../src/server/udp/datagrams.ts';
import { packName } from '../../../src/zone/packed-name.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { encodeQuery } from '../../helpers/query.ts';
import { settingsOf } from '../app-world.ts';

const PLACE = { address: '127.0.0.1', port: 5300, group: 0 };
const AT_PLACE = { places: [PLACE], addresses: [PLACE] };

/** A socket that is asked by hand. */
class FakeListener implements DatagramListener {
  readonly exchange: Exchange;
  readonly receiveBufferBytes = 0;
  readonly pending = 0;
  port = 0;
  isClosed = false;

  constructor(exchange: Exchange) {
    this.exchange = exchange;
  }

  async start(port: number): Promise<number> {
    if (port === 1) throw Object.assign(new Error('taken'), { code: 'EADDRINUSE' });
    this.port = port;
    return port;
  }

  takeOver(): void {}
  pause(): void {}
  share(): boolean {
    return false;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  /** The rcode of the reply to a question. */
  ask(name: string): Promise<number> {
    return new Promise((resolve) => {
      const output = Buffer.alloc(512);
      const input = encodeQuery(name, 'A', {});
      const query = Object.assign(new Query(), {
        input,
        length: input.length,
        peer: { address: '127.0.0.1', port: 4000 },
        local: PLACE,
        sink: { reply: (message: Uint8Array) => resolve(message[3]! & 0xf) },
      });
      if (this.exchange.answer(query, output) !== PENDING) resolve(output[3]! & 0xf);
    });
  }
}

function start() {
  const clock = new FakeClock();
  const posted: FromResolver[] = [];
  const listeners: FakeListener[] = [];
  let steps = 0;
  const worker = new ResolverWorker({
    data: {
      thread: 1,
      cookieSeed: new Uint8Array(32),
      logLevel: 'info',
      logFormat: 'json',
      isWatched: true,
    },
    progress: { step: () => steps++ },
    post: (message) => void posted.push(message),
    clock,
    transport: {
      fullTurn: 64,
      datagramsBeside: () => (_address, exchange) => {
        const listener = new FakeListener(exchange);
        listeners.push(listener);
        return listener;
      },
    },
  });
  const last = <Kind extends FromResolver['kind']>(kind: Kind) =>
    posted.findLast((one): one is Extract<FromResolver, { kind: Kind }> => one.kind === kind);
  onTestFinished(async () => {
    worker.receive({ kind: 'stop', graceMs: 0 });
    await settled();
  });
  return { worker, clock, posted, last, listeners, steps: () => steps };
}

/** All that waits for nothing but promises and turns of the event loop is done. */
async function settled(): Promise<void> {
  for (let at = 0; at < 20; at++) await new Promise((resolve) => setImmediate(resolve));
}

/** What a Corefile comes to, with the one set of names it may have as number 1. */
function configurationOf(corefile: string): ThreadConfiguration {
  const settings = settingsOf(corefile);
  const names = { setOf: () => undefined as unknown as NameSet };
  const sent = threadConfiguration({ settings, names } as never, () => 1);
  return structuredClone({ ...sent, outgoing: 10, addresses: [PLACE] });
}

const WHOAMI = '.:5300 {\nbind 127.0.0.1\nwhoami\n}\n';
const CLUSTER = '.:5300 {\nbind 127.0.0.1\nkubernetes cluster.local {\nmanifests /zones\n}\n}\n';
const WEB = 'web.shop.svc.cluster.local.';

test('ResolverWorker answers from what it has prepared, once it is told to', async () => {
  const { worker, last, listeners } = start();
  worker.receive({ kind: 'prepare', id: 1, configuration: configurationOf(WHOAMI) });
  await settled();
  expect(last('prepared')).toEqual({ kind: 'prepared', id: 1, problems: [] });
  expect(listeners).toHaveLength(0);
  worker.receive({ kind: 'commit', ...AT_PLACE });
  await settled();
  expect(listeners.map(({ port }) => port)).toEqual([5300]);
  expect(await listeners[0]!.ask('example.org')).toBe(0);
});

test('ResolverWorker knows no name before it is told that all have been read', async () => {
  const { worker, last, listeners } = start();
  worker.receive({ kind: 'prepare', id: 1, configuration: configurationOf(CLUSTER) });
  worker.receive({ kind: 'commit', ...AT_PLACE });
  await settled();
  const rcode = (name: string) => listeners[0]!.ask(name);
  expect(await rcode(WEB)).toBe(2);
  const keys = [keyFromText(WEB)];
  const change = { keys, names: [packName(0, [])], gone: [] };
  worker.receive({ kind: 'names', set: 1, change, serial: 7 });
  const state = { isSynced: true, restoredFrom: undefined, stale: undefined };
  worker.receive({ kind: 'zone', set: 1, state });
  expect(await rcode(WEB)).toBe(0);
  expect(await rcode('no.shop.svc.cluster.local.')).toBe(3);
  await settled();
  expect(last('taken')).toEqual({ kind: 'taken', set: 1 });
});

test('ResolverWorker keeps a socket through a change, and closes what is not wanted', async () => {
  const { worker, clock, listeners } = start();
  const commit = (corefile: string, places: (typeof PLACE)[]) => {
    worker.receive({ kind: 'prepare', id: 1, configuration: configurationOf(corefile) });
    worker.receive({ kind: 'commit', places, addresses: places });
  };
  commit(CLUSTER, [PLACE]);
  await settled();
  expect(await listeners[0]!.ask('example.org')).toBe(5);
  commit(WHOAMI, [PLACE]);
  await settled();
  expect(listeners).toHaveLength(1);
  expect(await listeners[0]!.ask('example.org')).toBe(0);
  worker.receive({ kind: 'places', places: [], addresses: [] });
  await settled();
  clock.advance(20);
  await settled();
  expect(listeners[0]!.isClosed).toBe(true);
});

test('ResolverWorker that cannot open a socket leaves the address to the main thread', async () => {
  const { worker, posted, listeners } = start();
  worker.receive({ kind: 'prepare', id: 1, configuration: configurationOf(WHOAMI) });
  worker.receive({ kind: 'commit', ...AT_PLACE, places: [{ ...PLACE, port: 1 }, PLACE] });
  await settled();
  expect(listeners.map(({ port }) => port)).toEqual([0, 5300]);
  const lines = posted.flatMap((one) => (one.kind === 'lines' ? one.text : []));
  expect(lines.join('')).toContain('One more thread cannot listen there: the first answers alone');
});

test('ResolverWorker goes on with what it has when what it is to prepare is wrong', async () => {
  const { worker, last, listeners } = start();
  worker.receive({ kind: 'prepare', id: 1, configuration: configurationOf(WHOAMI) });
  worker.receive({ kind: 'commit', ...AT_PLACE });
  const wrong = configurationOf(WHOAMI.replace('whoami', 'whoami\nratelimit {\nwindow 0\n}'));
  worker.receive({ kind: 'prepare', id: 2, configuration: wrong });
  worker.receive({ kind: 'abort' });
  await settled();
  expect(last('prepared')).toMatchObject({ id: 2, problems: [{ severity: 'error' }] });
  expect(await listeners[0]!.ask('example.org')).toBe(0);
});

test('ResolverWorker forgets the names of what is not wanted, but not of what is sent next', async () => {
  const { worker, listeners } = start();
  const prepare = () => {
    worker.receive({ kind: 'prepare', id: 1, configuration: configurationOf(CLUSTER) });
  };
  const names = () => {
    const change = { keys: [keyFromText(WEB)], names: [packName(0, [])], gone: [] };
    worker.receive({ kind: 'names', set: 1, change, serial: 7 });
    const state = { isSynced: true, restoredFrom: undefined, stale: undefined };
    worker.receive({ kind: 'zone', set: 1, state });
  };
  worker.receive({ kind: 'prepare', id: 1, configuration: configurationOf(WHOAMI) });
  worker.receive({ kind: 'commit', ...AT_PLACE });
  prepare();
  names();
  worker.receive({ kind: 'abort' });
  await settled();
  prepare();
  worker.receive({ kind: 'commit', ...AT_PLACE });
  await settled();
  expect(await listeners[0]!.ask(WEB)).toBe(2);
  worker.receive({ kind: 'prepare', id: 1, configuration: configurationOf(WHOAMI) });
  worker.receive({ kind: 'commit', ...AT_PLACE });
  await settled();
  worker.receive({ kind: 'abort' });
  prepare();
  names();
  worker.receive({ kind: 'commit', ...AT_PLACE });
  await settled();
  expect(await listeners[0]!.ask(WEB)).toBe(0);
});

test('ResolverWorker builds a configuration whose names are not wanted any more', async () => {
  const { worker, posted } = start();
  const autopath = CLUSTER.replace('kubernetes', 'autopath @kubernetes\nkubernetes');
  for (const [id, corefile] of [autopath, WHOAMI].entries()) {
    worker.receive({ kind: 'prepare', id, configuration: configurationOf(corefile) });
  }
  await settled();
  const errors = posted.flatMap((one) =>
    one.kind === 'prepared' ? one.problems.filter(({ severity }) => severity === 'error') : [],
  );
  expect(errors).toEqual([]);
});

test('ResolverWorker shows twice a second that it gets on, and what it has seen', async () => {
  const { worker, clock, last, listeners, steps } = start();
  worker.receive({ kind: 'prepare', id: 1, configuration: configurationOf(CLUSTER) });
  worker.receive({ kind: 'commit', ...AT_PLACE });
  await settled();
  const series = last('series')?.series ?? [];
  expect(series.length).toBeGreaterThan(0);
  await listeners[0]!.ask('example.org');
  const before = steps();
  clock.advance(1000);
  expect(steps()).toBe(before + 2);
  expect(last('seen')?.replies).toMatchObject([
    { client: '127.0.0.1', type: 1, rcode: 5, times: 1 },
  ]);
});

test('ResolverWorker stops in good order, and shows no more that it gets on', async () => {
  const { worker, clock, last, listeners, steps } = start();
  worker.receive({ kind: 'prepare', id: 1, configuration: configurationOf(WHOAMI) });
  worker.receive({ kind: 'commit', ...AT_PLACE });
  await settled();
  worker.receive({ kind: 'stop', graceMs: 1000 });
  await settled();
  clock.advance(20);
  await settled();
  expect([listeners[0]!.isClosed, last('stopped')]).toEqual([true, { kind: 'stopped' }]);
  const before = steps();
  clock.advance(1000);
  expect(steps()).toBe(before);
});
