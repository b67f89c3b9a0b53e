import { EventEmitter } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { Configuration } from '../../../src/app/configuration.ts';
import type { FromResolver, ToResolver } from '../../../src/app/threads/protocol.ts';
import { ResolverThreads } from '../../../src/app/threads/resolver-threads.ts';
import type { ResolverWorkerThread } from '../../../src/app/threads/start-thread.ts';
import { Progress } from '../../../src/control/thread/progress.ts';
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
  readonly progress: Progress;
  isTerminated = false;
  /** What it answers to `prepare`; undefined for nothing. */
  problems: readonly unknown[] | undefined = [];

  constructor(progress: Progress) {
    super();
    this.progress = progress;
  }

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

  /** What it was told last to prepare it has now. */
  prepares(): void {
    const last = this.received.findLast((one) => one.kind === 'prepare');
    if (last?.kind === 'prepare') this.says({ kind: 'prepared', id: last.id, problems: [] });
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
  const world = {
    configuration,
    current: configuration(threads),
    answers: [] as readonly unknown[] | undefined,
  };
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
    startThread: ({ progress }) => {
      const worker = new FakeWorker(new Progress(progress));
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

/** A minute in which the thread gets on. */
function beating({ progress }: FakeWorker, clock: FakeClock): void {
  for (let second = 0; second < 60; second++) {
    progress.step();
    clock.advance(1000);
  }
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
  const { all, workers, clock, logged, shared } = start(2);
  await settled();
  const dies = async (workerAt: number, waitMs: number) => {
    workers[workerAt]!.emit('error', new Error('out of memory'));
    expect(workers[workerAt]!.isTerminated).toBe(true);
    expect(all.answering).toBe(1);
    clock.advance(waitMs - 1);
    expect(workers).toHaveLength(workerAt + 1);
    clock.advance(1);
    await settled();
    expect([workers.length, all.answering]).toEqual([workerAt + 2, 2]);
  };
  await dies(0, 1000);
  await dies(1, 2000); // although it has answered, for less than a minute
  beating(workers[2]!, clock);
  await dies(2, 1000);
  const text = 'A resolver thread failed; the others answer, and a new one is started';
  expect(logged.map(({ msg }) => msg)).toEqual([text, text, text]);
  expect(shared.metrics.now('svcdns_thread_restarts_total')).toMatchObject([{ value: 3 }]);
});

test('ResolverThreads shows what waits for the threads there are', async () => {
  const { workers, shared, reload } = start(3);
  await settled();
  const shown = () =>
    shared.metrics.now('svcdns_thread_changes_waiting').map(({ labels }) => labels['thread']);
  expect(shown()).toEqual(['1', '2']);
  workers[0]!.emit('exit', 1);
  expect(shown()).toEqual(['2']);
  await reload(1);
  expect(shown()).toEqual([]);
});

test('ResolverThreads has a thread that cannot prepare try again, later each time', async () => {
  const { all, workers, clock, logged, world } = start(1);
  world.answers = [BROKEN];
  world.current = world.configuration(2);
  all.follow();
  await settled();
  clock.advance(1000);
  await settled();
  workers[0]!.problems = [];
  clock.advance(1999);
  await settled();
  expect(workers[0]!.kinds).toEqual(['prepare', 'abort', 'prepare', 'abort']);
  clock.advance(1);
  await settled();
  expect(workers[0]!.kinds.slice(4)).toEqual(['prepare', 'commit']);
  expect([workers.length, all.answering]).toEqual([1, 2]);
  const msg = 'A resolver thread cannot prepare: it does not answer, and tries again';
  const why = 'no hosts file';
  expect(logged).toMatchObject([
    { msg, why, retryMs: 1000 },
    { msg, why, retryMs: 2000 },
  ]);
});

test('ResolverThreads replaces a thread that gets nothing done', async () => {
  const { workers, clock } = start(2);
  await settled();
  for (let second = 0; second < 29; second++) clock.advance(1000);
  expect(workers[0]!.isTerminated).toBe(false);
  clock.advance(1000);
  expect(workers[0]!.isTerminated).toBe(true);
});

test('ResolverThreads does not keep a reload waiting for a slow thread, which follows', async () => {
  const { all, workers, clock, logged, reload } = start(3);
  await settled();
  workers[0]!.problems = undefined;
  const reloaded = reload(3);
  await settled();
  clock.advance(10_000);
  await reloaded;
  expect(workers.map(({ kinds }) => kinds.slice(2))).toEqual([
    ['prepare', 'prepare'],
    ['prepare', 'commit'],
  ]);
  expect(logged).toMatchObject([
    { msg: 'Resolver threads are slow to prepare a reload: they follow', threads: [1] },
  ]);
  // Another reload leaves it to what it does already, and addresses are told with the commit.
  await reload(3);
  all.addressesChanged();
  expect(workers.map(({ kinds }) => kinds.at(-1))).toEqual(['prepare', 'places']);
  workers[0]!.prepares();
  await settled();
  workers[0]!.prepares();
  await settled();
  expect(workers.map(({ kinds }) => kinds.slice(4))).toEqual([
    ['prepare', 'commit'],
    ['prepare', 'commit', 'places'],
  ]);
  expect([workers.length, all.answering]).toEqual([2, 3]);
});

test('ResolverThreads has a thread follow after a reload that was aborted', async () => {
  const { all, workers, world, reload } = start(2);
  await settled();
  const next = world.configuration(2);
  const prepared = await all.prepare(next);
  // Meanwhile nothing is brought to it that what is prepared would get mixed up with.
  world.current = world.configuration(2);
  all.follow();
  await prepared.abort();
  await settled();
  expect(workers[0]!.kinds.slice(2)).toEqual(['prepare', 'abort', 'prepare', 'commit']);
  await reload(2);
  expect(workers[0]!.kinds.slice(6)).toEqual(['prepare', 'commit']);
});

test('ResolverThreads has what takes the place of a lost thread prepare what is served', async () => {
  const { workers, clock, reload } = start(2);
  await settled();
  workers[0]!.problems = undefined;
  const reloaded = reload(2, { port: 5301 });
  await settled();
  workers[0]!.emit('exit', 1);
  await reloaded;
  clock.advance(1000);
  await settled();
  expect(workers[1]!.received).toMatchObject([
    { kind: 'prepare', configuration: { addresses: [{ port: 5301 }] } },
    { kind: 'commit', places: [{ port: 5301 }], addresses: [{ port: 5301 }] },
  ]);
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
