import { describe, expect, test } from 'vitest';
import { SocketLoad } from '../../../src/server/udp/socket-load.ts';
import { samples, testContext } from '../../helpers/plugin-harness.ts';

/** What a datagram takes of a receive buffer, bytes. */
const DATAGRAM_BYTES = 768;

/**
 * `turn()`: so many datagrams come at one look, and a millisecond passes, or `ms`. The number
 * dropped. `room`: how many datagrams the receive buffer has room for.
 */
function world({ room = 0 } = {}) {
  const { clock, metrics } = testContext();
  let scheduled: (() => void)[] = [];
  let shed = 0;
  const load = new SocketLoad({
    now: () => clock.now(),
    metrics,
    sheds: { add: () => void shed++ },
    schedule: (run) => void scheduled.push(run),
  });
  load.opened(room * DATAGRAM_BYTES);
  const turn = (counts: Record<string, number>, ms = 1) => {
    const before = shed;
    let dropped = 0;
    for (const [client, count] of Object.entries(counts)) {
      for (let i = 0; i < count; i++) if (!load.takes({ address: client }, clock.now())) dropped++;
    }
    const due = scheduled;
    scheduled = [];
    for (const run of due) run();
    clock.advance(ms);
    expect(shed - before).toBe(dropped);
    return dropped;
  };
  const turns = (count: number, counts: Record<string, number>, ms = 1) => {
    let dropped = 0;
    for (let i = 0; i < count; i++) dropped += turn(counts, ms);
    return dropped;
  };
  return { turn, turns, load, clock, metrics, isScheduled: () => scheduled.length > 0 };
}

const FLOOD = { '10.0.0.1': 31, '10.0.0.2': 1 };

/** Forty queries of twenty clients that ask alike, who by chance. */
function alike(turn: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < 40; i++) {
    const client = `10.1.0.${((Math.imul(turn * 40 + i, 0x9e3779b1) >>> 16) * 20) >>> 16}`;
    counts[client] = (counts[client] ?? 0) + 1;
  }
  return counts;
}

describe('SocketLoad', () => {
  test('drops nothing while each look empties the sockets, however much comes', () => {
    const { turns } = world();
    expect(turns(2000, { '10.0.0.1': 30, '10.0.0.2': 1 })).toBe(0);
  });

  test('drops nothing of a burst that is over within 50 ms', () => {
    const { turns } = world();
    for (let i = 0; i < 50; i++) {
      expect(turns(50, FLOOD)).toBe(0);
      expect(turns(1, { '10.0.0.1': 16 })).toBe(0);
    }
  });

  test('drops nothing at first until it has read what the sockets hold, and later 4,096', () => {
    const { turns } = world({ room: 32_000 });
    expect(turns(1000, FLOOD)).toBe(0);
    expect(turns(100, FLOOD)).toBeGreaterThan(0);
    const emptied = world({ room: 32_000 });
    expect(emptied.turns(999, FLOOD)).toBe(0);
    emptied.turns(1, { '10.0.0.1': 16 });
    expect(emptied.turns(4096 / 32, FLOOD)).toBe(0);
    expect(emptied.turns(100, FLOOD)).toBeGreaterThan(0);
  });

  test('many sockets have the room of the largest, not of all', () => {
    const { turns, load } = world({ room: 3200 });
    for (let i = 0; i < 19; i++) load.opened(1600 * DATAGRAM_BYTES);
    expect(turns(100, FLOOD)).toBe(0);
    expect(turns(100, FLOOD)).toBeGreaterThan(0);
  });

  test('a socket that is closed has no room', () => {
    const { turns, load } = world({ room: 32_000 });
    load.closed(32_000 * DATAGRAM_BYTES);
    expect(turns(51, FLOOD)).toBe(0);
    expect(turns(50, FLOOD)).toBeGreaterThan(0);
  });

  test('a flood that it has just dropped from does not get the room once more', () => {
    const { turns } = world({ room: 32_000 });
    expect(turns(1100, FLOOD)).toBeGreaterThan(0);
    turns(1, { '10.0.0.1': 16 });
    expect(turns(51, FLOOD)).toBe(0);
    expect(turns(20, FLOOD)).toBeGreaterThan(0);
  });

  test('drops nothing of clients that ask alike while it has no CPU now and then', () => {
    const { turn, turns } = world();
    for (let stall = 0; stall < 100; stall++) {
      for (let i = 0; i < 10; i++)
        expect(turn(alike(stall * 10 + i), i % 5 === 4 ? 60 : 1)).toBe(0);
      turns(1, { '10.1.0.1': 16 });
    }
  });

  test('drops from a flood all the same when each turn is a stall', () => {
    const { turns } = world({ room: 3200 });
    expect(turns(100, FLOOD, 200)).toBe(0);
    expect(turns(100, FLOOD, 200)).toBeGreaterThan(0);
  });

  test('drops what the busiest has over when no look has emptied the sockets for so long', async () => {
    const { turns, metrics } = world();
    expect(turns(51, FLOOD)).toBe(0);
    const dropped = turns(1000, FLOOD);
    expect(dropped).toBeGreaterThan(31 * 1000 * 0.9);
    expect(dropped).toBeLessThan(31 * 1000 * 0.95);
    expect(await samples(metrics, 'svcdns_udp_full_turns_total')).toEqual([' 1051']);
  });

  test('drops nothing of a client that is alone', () => {
    const { turns } = world();
    expect(turns(1000, { '10.0.0.1': 32 })).toBe(0);
  });

  test('drops nothing more once a look has emptied the sockets', () => {
    const { turns } = world();
    turns(100, FLOOD);
    turns(1, { '10.0.0.1': 16 });
    expect(turns(50, FLOOD)).toBe(0);
    expect(turns(10, FLOOD)).toBeGreaterThan(0);
  });

  test('drops nothing of who comes when the flood is over, however little that is', () => {
    const { turns } = world();
    const crowd = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`10.1.0.${at}`, 2]));
    expect(turns(100, crowd)).toBeGreaterThan(0);
    expect(turns(100, { '10.0.0.2': 1 })).toBe(0);
  });

  test('looks only after every sixteenth datagram', () => {
    const { load, isScheduled } = world();
    for (let i = 0; i < 15; i++) load.takes({ address: '10.0.0.1' }, 0);
    expect(isScheduled()).toBe(false);
    load.takes({ address: '10.0.0.1' }, 0);
    expect([isScheduled(), load.total]).toEqual([true, 16]);
  });
});
