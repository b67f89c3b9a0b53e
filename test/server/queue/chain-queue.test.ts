import { describe, expect, test } from 'vitest';
import { type ChainQuestion, ChainQueue } from '../../../src/server/queue/chain-queue.ts';
import { Sheds } from '../../../src/server/queue/sheds.ts';
import { samples, testContext } from '../../helpers/plugin-harness.ts';

/** A queue whose turns a test calls, and what becomes of the questions: `a1`, or `a1 queue_age`. */
function world({ stalls = false, startsAtOnce = false } = {}) {
  const context = testContext();
  const { clock, metrics } = context;
  let scheduled: (() => void)[] = [];
  const events: string[] = [];
  const queue = new ChainQueue({
    clock,
    metrics,
    sheds: new Sheds(context),
    schedule: (run) => void scheduled.push(run),
    ...(stalls ? {} : { age: clock }),
  });
  const leaves: (() => void)[] = [];
  let number = 0;
  const question = (client: string): ChainQuestion => {
    const name = `${client}${++number}`;
    return {
      client,
      receivedAt: 0,
      start: (waitedMs, leave) => {
        leaves.push(leave);
        events.push(stalls ? `${name} after ${waitedMs} ms` : name);
      },
      ...(startsAtOnce && {
        startAtOnce: (leave: () => void) => {
          leaves.push(leave);
          events.push(`${name} at once`);
          return true;
        },
      }),
      shed: (reason) => void events.push(`${name} ${reason}`),
    };
  };
  const turn = () => {
    const due = scheduled;
    scheduled = [];
    for (const run of due) run();
    return events.splice(0);
  };
  return {
    queue,
    clock,
    metrics,
    events,
    leaves,
    turn,
    ask: (clients: string) => {
      for (const client of clients) queue.push(question(client));
    },
    isScheduled: () => scheduled.length > 0,
  };
}

describe('ChainQueue', () => {
  test('starts nothing before its turn, then clients one after the other', () => {
    const { ask, turn, events, isScheduled } = world();
    ask('aaabc');
    expect(events).toEqual([]);
    expect(turn()).toEqual(['a1', 'b4', 'c5', 'a2', 'a3']);
    expect(isScheduled()).toBe(false);
  });

  test('starts 16 before their turn between two looks at the sockets, and none past others', () => {
    const { ask, turn, events } = world({ startsAtOnce: true });
    ask('a'.repeat(20));
    const started = Array.from({ length: 16 }, (_, at) => `a${at + 1} at once`);
    expect(events.splice(0)).toEqual(started);
    ask('b');
    expect(events).toEqual([]);
    expect(turn()).toEqual(['a17', 'b21', 'a18', 'a19', 'a20']);
    ask('b');
    expect(events).toEqual(['b22 at once']);
  });

  test('starts the newest first of a client whose oldest has waited for half a second', () => {
    const { ask, turn, clock } = world();
    ask('a');
    clock.advance(501);
    ask('aabb');
    expect(turn()).toEqual(['a3', 'b4', 'a2', 'b5', 'a1']);
  });

  test('drops what waited longer than a second, and starts the rest', async () => {
    const { ask, turn, clock, metrics } = world();
    ask('ab');
    clock.advance(600);
    ask('a');
    clock.advance(401);
    expect(turn()).toEqual(['a1 queue_age', 'b2 queue_age', 'a3']);
    const counted = await samples(metrics, 'svcdns_queries_shed_total{');
    expect(counted).toContain('reason="queue_age"} 2');
    expect(await samples(metrics, 'svcdns_chain_queue_seconds_sum')).toEqual([' 0.401']);
  });

  test('does not count a stall of the process: what waited through it is started', () => {
    const { ask, turn, clock } = world({ stalls: true });
    ask('a');
    clock.advance(20);
    ask('b');
    clock.advance(5000);
    expect(turn()).toEqual(['a1 after 120 ms', 'b2 after 100 ms']);
  });

  test('does not stop at many that are too old', () => {
    const { ask, turn, clock } = world();
    ask('a'.repeat(1000));
    clock.advance(1001);
    ask('b');
    const ended: string[] = [];
    for (let i = 0; i < 3; i++) ended.push(...turn());
    expect(ended.filter((event) => event.endsWith(' queue_age'))).toHaveLength(1000);
    expect(ended.filter((event) => !event.includes(' '))).toEqual(['b1001']);
  });

  test('keeps 4,096 of one client, the newest, and has room for others', async () => {
    const { ask, events, metrics } = world();
    ask('a'.repeat(4100));
    expect(events).toEqual([1, 2, 3, 4].map((at) => `a${at} queue_full`));
    ask('b'.repeat(100));
    expect(events).toHaveLength(4);
    expect(await samples(metrics, 'svcdns_chain_queue_length')).toEqual([' 4196']);
  });

  test('turns a client away that has half of all inside, until some have left', async () => {
    const { ask, turn, leaves, metrics } = world();
    for (let i = 0; i < 5000; i++) {
      ask('a');
      turn();
    }
    ask('ab');
    expect(turn()).toEqual(['a5001 in_chain', 'b5002']);
    expect(await samples(metrics, 'svcdns_chain_in_flight')).toEqual([' 5001']);
    for (const leave of leaves.slice(0, 2)) leave();
    ask('a');
    expect(turn()).toEqual(['a5003']);
  });

  test('does other work in turn with questions, whichever there is more of', () => {
    const { queue, ask, turn, events } = world();
    const work = (name: string) => queue.later(() => void events.push(name));
    ask('aaa');
    for (const name of ['w', 'x', 'y', 'z']) work(name);
    expect(turn()).toEqual(['a1', 'w', 'a2', 'x', 'a3', 'y', 'z']);
    work('v');
    expect(turn()).toEqual(['v']);
  });

  test('takes 4,096 pieces of other work, and says no to more', async () => {
    const { queue, metrics } = world();
    const taken = Array.from({ length: 4098 }, () => queue.later(() => {}));
    expect(taken.indexOf(false)).toBe(4096);
    expect(await samples(metrics, 'svcdns_chain_replies_dropped_total')).toEqual([' 2']);
  });
});
