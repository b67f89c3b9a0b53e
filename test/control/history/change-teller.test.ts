import { beforeEach, expect, test } from 'vitest';
import type { Noted, Recorded } from '../../../src/control/history/change-recorder.ts';
import { ChangeTeller } from '../../../src/control/history/change-teller.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

let clock: FakeClock;
let done: string[];
let teller: ChangeTeller;

beforeEach(() => {
  clock = new FakeClock();
  done = [];
  const log = (line: string) => void done.push(`log ${line}`);
  teller = new ChangeTeller(clock, log, ({ lines, left }) => {
    done.push(`told ${lines.join()} ${left.names}`);
  });
});

/** A change of so many names. */
function noted(what: string, names: number): Noted {
  const told = (how: string, left: number): Recorded => {
    done.push(`${what} ${how}`);
    return { records: [], left: { records: 0, names: left } };
  };
  return {
    names,
    makeOut: () => told('made out', 0),
    passOver: () => told('passed over', names),
  };
}

test('ChangeTeller makes out a small change at once', () => {
  teller.tell(['a'], noted('a', 50));
  expect(done).toEqual(['log a', 'a made out', 'told a 0']);
  expect(clock.timers).toBe(0);
});

test('ChangeTeller makes out a large change when no other comes in 100 ms', () => {
  teller.tell(['a'], noted('a', 51));
  clock.advance(99);
  expect(done).toEqual(['log a']);
  clock.advance(1);
  expect(done).toEqual(['log a', 'a made out', 'told a 0']);
});

test('ChangeTeller passes over a large change that another follows, before that one', () => {
  teller.tell(['a'], noted('a', 51));
  teller.tell(['b'], noted('b', 1));
  expect(done).toEqual([
    ...['log a', 'a passed over', 'told a 51'],
    ...['log b', 'b made out', 'told b 0'],
  ]);
  expect(clock.timers).toBe(0);
});

test('ChangeTeller makes out what waits when it is to settle, once', () => {
  teller.tell(['a'], noted('a', 51));
  teller.settle();
  teller.settle();
  clock.advance(100);
  expect(done).toEqual(['log a', 'a made out', 'told a 0']);
});

test('ChangeTeller makes out what waits before it tells of objects that have no names', () => {
  teller.tell(['a'], noted('a', 51));
  teller.tell([], undefined);
  expect(done).toEqual(['log a']);
  teller.tell(['b'], undefined);
  expect(done).toEqual(['log a', 'a made out', 'told a 0', 'log b', 'told b 0']);
  expect(clock.timers).toBe(0);
});
