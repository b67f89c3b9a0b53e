import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Reloader } from '../../../src/cli/serve/reloader.ts';
import { type LoadResult, loadSettings } from '../../../src/config/load.ts';
import type { Settings } from '../../../src/config/settings.ts';
import type { Problem } from '../../../src/kube/problem.ts';
import { createLoggerTo } from '../../../src/observe/log.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { settled } from '../../helpers/plugin-harness.ts';
import { TempFolder } from '../../helpers/temp-folder.ts';

const corefile = (...lines: string[]) => `.:1053 {\n${['whoami', ...lines].join('\n')}\n}\n`;

let folder: TempFolder;

beforeEach(() => {
  folder = new TempFolder();
});

afterEach(() => {
  folder.dispose();
});

/** A reloader of a Corefile with these lines, and an app that only remembers what it is given. */
function reloading(lines: readonly string[], draw: number | (() => number) = 0.5) {
  const clock = new FakeClock();
  const logged: { level: string; msg: string }[] = [];
  const taken: Settings[] = [];
  const state = {
    failed: 0,
    loads: 0,
    version: '',
    answer: [] as Problem[] | Error,
    thrown: undefined as Error | undefined,
    gate: async () => {},
  };
  const env: Record<string, string> = {};
  const write = (text: string) => folder.write('Corefile', text);
  const load = (): LoadResult => {
    state.loads++;
    if (state.thrown !== undefined) throw state.thrown;
    const options = { config: folder.at('Corefile') };
    return loadSettings({ options, env, cwd: folder.path, interfaces: {} });
  };
  write(corefile(...lines));
  const { settings } = load();
  if (settings === undefined) throw new Error('The first Corefile is wrong');
  state.loads = 0;
  const reloader = new Reloader(settings, {
    app: {
      reload: async (wanted) => {
        await state.gate();
        if (state.answer instanceof Error) throw state.answer;
        if (state.answer.length === 0) taken.push(wanted);
        return state.answer;
      },
    },
    log: createLoggerTo('info', { write: (line) => void logged.push(JSON.parse(line)) }),
    clock,
    failed: {
      add: (amount) => {
        state.failed += amount;
      },
    },
    load,
    random: () => (typeof draw === 'number' ? draw : draw()),
    inUse: (sha512) => {
      state.version = sha512;
    },
  });
  const errors = () => logged.filter(({ level }) => level === 'error').map(({ msg }) => msg);
  const ports = () => taken.map(({ listen }) => listen[0]?.port);
  const pass = async (ms: number) => {
    clock.advance(ms);
    await settled();
  };
  return { reloader, clock, state, env, write, errors, ports, pass };
}

const failedFor = (reason: string) => `Reloading failed, and nothing has changed: ${reason}`;

describe('Reloader at a signal', () => {
  test('takes the settings of the Corefile as it is now, changed or not', async () => {
    const { reloader, write, state, errors, ports } = reloading([]);
    await reloader.reload();
    write(corefile().replace('1053', '1054'));
    await reloader.reload();
    expect(ports()).toEqual([1053, 1054]);
    expect(state.failed).toBe(0);
    expect(errors()).toEqual([]);
  });

  test('changes nothing for a Corefile with mistakes: each is logged once, and it is counted', async () => {
    const { reloader, write, state, errors, ports } = reloading([]);
    write(corefile('bogus', 'kubernets cluster.local'));
    await reloader.reload();
    expect(ports()).toEqual([]);
    expect(state.failed).toBe(1);
    const file = folder.at('Corefile');
    expect(errors()).toEqual([
      expect.stringContaining(`${file}:3:1: error: `),
      expect.stringContaining(`${file}:4:1: error: `),
      failedFor('2 errors'),
    ]);
  });

  test('logs no more than twenty mistakes', async () => {
    const { reloader, write, errors } = reloading([]);
    write(corefile(...Array.from({ length: 50 }, (_, i) => `prometheus :${99_000 + i}`)));
    await reloader.reload();
    expect(errors()).toHaveLength(21);
  });

  test('tells what the app finds wrong, and counts it', async () => {
    const { reloader, state, errors } = reloading([]);
    const origin = { file: 'Corefile', document: 0, line: 2, column: 5 };
    state.answer = [{ severity: 'error', code: 'PLUGIN_OPTION', message: 'no such file', origin }];
    await reloader.reload();
    expect(state.failed).toBe(1);
    expect(errors()).toEqual([
      'Corefile:2:5: error: no such file [PLUGIN_OPTION]',
      failedFor('1 error'),
    ]);
  });

  test('tells why sockets could not be opened, and goes on', async () => {
    const { reloader, state, errors, ports } = reloading([]);
    state.answer = new Error('port 1053 is taken');
    await reloader.reload();
    expect(state.failed).toBe(1);
    expect(errors()).toEqual([failedFor('port 1053 is taken')]);
    state.answer = [];
    await reloader.reload();
    expect(ports()).toEqual([1053]);
  });

  test('begins to look for changes when the new Corefile wants that', async () => {
    const { reloader, clock, write } = reloading([]);
    expect(clock.timers).toBe(0);
    write(corefile('reload 10s'));
    await reloader.reload();
    expect(clock.timers).toBe(1);
    await reloader.reload();
    expect(clock.timers).toBe(1);
  });
});

describe('Reloader in a flood of signals', () => {
  /** A reloader of which each reload waits until the test lets it go on. */
  function slowly() {
    const one = reloading([]);
    const waiting: (() => void)[] = [];
    one.state.gate = () => new Promise((resolve) => waiting.push(() => resolve()));
    const finish = async () => {
      waiting.shift()?.();
      await settled();
    };
    return { ...one, waiting, finish };
  }

  test('has one reload under way and one that waits, and the newest content wins', async () => {
    const { reloader, write, state, ports, waiting, finish } = slowly();
    const first = reloader.reload();
    await settled();
    for (let i = 0; i < 100; i++) {
      write(corefile().replace('1053', `${2900 + i}`));
      void reloader.reload();
    }
    await settled();
    expect([state.loads, waiting.length]).toEqual([1, 1]);
    await finish();
    await first;
    expect([state.loads, waiting.length]).toEqual([2, 1]);
    await finish();
    expect(ports()).toEqual([1053, 2999]);
    await settled();
    expect([state.loads, waiting.length]).toEqual([2, 0]);
  });

  test('gives all who wait the same end', async () => {
    const { reloader, finish } = slowly();
    void reloader.reload();
    await settled();
    const waiting = new Set(Array.from({ length: 10_000 }, () => reloader.reload()));
    expect(waiting.size).toBe(1);
    await finish();
    await finish();
    await Promise.all(waiting);
  });

  test('begins none after stop()', async () => {
    const { reloader, state, finish, ports } = slowly();
    void reloader.reload();
    await settled();
    const waiting = reloader.reload();
    reloader.stop();
    await finish();
    await waiting;
    expect([state.loads, ports()]).toEqual([1, [1053]]);
  });
});

describe('Reloader and a configuration that cannot be read', () => {
  const limit = 1024 * 1024;
  const makeFolder = () => {
    folder.remove('Corefile');
    folder.folder('Corefile');
  };

  test.for<[string, () => unknown, RegExp]>([
    ['was deleted', () => folder.remove('Corefile'), /there is no such file/],
    ['is a folder', makeFolder, /it is a folder/],
    ['is huge', () => folder.write('Corefile', '#'.repeat(limit + 1)), /longer than 1048576 bytes/],
    ['is empty', () => folder.write('Corefile', ''), /error: /],
    ['is no text', () => folder.write('Corefile', '\0\u0001{{{'), /error: /],
    [
      'imports what is not there',
      () => folder.write('Corefile', 'import x.conf\n'),
      /1:1: error: /,
    ],
  ])(
    'whose Corefile %s changes nothing, says so once, and takes it when it is good again',
    async ([, spoil, reason]) => {
      const { pass, errors, ports, state, write } = reloading(['reload 10s']);
      const { version } = state;
      spoil();
      for (let i = 0; i < 3; i++) await pass(10_000);
      expect(errors()[0]).toMatch(reason);
      expect(errors().at(-1)).toMatch(/^Reloading failed, and nothing has changed: \d errors?$/);
      expect([state.failed, ports(), state.version]).toEqual([1, [], version]);
      rmSync(folder.at('Corefile'), { recursive: true, force: true });
      write(corefile('reload 10s').replace('1053', '1054'));
      for (let i = 0; i < 3; i++) await pass(10_000);
      expect([state.failed, ports()]).toEqual([1, [1054]]);
      expect(state.version).not.toBe(version);
    },
  );

  test('counts an error that reading it threw, and goes on looking', async () => {
    const { pass, state, errors, write, ports } = reloading(['reload 10s']);
    state.thrown = new Error('the disk is gone');
    await pass(10_000);
    expect(errors()).toEqual([failedFor('the disk is gone')]);
    state.thrown = undefined;
    write(corefile('reload 10s').replace('1053', '1054'));
    await pass(10_000);
    expect([state.failed, ports()]).toEqual([1, [1054]]);
  });
});

describe('Reloader with `reload`', () => {
  test('takes a change of an imported file, and of one that comes to a pattern', async () => {
    folder.write('first.conf', '# nothing');
    const { write, pass, state, ports } = reloading(['reload 10s', 'import first.conf']);
    await pass(10_000);
    expect(ports()).toEqual([]);
    folder.write('first.conf', 'nsid x');
    await pass(10_000);
    expect(ports()).toEqual([1053]);
    write(corefile('reload 10s', 'import *.conf')); // the same words from the same file: no change
    await pass(10_000);
    folder.write('second.conf', 'chaos');
    await pass(10_000);
    await pass(10_000);
    expect([ports().length, state.failed]).toEqual([2, 0]);
  });

  test('takes a change of an environment variable', async () => {
    const { write, pass, env, ports } = reloading(['reload 10s']);
    env['PORT'] = '1060';
    write(corefile('reload 10s').replace('1053', '{$PORT}'));
    await pass(10_000);
    await pass(10_000);
    env['PORT'] = '1061';
    await pass(10_000);
    expect(ports()).toEqual([1060, 1061]);
  });

  test('tells which configuration is in use, and not one that was refused', async () => {
    const { write, pass, state } = reloading(['reload 10s']);
    const first = state.version;
    expect(first).toMatch(/^[0-9a-f]{128}$/);
    write(corefile('reload 10s', 'bogus'));
    await pass(10_000);
    expect(state.version).toBe(first);
    write(corefile('reload 10s', 'nsid x'));
    await pass(10_000);
    expect(state.version).not.toBe(first);
    write(corefile('reload 10s'));
    await pass(10_000);
    expect(state.version).toBe(first);
  });

  test.for([
    ['reload 10s 4s', 0, 8000],
    ['reload 10s 4s', 0.5, 10_000],
    ['reload 10s 4s', 1, 12_000],
    ['reload 10s 0', 1, 10_000],
    ['reload', 0, 22_500],
    ['reload', 1, 37_500],
  ] as const)('`%s` and a draw of %f look after %i ms', async ([line, draw, ms]) => {
    const { state, pass } = reloading([line], draw);
    await pass(ms - 1);
    expect(state.loads).toBe(0);
    await pass(1);
    expect(state.loads).toBe(1);
    await pass(ms);
    expect(state.loads).toBe(2);
  });

  test('does nothing when the Corefile is as before', async () => {
    const { state, write, pass, ports } = reloading(['reload 10s']);
    write(corefile('reload 10s'));
    for (let i = 0; i < 3; i++) await pass(10_000);
    expect(state.loads).toBe(3);
    expect(ports()).toEqual([]);
    expect(state.failed).toBe(0);
  });

  test('takes a change once', async () => {
    const { write, pass, ports } = reloading(['reload 10s']);
    write(corefile('reload 10s').replace('1053', '1054'));
    for (let i = 0; i < 3; i++) await pass(10_000);
    expect(ports()).toEqual([1054]);
  });

  test('tries a broken change once only, another one again, and then the fixed one', async () => {
    const { write, pass, ports, state, errors } = reloading(['reload 10s']);
    write(corefile('reload 10s', 'bogus'));
    for (let i = 0; i < 3; i++) await pass(10_000);
    expect(state.failed).toBe(1);
    expect(errors()).toHaveLength(2);
    write(corefile('reload 10s', '', 'bogus'));
    for (let i = 0; i < 3; i++) await pass(10_000);
    expect(state.failed).toBe(2);
    write(corefile('reload 10s').replace('1053', '1054'));
    for (let i = 0; i < 3; i++) await pass(10_000);
    expect(ports()).toEqual([1054]);
    expect(state.failed).toBe(2);
  });

  test('tries a change whose port is taken once only', async () => {
    const { write, pass, state } = reloading(['reload 10s']);
    state.answer = new Error('port 1054 is taken');
    write(corefile('reload 10s').replace('1053', '1054'));
    for (let i = 0; i < 3; i++) await pass(10_000);
    expect(state.failed).toBe(1);
  });

  test('waits as long as the Corefile it has taken says, and no more after `off`', async () => {
    const { write, pass, state, clock } = reloading(['reload 10s']);
    write(corefile('reload 60s'));
    await pass(10_000);
    await pass(59_999);
    expect(state.loads).toBe(1);
    write(corefile('reload off'));
    await pass(1);
    expect(state.loads).toBe(2);
    expect(clock.timers).toBe(0);
  });

  test.for([['reload off'], []])('%j never looks', async (lines) => {
    const { clock, pass, state } = reloading(lines);
    expect(clock.timers).toBe(0);
    await pass(3_600_000);
    expect(state.loads).toBe(0);
  });

  test('draws its jitter once for each Corefile', async () => {
    const draws = [0, 1, 0.5];
    const { state, pass } = reloading(['reload 10s 4s'], () => draws.shift() ?? 0.9);
    for (let i = 0; i < 3; i++) await pass(8000);
    expect(state.loads).toBe(3);
  });

  test('stop() ends it, also while a change is being taken', async () => {
    const idle = reloading(['reload 10s']);
    idle.reloader.stop();
    expect(idle.clock.timers).toBe(0);

    const { reloader, clock, write } = reloading(['reload 10s']);
    write(corefile('reload 5s'));
    clock.advance(10_000);
    reloader.stop();
    await settled();
    expect(clock.timers).toBe(0);
  });
});
