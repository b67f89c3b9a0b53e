import { describe, expect, test } from 'vitest';
import { ChainTurns } from '../../../src/server/queue/chain-turns.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

/**
 * Turns of pieces that each take so many ms; `turn()` is one look at the sockets and what runs
 * behind it.
 */
function world(pieceMs: number) {
  const clock = new FakeClock();
  let scheduled: (() => void)[] = [];
  let left = 0;
  let done = 0;
  let arrived = 0;
  const turnMs: number[] = [];
  const turns = new ChainTurns(
    {
      size: () => left,
      step: () => {
        left--;
        done++;
        clock.advance(pieceMs);
      },
    },
    {
      now: () => clock.now(),
      schedule: (run) => void scheduled.push(run),
      arrived: () => arrived,
      fullTurn: 32,
      took: (ms) => void turnMs.push(ms),
    },
  );
  return {
    turnMs,
    add: (count: number) => {
      for (let i = 0; i < count; i++) {
        left++;
        turns.wake();
      }
    },
    /** The pieces done in it. */
    turn: () => {
      const before = done;
      const due = scheduled;
      scheduled = [];
      for (const run of due) run();
      return done - before;
    },
    /** Datagrams that come before the next turn. */
    datagrams: (count: number) => {
      arrived += count;
    },
    get isScheduled() {
      return scheduled.length > 0;
    },
    get left() {
      return left;
    },
  };
}

describe('ChainTurns', () => {
  test('does nothing before the sockets were looked at, then all that its share has time for', () => {
    const { add, turn, turnMs } = world(1);
    add(10);
    expect([turn(), turn(), turn(), turn()]).toEqual([4, 4, 2, 0]);
    expect(turnMs).toEqual([4, 4, 2]);
  });

  test('has a smaller share when the look before it may have left something in a socket', () => {
    const { add, turn, datagrams } = world(0.125);
    add(40);
    const done = [32, 31, 40].map((count) => {
      datagrams(count);
      return turn();
    });
    expect(done).toEqual([2, 32, 2]);
  });

  test('does at least one piece in each turn, however long it takes', () => {
    const { add, turn, datagrams } = world(50);
    datagrams(32);
    add(3);
    expect([turn(), turn(), turn(), turn()]).toEqual([1, 1, 1, 0]);
  });

  test('does at most 64 pieces, however short', () => {
    const { add, turn } = world(0);
    add(200);
    expect([turn(), turn(), turn(), turn(), turn()]).toEqual([64, 64, 64, 8, 0]);
  });

  test('does what comes while it works in the next turn, and schedules nothing when all is done', () => {
    const one = world(1);
    one.add(2);
    expect(one.turn()).toBe(2);
    expect(one.isScheduled).toBe(false);
    one.add(1);
    expect([one.turn(), one.left, one.isScheduled]).toEqual([1, 0, false]);
  });
});
