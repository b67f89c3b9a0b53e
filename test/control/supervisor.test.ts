import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ControlSettings, FromControl, ToControl } from '../../src/control/protocol.ts';
import type { LoadSummary } from '../../src/control/summary.ts';
import { type ControlThread, Supervisor } from '../../src/control/supervisor.ts';
import { keyFromText } from '../../src/dns/name.ts';
import { createLogger } from '../../src/observe/log.ts';
import { LiveZone } from '../../src/zone/live-zone.ts';
import type { ZoneOptions } from '../../src/zone/options.ts';
import { packName } from '../../src/zone/packed-name.ts';
import { FakeClock } from '../helpers/fake-clock.ts';
import { ZONE_OPTIONS } from '../helpers/in-process.ts';

/** A control thread that says what the test makes it say. */
class FakeThread extends EventEmitter {
  readonly settings: ControlSettings;
  readonly received: ToControl[] = [];
  isTerminated = false;

  constructor(settings: ControlSettings) {
    super();
    this.settings = settings;
  }

  postMessage(message: ToControl): void {
    this.received.push(message);
  }

  async terminate(): Promise<number> {
    this.isTerminated = true;
    this.emit('exit', 1);
    return 1;
  }

  says(message: FromControl): void {
    this.emit('message', message);
  }

  publishes(...names: string[]): void {
    const change = {
      keys: names.map(keyFromText),
      names: names.map(() => packName(0, [])),
      gone: [],
    };
    this.says({ kind: 'change', change, serial: 7 });
  }

  publishesPods(namespace: string, ...addresses: string[]): void {
    const pods = { owned: [{ namespace, addresses }], gone: [] };
    this.says({ kind: 'change', change: { keys: [], names: [], gone: [], pods }, serial: 7 });
  }

  hasLoaded(): void {
    this.says({ kind: 'loaded', summary: SUMMARY });
  }
}

const SUMMARY = {
  files: 1,
  namespaces: [],
  passedOver: [],
  refusedDocuments: 0,
  problems: [],
} as const;

const tick = () => new Promise((resolve) => setImmediate(resolve));

function start(options: Partial<ZoneOptions> = {}) {
  const clock = new FakeClock();
  const live = new LiveZone({ ...ZONE_OPTIONS, ...options });
  const threads: FakeThread[] = [];
  const loaded: LoadSummary[] = [];
  const supervisor = new Supervisor({
    settings: {
      manifests: ['zones'],
      zone: { ...ZONE_OPTIONS, labels: '', namespaceLabels: '' },
      rescanSeconds: 30,
      watch: true,
      holdMassDeletions: true,
    },
    live,
    log: createLogger('silent'),
    clock,
    startThread: (settings) => {
      const thread = new FakeThread(settings);
      threads.push(thread);
      return thread as unknown as ControlThread;
    },
    onLoaded: (summary) => loaded.push(summary),
  });
  supervisor.start(['127.0.0.1']);
  const names = () => [...live.names()].map(({ key }) => key).sort();
  return { supervisor, clock, live, threads, loaded, names, latest: () => threads.at(-1)! };
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
    const { latest, live, loaded } = start();
    latest().publishes('a', 'b');
    latest().hasLoaded();
    expect(live.isSynced).toBe(true);
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

  test('that is silent for 15 s, without the file it was reading', () => {
    const { latest, threads, clock } = start();
    latest().says({ kind: 'alive', reading: 'zones/bomb.yaml' });
    clock.advance(14_000);
    expect(threads).toHaveLength(1);
    clock.advance(2000);
    expect(threads[0]?.isTerminated).toBe(true);
    clock.advance(1000);
    expect(latest().settings.quarantine).toEqual(['zones/bomb.yaml']);
  });

  test('but not one that keeps saying that it lives', () => {
    const { latest, threads, clock } = start();
    for (let second = 0; second < 60; second++) {
      latest().says({ kind: 'alive' });
      clock.advance(1000);
    }
    expect(threads).toHaveLength(1);
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
