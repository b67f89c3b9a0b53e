import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type App, startApp } from '../../src/app.ts';
import type { ControlThread } from '../../src/control/thread/supervisor.ts';
import { createLoggerTo } from '../../src/observe/log.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { ListenError } from '../../src/server/listen/listen-error.ts';
import { FakeThread } from '../control/thread/fake-thread.ts';
import { ask } from '../helpers/ask.ts';
import { FakeClock } from '../helpers/fake-clock.ts';
import { freePort } from '../helpers/free-port.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { until } from '../server/until.ts';
import { asking, settingsOf, takenPort } from './app-world.ts';

let clock: FakeClock;
let metrics: Metrics;
let logged: Record<string, unknown>[];
let threads: FakeThread[];
let app: App;
let port: number;

beforeEach(() => {
  clock = new FakeClock();
  metrics = new Metrics();
  logged = [];
  threads = [];
  port = freePort();
});

afterEach(async () => {
  await timePasses(app.close());
});

/** A block that answers every A with this address; `more` are lines of it. */
function block(at: number, address: string, more = ''): string {
  const answer = `"{{ .Name }} 60 IN A ${address}"`;
  return `.:${at} {\nbind 127.0.0.1\n${more}\ntemplate IN A . {\nanswer ${answer}\n}\n}\n`;
}

const kubernetes = (manifests: string) => `kubernetes cluster.local {\nmanifests ${manifests}\n}`;

async function start(corefile: string, admin?: number): Promise<void> {
  const log = createLoggerTo('info', { write: (line) => void logged.push(JSON.parse(line)) });
  app = await startApp(settingsOf(corefile, admin), {
    log,
    metrics,
    clock,
    startThread: (settings, progress) => {
      const thread = new FakeThread(settings, progress);
      threads.push(thread);
      return thread as unknown as ControlThread;
    },
  });
}

/** Lets time pass for as long as this takes, at most a minute. */
async function timePasses<T>(promise: Promise<T>): Promise<T> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  promise.then(over, over);
  for (let ms = 0; ms < 60_000 && !isOver; ms += 20) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(20);
  }
  return promise;
}

const reload = (corefile: string, admin?: number) =>
  timePasses(app.reload(settingsOf(corefile, admin)));

async function answer(at = port): Promise<string> {
  const reply = await ask({ address: '127.0.0.1', port: at }, 'a.example.', 'A');
  return reply.answer.join();
}

/** Nobody listens there. */
function isFree(at: number): Promise<boolean> {
  return new Promise((resolve) => {
    const holder = createServer();
    holder.on('error', () => resolve(false));
    holder.listen({ port: at, host: '127.0.0.1' }, () => holder.close(() => resolve(true)));
  });
}

const manifestsOf = (all: readonly FakeThread[]) =>
  all.map(
    ({ settings, isTerminated }) => `${settings.source.manifests}${isTerminated ? ' ended' : ''}`,
  );

describe('App.reload()', () => {
  test('answers as the new settings say, on the same socket', async () => {
    await start(block(port, '192.0.2.1'));
    const before = app.addresses;
    expect(await answer()).toContain('192.0.2.1');
    expect(await reload(block(port, '192.0.2.2'))).toEqual([]);
    expect(await answer()).toContain('192.0.2.2');
    expect(app.addresses).toEqual(before);
  });

  test('opens what is new and closes what is not wanted any more', async () => {
    await start(block(port, '192.0.2.1'));
    const other = freePort();
    await reload(block(other, '192.0.2.2'));
    expect(app.addresses).toEqual([{ address: '127.0.0.1', port: other }]);
    expect(await answer(other)).toContain('192.0.2.2');
    expect([await isFree(port), await isFree(other)]).toEqual([true, false]);
  });

  test('starts its plugins before they answer', async () => {
    const folder = new TempFolder();
    onTestFinished(() => folder.dispose());
    const file = folder.write('hosts', '192.0.2.9 a.example\n');
    await start(block(port, '192.0.2.1'));
    await reload(`.:${port} {\nbind 127.0.0.1\nhosts ${file}\n}\n`);
    expect(await answer()).toContain('192.0.2.9');
  });

  test('takes the place of the one before it, not of the first', async () => {
    await start(block(port, '192.0.2.1', kubernetes('/m')));
    for (const [manifests, count] of [
      ['/n', 2],
      ['/o', 3],
      ['/o', 3],
    ] as const) {
      const done = reload(block(port, '192.0.2.1', kubernetes(manifests)));
      await until(() => threads.length === count);
      threads.at(-1)?.hasLoaded();
      await done;
    }
    expect(manifestsOf(threads)).toEqual(['/m ended', '/n ended', '/o']);
    expect(app.loaded.map(({ source }) => source.manifests)).toEqual([['/o']]);
  });

  test('changes nothing when there is a mistake, and says which', async () => {
    await start(block(port, '192.0.2.1', kubernetes('/m')));
    const problems = await reload(
      block(port, '192.0.2.2', 'bufsize x\nkubernetes b.org {\nmanifests /n\n}'),
    );
    expect(problems).toMatchObject([{ severity: 'error', origin: { line: 3 } }]);
    expect(await answer()).toContain('192.0.2.1');
    expect(manifestsOf(threads)).toEqual(['/m']);
  });

  test('goes on with names that stay the same, and ends the reading of others when it is over', async () => {
    await start(
      block(port, '192.0.2.1', kubernetes('/m')) + block(freePort(), '192.0.2.1', kubernetes('/n')),
    );
    for (const thread of threads) thread.hasLoaded();
    const done = reload(
      block(port, '192.0.2.2', kubernetes('/m')) + block(freePort(), '192.0.2.2', kubernetes('/o')),
    );
    await until(() => threads.length === 3);
    expect(manifestsOf(threads)).toEqual(['/m', '/n', '/o']);
    threads[2]?.hasLoaded();
    await done;
    expect(manifestsOf(threads)).toEqual(['/m', '/n ended', '/o']);
  });

  test('hands over what is remembered of changes to the thread of other names', async () => {
    await start(block(port, '192.0.2.1', kubernetes('/m')));
    const [old] = threads;
    old!.remembered = 'old';
    old?.hasLoaded();
    const done = reload(block(port, '192.0.2.1', kubernetes('/m').replace('}', 'ttl 30\n}')));
    await until(() => threads.length === 2);
    threads[1]?.hasLoaded();
    await done;
    expect(threads[1]?.received.at(-1)).toMatchObject({ kind: 'inherit', remembered: 'old' });
    expect(manifestsOf(threads)).toEqual(['/m ended', '/m']);
  });

  test('waits for new names to be read, five seconds at most', async () => {
    await start(block(port, '192.0.2.1', kubernetes('/m')));
    threads[0]?.hasLoaded();
    const began = clock.now();
    await reload(block(port, '192.0.2.2', kubernetes('/n')));
    expect(clock.now() - began).toBeGreaterThanOrEqual(5000);
    expect(clock.now() - began).toBeLessThan(6000);
    expect(await answer()).toContain('192.0.2.2');
  });

  test('answers as before until new names are there', async () => {
    await start(block(port, '192.0.2.1'));
    const done = app.reload(settingsOf(block(port, '192.0.2.2', kubernetes('/n'))));
    await until(() => threads.length === 1);
    expect(await answer()).toContain('192.0.2.1');
    threads[0]?.hasLoaded();
    await timePasses(done);
    expect(await answer()).toContain('192.0.2.2');
  });

  test.for([
    ['an address', async (corefile: string) => [corefile + block(await takenPort(), '192.0.2.2')]],
    ['the admin port', async (corefile: string) => [corefile, await takenPort()]],
  ] as const)('changes nothing when %s is taken, and has answered nobody', async ([, taken]) => {
    await start(block(port, '192.0.2.1', kubernetes('/m')));
    threads[0]?.hasLoaded();
    const fresh = freePort();
    const client = await asking(fresh);
    const [corefile, admin] = await taken(
      block(port, '192.0.2.2', kubernetes('/n')) + block(fresh, '192.0.2.2'),
    );
    await expect(reload(corefile as string, admin as number | undefined)).rejects.toThrow(
      ListenError,
    );
    expect(await answer()).toContain('192.0.2.1');
    expect(app.addresses).toEqual([{ address: '127.0.0.1', port }]);
    expect(client.replies()).toBe(0);
    expect(manifestsOf(threads)).toEqual(['/m', '/n ended']);
    // And the next one is as good as any.
    await reload(block(port, '192.0.2.3', kubernetes('/m')));
    expect(await answer()).toContain('192.0.2.3');
  });

  test('gives up when the server is to end meanwhile', async () => {
    await start(block(port, '192.0.2.1', kubernetes('/m')));
    threads[0]?.hasLoaded();
    const fresh = freePort();
    const client = await asking(fresh);
    const reloaded = app.reload(
      settingsOf(block(fresh, '192.0.2.2', `${kubernetes('/n')}\nbufsize 512`)),
    );
    await until(() => threads.length === 2);
    expect(manifestsOf(threads)).toEqual(['/m', '/n']);
    await timePasses(app.close());
    expect(await reloaded).toEqual([]);
    expect(manifestsOf(threads)).toEqual(['/m ended', '/n ended']);
    expect([app.addresses, client.replies()]).toEqual([[], 0]);
    expect(await isFree(fresh)).toBe(true);
  });

  test('does nothing once the server has ended', async () => {
    await start(block(port, '192.0.2.1'));
    await timePasses(app.close());
    expect(await reload(block(port, '192.0.2.2', kubernetes('/m')))).toEqual([]);
    expect([threads, app.addresses]).toEqual([[], []]);
  });

  test('tells threads that go on which addresses are ours now', async () => {
    await start(block(port, '192.0.2.1', kubernetes('/m')));
    threads[0]?.hasLoaded();
    const more = block(freePort(), '192.0.2.1').replace('127.0.0.1', '127.0.0.2');
    await reload(block(port, '192.0.2.1', kubernetes('/m')) + more);
    expect(threads[0]?.received.at(-1)).toEqual({
      kind: 'addresses',
      addresses: ['127.0.0.1', '127.0.0.2'],
    });
  });

  test('tells of the plugins and names in use, and of its warnings', async () => {
    await start(block(port, '192.0.2.1', kubernetes('/m')));
    threads[0]?.hasLoaded();
    logged = [];
    const done = reload(
      block(port, '192.0.2.2', `${kubernetes('/n')}\nforward . /nowhere/resolv.conf\nprometheus`),
    );
    await until(() => threads.length === 2);
    threads[1]?.publishes('a', 'b');
    threads[1]?.hasLoaded();
    expect(await done).toMatchObject([{ severity: 'warning' }]);
    const text = await metrics.text();
    const lines = text
      .split('\n')
      .filter((line) => /^(coredns_plugin_e|svcdns_names\{)/.test(line));
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^coredns_plugin_enabled\{.*name="forward"\} 1$/),
        expect.stringMatching(/^svcdns_names\{source="\/n",.*\} 2$/),
      ]),
    );
    expect(lines.join()).not.toContain('source="/m"');
    expect(logged.filter(({ msg }) => `${msg}`.endsWith('[PLUGIN_OPTION]'))).toHaveLength(1);
  });

  test('writes the log as fully as the new settings say, and less again without them', async () => {
    const log = createLoggerTo('info', { write: () => {} });
    app = await startApp(settingsOf(block(port, '192.0.2.1')), { log, metrics, clock });
    await reload(block(port, '192.0.2.1', 'debug'));
    expect(log.level).toBe('debug');
    await reload(block(port, '192.0.2.1'));
    expect(log.level).toBe('info');
  });
});
