import { EventEmitter } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { Configuration } from '../../../src/app/configuration.ts';
import type { FromResolver, ToResolver } from '../../../src/app/threads/protocol.ts';
import { ResolverThreads } from '../../../src/app/threads/resolver-threads.ts';
import type { ResolverWorkerThread } from '../../../src/app/threads/start-thread.ts';
import { whole } from '../../../src/corefile/problems.ts';
import { createLoggerTo } from '../../../src/observe/log.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import { PLUGIN_METRICS } from '../../../src/plugins/order.ts';
import { dgramTransport } from '../../../src/server/udp/dgram.ts';
import type { UdpTransport } from '../../../src/server/udp/transport.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { serverParts, settingsOf } from '../app-world.ts';

const BROKEN = {
  severity: 'error',
  code: 'X',
  message: 'no hosts file',
  origin: whole('Corefile'),
};

/** A resolver thread that says what the test makes it say. */
class FakeWorker extends EventEmitter {
  readonly received: ToResolver[] = [];
  isTerminated = false;
  /** What it answers to `prepare`; undefined for nothing. */
  problems: readonly unknown[] | undefined = [];

  postMessage(message: ToResolver): void {
    this.received.push(message);
    if (message.kind === 'stop') this.says({ kind: 'stopped' });
    if (message.kind !== 'prepare' || this.problems === undefined) return;
    this.says({ kind: 'prepared', id: message.id, problems: this.problems } as FromResolver);
  }

  async terminate(): Promise<number> {
    this.isTerminated = true;
    this.emit('exit', 1);
    return 1;
  }

  says(message: FromResolver): void {
    queueMicrotask(() => this.emit('message', message));
  }

  get kinds(): string[] {
    return this.received.map(({ kind }) => kind);
  }
}

function corefile(threads: number): string {
  return `.:5300 {\nbind 127.0.0.1\nmultisocket ${threads}\nwhoami\n}\n`;
}

function start(threads: number, transport: Partial<UdpTransport> = {}) {
  const clock = new FakeClock();
  const logged: { msg: string }[] = [];
  const log = createLoggerTo('info', { write: (line) => void logged.push(JSON.parse(line)) });
  const metrics = new Metrics(PLUGIN_METRICS);
  const shared = serverParts({ clock, log, metrics });
  const configuration = (wanted: number) =>
    new Configuration(settingsOf(corefile(wanted)), shared, { addresses: [] });
  const workers: FakeWorker[] = [];
  const world = { current: configuration(threads), answers: [] as readonly unknown[] | undefined };
  const place = { address: '127.0.0.1', port: 5300, group: 0 };
  const sockets = { addresses: [place], shared: () => sockets.addresses };
  const all = new ResolverThreads({
    shared,
    transport: { name: 'native', datagramsBeside: dgramTransport, ...transport },
    sockets,
    current: () => world.current,
    data: { logLevel: 'info', logFormat: 'json', isWatched: false },
    onSeen: () => {},
    threadCpuMs: () => undefined,
    startThread: () => {
      const worker = new FakeWorker();
      worker.problems = world.answers;
      workers.push(worker);
      return worker as unknown as ResolverWorkerThread;
    },
  });
  onTestFinished(() => all.stop(0));
  const reload = async (wanted: number, listen?: { port: number }) => {
    const next = configuration(wanted);
    const prepared = await all.prepare(next);
    if (listen !== undefined) sockets.addresses = [{ ...place, ...listen }];
    prepared.commit();
    world.current = next;
    all.follow();
    await settled();
  };
  all.follow();
  return { all, workers, clock, logged, world, shared, reload, configuration };
}

/** All that waits for nothing but promises is done. */
async function settled(): Promise<void> {
  for (let at = 0; at < 5; at++) await new Promise((resolve) => setImmediate(resolve));
}

test('ResolverThreads starts none for one thread', async () => {
  const { all, workers, shared } = start(1);
  await settled();
  expect([workers.length, all.answering, all.wanted]).toEqual([0, 1, 1]);
  expect(shared.outgoing.most).toBe(shared.budget.outgoing);
});

test('ResolverThreads has each thread prepare, and answer where the main one does', async () => {
  const { all, workers, shared } = start(3);
  expect(all.answering).toBe(1);
  await settled();
  expect(workers.map(({ kinds }) => kinds)).toEqual([
    ['prepare', 'commit'],
    ['prepare', 'commit'],
  ]);
  const [prepare] = workers[0]!.received;
  expect(prepare).toMatchObject({
    configuration: { outgoing: Math.floor(shared.budget.outgoing / 3), folder: '/' },
  });
  expect(all.answering).toBe(3);
});

test('ResolverThreads serves with one where there is no native transport, and says so once', async () => {
  const missing = 'there is no file';
  const { all, workers, logged } = start(4, { datagramsBeside: undefined as never, missing });
  all.follow();
  await settled();
  expect([workers.length, all.answering]).toEqual([0, 1]);
  expect(logged.map(({ msg }) => msg)).toEqual([
    'One thread answers, not 4: more need the native transport: there is no file',
  ]);
});

test('ResolverThreads reloads all, or none when one cannot', async () => {
  const { all, workers, reload, world } = start(3);
  await settled();
  const before = world.current;
  workers[1]!.problems = [BROKEN];
  await expect(reload(3)).rejects.toThrow('no hosts file');
  expect(workers.map(({ kinds }) => kinds.slice(2))).toEqual([
    ['prepare', 'abort'],
    ['prepare', 'abort'],
  ]);
  expect([world.current, all.answering]).toEqual([before, 3]);
  workers[1]!.problems = [];
  await reload(3);
  expect(workers.map(({ kinds }) => kinds.slice(4))).toEqual([
    ['prepare', 'commit'],
    ['prepare', 'commit'],
  ]);
});

test('ResolverThreads tells threads with the commit what is listened on from then on', async () => {
  const { workers, reload } = start(2);
  await settled();
  await reload(2, { port: 5301 });
  const told = workers[0]!.received.flatMap((one) =>
    one.kind === 'commit' ? [[one.places, one.addresses].map(([first]) => first?.port)] : [],
  );
  expect(told).toEqual([
    [5300, 5300],
    [5301, 5301],
  ]);
});

test('ResolverThreads follows a reload that wants more threads, and fewer', async () => {
  const { all, workers, reload, shared } = start(1);
  await reload(3);
  expect([workers.length, all.answering]).toEqual([2, 3]);
  const third = Math.floor(shared.budget.outgoing / 3);
  expect(shared.outgoing.most).toBe(third);
  await reload(2);
  const half = Math.floor(shared.budget.outgoing / 2);
  expect(shared.outgoing.most).toBe(half);
  const told = workers[0]!.received.flatMap((one) =>
    one.kind === 'prepare' ? one.configuration.outgoing : [],
  );
  expect(told).toEqual([third, half]);
  expect(all.answering).toBe(2);
  expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([false, true]);
});

test('ResolverThreads replaces a thread that died, later each time', async () => {
  const { all, workers, clock, logged, shared, world } = start(2);
  await settled();
  workers[0]!.emit('error', new Error('out of memory'));
  expect(all.answering).toBe(1);
  expect(workers[0]!.isTerminated).toBe(true);
  world.answers = undefined; // the next one never prepares
  clock.advance(999);
  expect(workers).toHaveLength(1);
  clock.advance(1);
  await settled();
  expect(workers).toHaveLength(2);
  clock.advance(10_000);
  expect(workers[1]!.isTerminated).toBe(true);
  world.answers = [];
  clock.advance(1999);
  expect(workers).toHaveLength(2);
  clock.advance(1);
  await settled();
  expect([workers.length, all.answering]).toEqual([3, 2]);
  expect(logged.map(({ msg }) => msg)).toEqual([
    'A resolver thread failed; the others answer, and a new one is started',
    'A resolver thread did not prepare in time; the others answer, and a new one is started',
  ]);
  expect(shared.metrics.now('svcdns_thread_restarts_total')).toMatchObject([{ value: 2 }]);
});

test('ResolverThreads replaces a thread that gets nothing done', async () => {
  const { workers, clock } = start(2);
  await settled();
  for (let second = 0; second < 29; second++) clock.advance(1000);
  expect(workers[0]!.isTerminated).toBe(false);
  clock.advance(1000);
  expect(workers[0]!.isTerminated).toBe(true);
});

test('ResolverThreads does not keep a reload waiting for a thread that hangs', async () => {
  const { all, workers, clock, reload, world } = start(3);
  await settled();
  workers[0]!.problems = undefined;
  const reloaded = reload(3);
  await settled();
  clock.advance(10_000);
  await reloaded;
  expect(workers[1]!.kinds.slice(2)).toEqual(['prepare', 'commit']);
  clock.advance(1000);
  await settled();
  expect([workers.length, all.answering]).toEqual([3, 3]);
  expect(world.current).toBeDefined();
});

test('ResolverThreads tells threads of other addresses, and ends them all', async () => {
  const { all, workers } = start(2);
  await settled();
  all.addressesChanged();
  await all.stop(10);
  expect(workers[0]!.kinds).toEqual(['prepare', 'commit', 'places', 'stop']);
  expect(workers[0]!.isTerminated).toBe(true);
  all.follow();
  expect(workers).toHaveLength(1);
});
