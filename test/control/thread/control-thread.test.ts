import { beforeEach, describe, expect, test } from 'vitest';
import { watchReading } from '../../../src/control/thread/control-thread.ts';
import { Progress } from '../../../src/control/thread/progress.ts';
import type { ControlSettings } from '../../../src/control/thread/protocol.ts';
import { HeapGrowth } from '../../../src/support/heap.ts';
import { FakeThread } from './fake-thread.ts';

const LITTLE = '--max-inlined-bytecode-size-cumulative=100';
const AS_EVER = '--max-inlined-bytecode-size-cumulative=920';
const NOT_COMPACTING = '--no-compact-on-every-full-gc';

describe('watchReading()', () => {
  let flags: string[];
  let heap: HeapGrowth;

  beforeEach(() => {
    flags = [];
    heap = new HeapGrowth((flag) => void flags.push(flag));
  });

  const thread = () => {
    const made = new FakeThread({} as ControlSettings, new Progress());
    watchReading(made, heap);
    return made;
  };

  test('has little inlined from a large load on, until its first names are there', () => {
    const reader = thread();
    reader.says({ kind: 'large' });
    expect(flags).toEqual([LITTLE]);
    reader.on('message', () => flags.push('names'));
    reader.publishes('web');
    reader.hasLoaded();
    expect(flags).toEqual([LITTLE, AS_EVER, 'names', 'names']);
  });

  test('no longer when it dies or is ended in the middle of a load, nor for the next one', () => {
    const reader = thread();
    reader.says({ kind: 'large' });
    reader.emit('exit', 1);
    const next = thread();
    next.says({ kind: 'large' });
    next.publishes('web');
    expect(flags).toEqual([LITTLE, AS_EVER, NOT_COMPACTING]);
  });

  test('never while names of another thread are answered', () => {
    const [first, second] = [thread(), thread()];
    first.publishes('web');
    second.says({ kind: 'large' });
    first.hasLoaded();
    second.publishes('api');
    second.hasLoaded();
    expect(flags).toEqual([]);
  });

  test('has no collection compact any more when it is ended, maybe in one, long after its load', () => {
    const reader = thread();
    reader.publishes('web');
    reader.hasLoaded();
    expect(flags).toEqual([]);
    reader.emit('exit', 1);
    expect(flags).toEqual([NOT_COMPACTING]);
  });
});
