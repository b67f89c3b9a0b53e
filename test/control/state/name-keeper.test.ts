import { describe, expect, test } from 'vitest';
import { NameKeeper } from '../../../src/control/state/name-keeper.ts';
import { decodeSnapshot, type Snapshot } from '../../../src/control/state/snapshot.ts';
import { keyFromText, textOf } from '../../../src/dns/name.ts';
import type { NameChanges } from '../../../src/zone/compiler.ts';
import { type PackedName, packName } from '../../../src/zone/packed-name.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { settled } from '../../helpers/plugin-harness.ts';

/** On a clock on which each look takes time. */
class SlowClock extends FakeClock {
  readonly #ms: number;
  #busy = 0;

  constructor(ms: number) {
    super();
    this.#ms = ms;
  }

  override now(): number {
    this.#busy += this.#ms;
    return super.now() + this.#busy;
  }
}

function start({ msOfLook = 0 } = {}) {
  const clock = new SlowClock(msOfLook);
  const written: Buffer[] = [];
  const faults: unknown[] = [];
  /** What a write does: by default it is done at once. */
  const disk = { write: async (_: Buffer): Promise<void> => {} };
  const keeper = new NameKeeper({
    source: 'abc',
    clock,
    write: (bytes) => {
      written.push(bytes);
      return disk.write(bytes);
    },
    onFault: (error) => faults.push(error),
  });
  const saved = async () => {
    const { names } = (await decodeSnapshot(written.at(-1)!)) as Snapshot;
    return [...names].map(([key]) => textOf(key)).sort();
  };
  const after = async (ms: number) => {
    clock.advance(ms);
    await settled();
  };
  return { clock, keeper, written, faults, disk, saved, after };
}

/** `+a -b`: a is there now, b is gone. */
const changes = (text: string): NameChanges =>
  new Map(
    text.split(' ').map((one) => {
      const name = one.startsWith('+') ? packName(0, []) : null;
      return [keyFromText(one.slice(1)), name];
    }),
  );

describe('NameKeeper', () => {
  test('saves nothing before everything has been read', async () => {
    const { keeper, written, clock, after } = start();
    keeper.take(changes('+a +b'), 7);
    await after(60_000);
    expect(written).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  test('saves what is published 2 s after it was read, in one file', async () => {
    const { keeper, written, saved, after } = start();
    keeper.take(changes('+a +b'), 7);
    keeper.settle();
    keeper.settle();
    await after(1999);
    expect(written).toEqual([]);
    keeper.take(changes('-a +c'), 8);
    await after(1);
    expect(await saved()).toEqual(['b.', 'c.']);
    expect(await decodeSnapshot(written[0]!)).toMatchObject({
      source: 'abc',
      serial: 8,
      savedAt: 1_700_000_002,
    });
  });

  test('saves each change once, and rests when there is none', async () => {
    const { keeper, written, clock, after } = start();
    keeper.take(changes('+a'), 7);
    keeper.settle();
    keeper.take(changes('+b'), 7);
    await after(2000);
    keeper.take(new Map(), 8);
    expect(clock.timers).toBe(0);
    await after(60_000);
    expect(written).toHaveLength(1);
  });

  test('has one write under way at a time, and then saves what came meanwhile', async () => {
    const { keeper, written, saved, disk, after } = start();
    let finish = () => {};
    disk.write = () =>
      new Promise((resolve) => {
        finish = resolve;
      });
    keeper.take(changes('+a'), 7);
    keeper.settle();
    await after(2000);
    keeper.take(changes('+b'), 8);
    await after(60_000);
    expect(written).toHaveLength(1);
    finish();
    await settled();
    await after(2000);
    expect(written).toHaveLength(2);
    expect(await saved()).toEqual(['a.', 'b.']);
  });

  test('saves the names of one moment, whatever changes while the file is made', async () => {
    const { keeper, written, saved, clock, after } = start({ msOfLook: 10 });
    const all = Array.from({ length: 1200 }, (_, at) => `n${at}`);
    keeper.take(changes(all.map((name) => `+${name}`).join(' ')), 7);
    keeper.settle();
    // After the first piece: the timer of the next one is set later.
    clock.setTimeout(() => keeper.take(changes('-n0 +new'), 8), 2000);
    await after(2000);
    expect(await saved()).toEqual(all.map((name) => `${name}.`).sort());
    expect(await decodeSnapshot(written[0]!)).toMatchObject({ serial: 7 });
    await after(60_000);
    expect(await saved()).toContain('new.');
    expect(written).toHaveLength(2);
  });

  test('gives the disk a MiB a second at most', async () => {
    const { keeper, written, after } = start();
    const large = 'x'.repeat(5 * 1024 * 1024) as PackedName;
    keeper.take(new Map([[keyFromText('a'), large]]), 7);
    keeper.settle();
    await after(2000);
    keeper.take(changes('+b'), 8);
    await after(5000);
    expect(written).toHaveLength(1);
    await after(100);
    expect(written).toHaveLength(2);
  });

  test('tells of each write that fails, and tries again with the next change or a minute later', async () => {
    const { keeper, written, faults, disk, saved, clock, after } = start();
    disk.write = async () => {
      throw new Error('no space left on device');
    };
    keeper.take(changes('+a'), 7);
    keeper.settle();
    await after(2000);
    keeper.take(changes('+b'), 7);
    await after(2000);
    expect(faults).toEqual(Array(2).fill(new Error('no space left on device')));
    await after(59_999);
    expect(written).toHaveLength(2);
    disk.write = async () => {};
    await after(2001);
    expect(written).toHaveLength(3);
    expect(await saved()).toEqual(['a.', 'b.']);
    expect([faults.length, clock.timers]).toEqual([2, 0]);
  });
});
