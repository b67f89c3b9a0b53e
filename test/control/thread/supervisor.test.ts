import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Snapshot } from '../../../src/control/state/snapshot.ts';
import type { LoadSummary } from '../../../src/control/summary.ts';
import type { ControlSettings } from '../../../src/control/thread/protocol.ts';
import { type ControlThread, Supervisor } from '../../../src/control/thread/supervisor.ts';
import { keyFromText } from '../../../src/dns/name.ts';
import { createLogger } from '../../../src/observe/log.ts';
import type { HeldBack } from '../../../src/sources/source.ts';
import { LiveZone } from '../../../src/zone/live-zone.ts';
import type { ZoneOptions } from '../../../src/zone/options.ts';
import { packName } from '../../../src/zone/packed-name.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { folderSettings, ZONE_OPTIONS } from '../../helpers/in-process.ts';
import { FakeThread, SUMMARY } from './fake-thread.ts';

const BOMB = { name: 'zones/bomb.yaml', version: 'abc' };

const tick = () => new Promise((resolve) => setImmediate(resolve));

function start(options: Partial<ZoneOptions> = {}, own: Partial<ControlSettings> = {}) {
  const clock = new FakeClock();
  const live = new LiveZone({ ...ZONE_OPTIONS, ...options });
  const threads: FakeThread[] = [];
  const loaded: LoadSummary[] = [];
  const held: HeldBack[] = [];
  const restarts: string[] = [];
  /** What each thread has had. */
  const cpu = { ms: 0 };
  const killed: number[] = [];
  const supervisor = new Supervisor({
    settings: {
      source: folderSettings(['zones']),
      zone: { ...ZONE_OPTIONS, labels: '', namespaceLabels: '' },
      quarantine: true,
      state: undefined,
      ...own,
    },
    live,
    log: createLogger('silent'),
    clock,
    threadCpuMs: () => cpu.ms,
    kill: (pid) => void killed.push(pid),
    startThread: (settings, progress) => {
      const thread = new FakeThread(settings, progress);
      threads.push(thread);
      return thread as unknown as ControlThread;
    },
    onLoaded: (summary, kept) => {
      loaded.push(summary);
      held.push(kept);
    },
    onRestart: () => restarts.push('restart'),
  });
  supervisor.start(['127.0.0.1']);
  const names = () => [...live.names()].map(({ key }) => key).sort();
  const latest = () => threads.at(-1)!;
  return { supervisor, clock, live, threads, loaded, held, restarts, names, latest, cpu, killed };
}

afterEach(() => vi.restoreAllMocks());

describe('Supervisor publishes', () => {
  test('parts as they come, and acknowledges each after other events', async () => {
    const { latest, names, live } = start();
    latest().publishes('a');
    expect(names()).toEqual([keyFromText('a')]);
    expect(latest().received).toEqual([]);
    await tick();
    expect(latest().received).toEqual([{ kind: 'ack' }]);
    expect(live).toMatchObject({ isSynced: false, serial: 7 });
  });

  test('that everything is there once it has been sent', () => {
    const { latest, live, loaded, held } = start();
    latest().publishes('a', 'b');
    latest().hasLoaded();
    expect(live.isSynced).toBe(true);
    expect(held).toEqual([{ services: 1, objects: 2 }]);
    expect(loaded).toEqual([{ ...SUMMARY, names: 2 }]);
  });

  test('which addresses we listen on, to the thread', () => {
    const { supervisor, latest } = start();
    expect(latest().settings.serverAddresses).toEqual(['127.0.0.1']);
    supervisor.setServerAddresses(['192.0.2.1']);
    expect(latest().received).toEqual([{ kind: 'addresses', addresses: ['192.0.2.1'] }]);
  });
});

describe('Supervisor replaces a control thread', () => {
  test('that dies, and the published names stay', async () => {
    const { latest, threads, clock, names, live } = start();
    latest().publishes('a', 'b');
    latest().hasLoaded();
    latest().emit('error', new Error('out of memory'));
    latest().emit('exit', 1);
    expect(names()).toHaveLength(2);
    clock.advance(999);
    expect(threads).toHaveLength(1);
    clock.advance(1);
    expect(threads).toHaveLength(2);
    expect(live.isSynced).toBe(true);
  });

  test('and takes off what the new thread does not mention, once it has sent all', async () => {
    const { latest, clock, names } = start();
    latest().publishes('a', 'b', 'c');
    latest().hasLoaded();
    latest().emit('exit', 1);
    clock.advance(1000);
    latest().publishes('b');
    expect(names()).toHaveLength(3);
    latest().hasLoaded();
    await tick();
    expect(names()).toEqual([keyFromText('b')]);
  });

  test('and forgets Pods that the new thread does not mention', async () => {
    const { latest, clock, live } = start({ pods: 'verified' });
    const many = Array.from({ length: 700 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
    latest().publishesPods('shop', ...many);
    latest().hasLoaded();
    latest().emit('exit', 1);
    clock.advance(1000);
    expect(live.pods?.namespaceOf('10.0.0.9')).toBe('shop');
    latest().publishesPods('bank', '10.0.0.9');
    latest().hasLoaded();
    for (let i = 0; i < 5; i++) await tick();
    expect([...(live.pods?.addresses() ?? [])]).toEqual(['10.0.0.9']);
    expect(live.pods?.namespaceOf('10.0.0.9')).toBe('bank');
  });

  test('and spares a name that comes back while the others are taken off', async () => {
    const { latest, clock, names } = start();
    const many = Array.from({ length: 700 }, (_, i) => `n${i}`);
    latest().publishes(...many);
    latest().hasLoaded();
    latest().emit('exit', 1);
    clock.advance(1000);
    latest().hasLoaded(); // takes off the first 500
    latest().publishes('n650');
    for (let i = 0; i < 5; i++) await tick();
    expect(names()).toEqual([keyFromText('n650')]);
  });

  test('that uses CPU time and gets nothing done, without the file it was reading', () => {
    const { latest, threads, clock, cpu } = start();
    latest().says({ kind: 'reading', pieces: [{ name: 'zones/a.yaml', version: '1' }, BOMB] });
    latest().progress.piece = 1;
    clock.advance(1000);
    cpu.ms += 59_999;
    clock.advance(1000);
    expect(threads).toHaveLength(1);
    cpu.ms += 1;
    clock.advance(1000);
    expect(threads[0]?.isTerminated).toBe(true);
    clock.advance(1000);
    expect(latest().settings.quarantined).toEqual([BOMB]);
  });

  test('and watches the next one anew', () => {
    const { latest, threads, clock, cpu } = start();
    const hang = () => {
      clock.advance(1000);
      cpu.ms += 60_000;
      clock.advance(1000);
    };
    hang();
    clock.advance(1000);
    expect(threads).toHaveLength(2);
    clock.advance(5000);
    expect(latest().isTerminated).toBe(false);
    hang();
    expect(latest().isTerminated).toBe(true);
  });

  test('but not one that says nothing and does what it can', () => {
    const { latest, threads, clock, cpu } = start();
    for (let second = 0; second < 2000; second++) {
      latest().progress.step();
      cpu.ms += 900;
      clock.advance(1000);
    }
    expect(threads).toHaveLength(1);
  });

  test('and leaves out the last version of a file that hung it, of 100 files at most', () => {
    const { latest, clock } = start();
    const hang = (name: string, version: string) => {
      latest().hasLoaded(); // or the next one would be waited for longer
      latest().says({ kind: 'reading', pieces: [{ name, version }] });
      latest().emit('exit', 1);
      clock.advance(1000);
    };
    hang('zones/bomb.yaml', '1');
    hang('zones/bomb.yaml', '2');
    expect(latest().settings.quarantined).toEqual([{ name: 'zones/bomb.yaml', version: '2' }]);
    for (let n = 0; n < 100; n++) hang(`zones/${n}.yaml`, '3');
    const { quarantined } = latest().settings;
    expect(quarantined).toHaveLength(100);
    expect(quarantined[0]?.name).toBe('zones/0.yaml');
  });

  test('with the file it was reading when nothing is to be put in quarantine', () => {
    const { latest, clock, restarts, cpu } = start({}, { quarantine: false });
    latest().says({ kind: 'reading', pieces: [BOMB] });
    clock.advance(1000);
    cpu.ms += 60_000;
    clock.advance(2000);
    expect(latest().settings.quarantined).toEqual([]);
    expect(restarts).toEqual(['restart']);
  });

  test('with the file that had been read when it died', () => {
    const { latest, clock } = start();
    latest().says({ kind: 'reading', pieces: [BOMB] });
    latest().says({ kind: 'reading', pieces: [] });
    latest().emit('exit', 1);
    clock.advance(1000);
    expect(latest().settings.quarantined).toEqual([]);
  });

  test('less and less often, up to once a minute', () => {
    const { latest, threads, clock } = start();
    const waits = [1, 2, 4, 8, 16, 32, 60, 60];
    for (const [at, seconds] of waits.entries()) {
      latest().emit('exit', 1);
      clock.advance(seconds * 1000 - 1);
      expect(threads).toHaveLength(at + 1);
      clock.advance(1);
      expect(threads).toHaveLength(at + 2);
    }
  });

  test('never again after stop()', async () => {
    const { supervisor, latest, threads, clock } = start();
    await supervisor.stop();
    latest().emit('exit', 1);
    clock.advance(120_000);
    expect(threads).toHaveLength(1);
  });
});

describe('Supervisor.stop()', () => {
  const stopping = (manifests: string) => {
    const started = start({}, { source: folderSettings([manifests]) });
    started.latest().obeys = false;
    let isDone = false;
    void started.supervisor.stop().then(() => {
      isDone = true;
    });
    const isEnded = async () => {
      await tick();
      return isDone && started.latest().isTerminated;
    };
    return { ...started, isEnded };
  };

  test.for([
    ['log what it still has to say', '/zones'],
    ['end the programs that it may have started', 'kustomize:/dev'],
  ] as const)('ends the thread, which may first %s', async ([, manifests]) => {
    const { isEnded, latest } = stopping(manifests);
    expect(await isEnded()).toBe(false);
    expect(latest().received).toEqual([{ kind: 'stop' }]);
    latest().says({ kind: 'stopped' });
    expect(await isEnded()).toBe(true);
  });

  test('ends a program that the thread has not, and that of a thread that died', async () => {
    const { isEnded, latest, clock, killed } = stopping('helm:/web');
    latest().progress.child = 42;
    clock.advance(3000);
    expect(await isEnded()).toBe(true);
    expect(killed).toEqual([42]);
    const died = start();
    died.latest().progress.child = 43;
    died.latest().emit('exit', 1);
    died.latest().emit('exit', 1);
    expect(died.killed).toEqual([43]);
  });

  test.for([
    [3000, 'helm:/web'],
    [500, '/zones'],
  ] as const)(
    'waits no longer than %i ms for %s, and not for one that is gone',
    async ([ms, of]) => {
      const { isEnded, clock } = stopping(of);
      clock.advance(ms - 1);
      expect(await isEnded()).toBe(false);
      clock.advance(1);
      expect(await isEnded()).toBe(true);
      const gone = stopping(of);
      gone.latest().emit('exit', 1);
      expect(await gone.isEnded()).toBe(true);
    },
  );
});

test('Supervisor.stop() hears what the thread said while the process stood still', async () => {
  const { supervisor, latest, clock } = start({}, { source: folderSettings(['/zones']) });
  latest().obeys = false;
  const stopped = supervisor.stop();
  clock.stall(5000);
  await Promise.resolve();
  expect(latest().isTerminated).toBe(false);
  latest().says({ kind: 'stopped' });
  await stopped;
  expect(latest().isTerminated).toBe(true);
});

describe('Supervisor.restore()', () => {
  const many = (count: number) => Array.from({ length: count }, (_, at) => `n${at}`);
  const snapshot = (...names: string[]): Snapshot => ({
    source: 'abc',
    savedAt: 1_699_999_000,
    serial: 5,
    names: new Map(names.map((name) => [keyFromText(name), packName(1, [])])),
  });
  const zoneOf = (live: LiveZone, name: string) =>
    live.find(keyFromText(name), live.zones[0]!)?.zone;

  test('answers names of an earlier run, marked, until everything has been sent', async () => {
    const { supervisor, latest, live, names } = start();
    supervisor.restore(snapshot('a', 'b'));
    expect(names()).toEqual([keyFromText('a'), keyFromText('b')]);
    expect(live).toMatchObject({ isSynced: false, restoredFrom: 1_699_999_000, serial: 5 });
    latest().publishes('b', 'c');
    expect(names()).toHaveLength(3);
    latest().hasLoaded();
    expect(live).toMatchObject({ isSynced: true, restoredFrom: undefined, serial: 7 });
    expect(names()).toEqual([keyFromText('b'), keyFromText('c')]);
  });

  test('leaves what the thread has sent as it is, and its serial', () => {
    const { supervisor, latest, live } = start();
    latest().publishes('a');
    supervisor.restore(snapshot('a', 'b'));
    expect([zoneOf(live, 'a'), zoneOf(live, 'b')]).toEqual([0, 1]);
    expect(live.serial).toBe(7);
  });

  test('lets queries have their turn after each 500 names, and stops when they are not needed', async () => {
    const { supervisor, latest, names } = start();
    supervisor.restore(snapshot(...many(1200)));
    expect(names()).toHaveLength(500);
    await tick();
    expect(names()).toHaveLength(1000);
    latest().publishes('n1');
    latest().hasLoaded();
    for (let i = 0; i < 5; i++) await tick();
    expect(names()).toEqual([keyFromText('n1')]);
  });

  test('waits after each part, of names that come or go, for the other threads', async () => {
    const { supervisor, latest, live, names } = start();
    let taken = () => {};
    live.followers.add({
      apply: () => {},
      become: () => {},
      caughtUp: () =>
        new Promise<void>((resolve) => {
          taken = resolve;
        }),
    });
    const counts: number[] = [];
    const count = async () => {
      for (let i = 0; i < 3; i++) await tick();
      counts.push(names().length);
      taken();
    };
    supervisor.restore(snapshot(...many(1200)));
    for (let part = 0; part < 3; part++) await count();
    latest().hasLoaded();
    for (let part = 0; part < 3; part++) await count();
    expect(counts).toEqual([500, 1000, 1200, 700, 200, 0]);
  });

  test('does nothing once everything has been sent', () => {
    const { supervisor, latest, live, names } = start();
    latest().publishes('a');
    latest().hasLoaded();
    supervisor.restore(snapshot('b'));
    expect(names()).toEqual([keyFromText('a')]);
    expect(live.restoredFrom).toBeUndefined();
  });

  test('leaves no name behind when the thread is replaced meanwhile', async () => {
    const { supervisor, latest, clock, names } = start();
    supervisor.restore(snapshot(...many(1200)));
    latest().emit('exit', 1);
    clock.advance(1000);
    await tick();
    expect(names()).toHaveLength(500);
    latest().publishes('a');
    latest().hasLoaded();
    for (let i = 0; i < 5; i++) await tick();
    expect(names()).toEqual([keyFromText('a')]);
  });
});
