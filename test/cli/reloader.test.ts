import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Reloader } from '../../src/cli/reloader.ts';
import { type LoadResult, loadSettings } from '../../src/config/load.ts';
import type { Settings } from '../../src/config/settings.ts';
import type { Problem } from '../../src/kube/problem.ts';
import { createLoggerTo } from '../../src/observe/log.ts';
import { FakeClock } from '../helpers/fake-clock.ts';
import { settled } from '../helpers/plugin-harness.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

const corefile = (...lines: string[]) => `.:1053 {\n${['whoami', ...lines].join('\n')}\n}\n`;

let folder: TempFolder;

beforeEach(() => {
  folder = new TempFolder();
});

afterEach(() => {
  folder.dispose();
});

/** A reloader of a Corefile with these lines, and an app that only remembers what it is given. */
function reloading(lines: readonly string[], jitter = 0.5) {
  const clock = new FakeClock();
  const logged: { level: string; msg: string }[] = [];
  const taken: Settings[] = [];
  const state = { failed: 0, loads: 0, answer: [] as Problem[] | Error };
  const write = (text: string) => folder.write('Corefile', text);
  const load = (): LoadResult => {
    state.loads++;
    const options = { config: folder.at('Corefile') };
    return loadSettings({ options, env: {}, cwd: folder.path, interfaces: {} });
  };
  write(corefile(...lines));
  const { settings } = load();
  if (settings === undefined) throw new Error('The first Corefile is wrong');
  state.loads = 0;
  const reloader = new Reloader(settings, {
    app: {
      reload: async (wanted) => {
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
    random: () => jitter,
  });
  const errors = () => logged.filter(({ level }) => level === 'error').map(({ msg }) => msg);
  const ports = () => taken.map(({ listen }) => listen[0]?.port);
  const pass = async (ms: number) => {
    clock.advance(ms);
    await settled();
  };
  return { reloader, clock, state, write, errors, ports, pass };
}

const SAYS_NOTHING_CHANGED = 'Reloading failed, and nothing has changed';

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
      SAYS_NOTHING_CHANGED,
    ]);
  });

  test('logs no more than twenty mistakes', async () => {
    const { reloader, write, errors } = reloading([]);
    write(corefile(...Array.from({ length: 50 }, (_, i) => `bogus${i}`)));
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
      SAYS_NOTHING_CHANGED,
    ]);
  });

  test('tells why sockets could not be opened, and goes on', async () => {
    const { reloader, state, errors, ports } = reloading([]);
    state.answer = new Error('port 1053 is taken');
    await reloader.reload();
    expect(state.failed).toBe(1);
    expect(errors()).toEqual([`${SAYS_NOTHING_CHANGED}: port 1053 is taken`]);
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

describe('Reloader with `reload`', () => {
  test.for([
    ['reload 10s 4s', 0, 6000],
    ['reload 10s 4s', 0.5, 10_000],
    ['reload 10s 4s', 1, 14_000],
    ['reload', 0, 15_000],
    ['reload', 1, 45_000],
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

  test('tries a broken change once only, another one again, and then the mended one', async () => {
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
