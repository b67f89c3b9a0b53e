import { describe, expect, test } from 'vitest';
import { Names } from '../../src/app/names.ts';
import { loadSettings } from '../../src/config/load.ts';
import { nameSources } from '../../src/config/name-sources.ts';
import type { Settings } from '../../src/config/settings.ts';
import { createLogger } from '../../src/observe/log.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { memoryFiles } from '../corefile/memory-files.ts';
import { FakeClock } from '../helpers/fake-clock.ts';
import { settled } from '../helpers/plugin-harness.ts';

/** Server blocks `ZONE TTL`, each with names of its own. */
function settingsOf(...blocks: string[]): Settings {
  const text = blocks.map((block, at) => {
    const [zone, ttl] = block.split(' ');
    return `${zone}:${1000 + at} {\nkubernetes {\nmanifests /m\nttl ${ttl}\n}\n}\n`;
  });
  const files = memoryFiles({ '/Corefile': text.join('') });
  const options = { config: '/Corefile' };
  return loadSettings({ options, env: {}, cwd: '/', files, interfaces: {} }).settings!;
}

const clock = new FakeClock();
const shared = { log: createLogger('silent'), clock, metrics: new Metrics() };

const livesOf = (names: Names, settings: Settings) =>
  nameSources(settings).map((source) => names.liveOf(source));

describe('Names', () => {
  test('of the same source are shared, and of others their own', () => {
    const settings = settingsOf('a.org 5', 'b.org 5', 'a.org 5', 'a.org 6');
    const names = new Names(settings, shared);
    const [first, second, third, fourth] = settings.blocks.map(({ kubernetes }) =>
      names.liveOf(kubernetes!),
    );
    expect(third).toBe(first);
    expect(new Set([first, second, fourth]).size).toBe(3);
  });

  test('that stay the same are taken over by the next configuration, all others are new', () => {
    const before = settingsOf('a.org 5', 'b.org 5');
    const after = settingsOf('b.org 5', 'c.org 5', 'a.org 6');
    const old = new Names(before, shared);
    const next = new Names(after, shared, old);
    const [, oldB] = livesOf(old, before);
    expect(livesOf(next, after).map((live) => live === oldB)).toEqual([true, false, false]);
  });

  test('that are new are waited for as long as a reload may take, and no longer', async () => {
    const next = new Names(settingsOf('b.org 5'), shared, new Names(settingsOf('a.org 5'), shared));
    let isOver = false;
    void next.whenSyncedOr(5000, new AbortController().signal).then(() => {
      isOver = true;
    });
    clock.advance(4999);
    await settled();
    expect(isOver).toBe(false);
    clock.advance(1);
    await settled();
    expect(isOver).toBe(true);
    expect(next.loaded).toEqual([]);
  });

  test('that were taken over are not waited for, whatever they have come to', async () => {
    const settings = settingsOf('a.org 5');
    const next = new Names(settings, shared, new Names(settings, shared));
    await next.whenSyncedOr(5000, new AbortController().signal);
    expect(clock.timers).toBe(0);
  });

  test('are not waited for when the server is to end', async () => {
    const ending = new AbortController();
    const names = new Names(settingsOf('a.org 5'), shared);
    const over = names.whenSyncedOr(5000, ending.signal);
    ending.abort();
    await over;
    await names.whenSyncedOr(5000, ending.signal);
    expect(clock.timers).toBe(0);
  });

  test('of a Corefile without kubernetes are there at once', async () => {
    const files = memoryFiles({ '/Corefile': '. {\nwhoami\n}\n' });
    const options = { config: '/Corefile' };
    const { settings } = loadSettings({ options, env: {}, cwd: '/', files, interfaces: {} });
    expect(await new Names(settings!, shared).whenSynced()).toEqual([]);
  });
});
