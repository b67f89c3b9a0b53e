import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NameSet } from '../../src/app/name-set.ts';
import type { StateFiles } from '../../src/control/state/kept-files.ts';
import { encodeSnapshot } from '../../src/control/state/snapshot.ts';
import { zoneSettings } from '../../src/control/thread/protocol.ts';
import type { ControlThread } from '../../src/control/thread/supervisor.ts';
import { keyFromText } from '../../src/dns/name.ts';
import { createLoggerTo } from '../../src/observe/log.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { packName } from '../../src/zone/packed-name.ts';
import { FakeThread } from '../control/thread/fake-thread.ts';
import { eventually } from '../helpers/eventually.ts';
import { FakeClock } from '../helpers/fake-clock.ts';
import { folderSettings, ZONE_OPTIONS } from '../helpers/in-process.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

const SOURCE = { manifests: ['/m'], zone: ZONE_OPTIONS };
const SAVED_AT = 1_600_000_000;

let folder: TempFolder;
beforeEach(() => {
  folder = new TempFolder();
});
afterEach(() => folder.dispose());

function make() {
  const clock = new FakeClock();
  const metrics = new Metrics();
  const logged: { msg: string; [field: string]: unknown }[] = [];
  const log = createLoggerTo('info', { write: (line) => void logged.push(JSON.parse(line)) });
  const threads: FakeThread[] = [];
  const settings = {
    source: folderSettings(SOURCE.manifests),
    zone: zoneSettings(ZONE_OPTIONS),
    quarantine: true,
    state: stateFiles(),
  };
  const set = new NameSet(SOURCE, settings, {
    log,
    clock,
    metrics,
    startThread: (given, progress) => {
      const thread = new FakeThread(given, progress);
      threads.push(thread);
      return thread as unknown as ControlThread;
    },
  });
  set.start(['192.0.2.53']);
  const names = () => [...set.live.names()].map(({ key }) => key).sort();
  return { set, clock, metrics, logged, threads, names, thread: threads[0]! };
}

function stateFiles(): StateFiles {
  return { source: 'abc', addresses: folder.at('addresses'), names: folder.at('names') };
}

/** Saves names as an earlier run did. */
function save(source: string, ...names: string[]): void {
  const saved = new Map(names.map((name) => [keyFromText(name), packName(0, [])] as const));
  folder.write('names', encodeSnapshot({ source, savedAt: SAVED_AT, serial: 7, names: saved }));
}

const settledDisk = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('NameSet', () => {
  test('starts a thread with its settings and our addresses, and passes others on', () => {
    const { set, thread } = make();
    expect(thread.settings).toMatchObject({
      source: { manifests: ['/m'] },
      serverAddresses: ['192.0.2.53'],
    });
    set.setServerAddresses(['192.0.2.54']);
    expect(thread.received).toEqual([{ kind: 'addresses', addresses: ['192.0.2.54'] }]);
  });

  test('publishes what its thread sends, and has a summary once everything is there', async () => {
    const { set, thread, names } = make();
    let isSynced = false;
    void set.whenSynced().then(() => {
      isSynced = true;
    });
    thread.publishes('a');
    await settledDisk();
    expect([names(), isSynced, set.summary]).toEqual([[keyFromText('a')], false, undefined]);
    expect(set.held).toEqual({ services: 0, objects: 0 });
    thread.hasLoaded();
    await settledDisk();
    expect(isSynced).toBe(true);
    expect(set.summary).toMatchObject({ files: 1, names: 1 });
    expect(set.held).toEqual({ services: 1, objects: 2 });
  });

  test('counts threads put in place of others, and what could not be saved', async () => {
    const { clock, metrics, threads } = make();
    threads[0]?.says({ kind: 'unsaved', what: 'names' });
    threads[0]?.emit('exit', 1);
    clock.advance(1000);
    expect(threads).toHaveLength(2);
    const text = await metrics.text();
    expect(text).toContain('svcdns_control_restarts_total 1\n');
    expect(text).toContain('svcdns_state_write_failures_total{file="names"} 1\n');
  });

  test('counts how long changes took, by kind of Service', async () => {
    const { thread, metrics } = make();
    const services = { cluster_ip: 3, headless_with_selector: 0 };
    const programmed = [{ services, seconds: 0.5 }];
    thread.says({ kind: 'revised', programmed, remembered: undefined });
    const name = 'coredns_kubernetes_dns_programming_duration_seconds';
    const text = await metrics.text();
    expect(text).toContain(`${name}_count{service_kind="cluster_ip"} 3\n`);
    expect(text).toContain(`${name}_sum{service_kind="cluster_ip"} 1.5\n`);
    expect(text).not.toContain('headless_with_selector');
  });
});

describe('NameSet, with names of an earlier run,', () => {
  test('answers them when the manifests have not been read after half a second, and says so', async () => {
    save('abc', 'a', 'b');
    const { set, clock, names, logged } = make();
    clock.advance(499);
    await settledDisk();
    expect(clock.timers).toBe(2); // this one, and the watch of the thread
    clock.advance(1);
    await eventually(() => expect(names()).toEqual([keyFromText('a'), keyFromText('b')]));
    expect([set.live.restoredFrom, set.live.isSynced]).toEqual([SAVED_AT, false]);
    expect(logged).toMatchObject([
      { level: 'warn', names: 2, savedAt: '2020-09-13T12:26:40.000Z', manifests: ['/m'] },
    ]);
  });

  test.for([
    ['everything was read before', async ({ thread }) => thread.hasLoaded()],
    [
      'it was stopped before',
      async ({ set, clock }) => {
        await set.stop();
        expect(clock.timers).toBe(0);
      },
    ],
  ] satisfies [string, (made: ReturnType<typeof make>) => Promise<void>][])(
    'leaves them when %s',
    async ([, before]) => {
      save('abc', 'a');
      const made = make();
      const { timers } = made.clock;
      await before(made);
      expect(made.clock.timers).toBeLessThan(timers);
      made.clock.advance(10_000);
      await settledDisk();
      expect([made.names(), made.set.live.restoredFrom, made.logged]).toEqual([[], undefined, []]);
    },
  );

  test.for([
    ['everything has been read meanwhile', ({ thread }) => thread.hasLoaded()],
    ['it is stopped meanwhile', ({ set }) => void set.stop()],
  ] satisfies [string, (made: ReturnType<typeof make>) => void][])(
    'leaves them when %s, while the file is being read',
    async ([, meanwhile]) => {
      save('abc', 'a');
      const made = make();
      made.clock.advance(500); // the file is opened, and read later
      meanwhile(made);
      for (let i = 0; i < 20; i++) await settledDisk();
      expect([made.names(), made.logged]).toEqual([[], []]);
    },
  );

  test.for([
    ['there are none', () => {}, []],
    ['other options gave them', () => save('other', 'a'), []],
    [
      'they are damaged',
      () => void folder.write('names', 'garbled'),
      [expect.stringMatching(/^Cannot use the names saved in /)],
    ],
  ] satisfies [string, () => void, unknown[]][])(
    'has nothing to answer when %s',
    async ([, prepare, told]) => {
      prepare();
      const { clock, names, logged } = make();
      clock.advance(500);
      await eventually(() => expect(logged.map(({ msg }) => msg)).toEqual(told));
      for (let i = 0; i < 5; i++) await settledDisk();
      expect(names()).toEqual([]);
    },
  );
});
