import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { judge, type Ratio, renewed } from '../../bench/budget.ts';
import { allServers } from '../../bench/servers.ts';
import { MIXES } from '../../bench/workload.ts';

const HIT: Ratio = { server: 'svcdns', peer: 'knot', load: '1000 udp hit', ratio: 1 };
const POD: Ratio = { server: 'svcdns', peer: 'unbound', load: '1000 udp pod', ratio: 2 };

/** CPU times by server and load, as measured. */
function measured(times: Readonly<Record<string, number>>) {
  return (server: string, load: string) => times[`${server}, ${load}`];
}

const PEERS = { 'knot, 1000 udp hit': 10, 'unbound, 1000 udp pod': 10 };

test.for([
  [11.4, 1.14, true, ''],
  [11.6, 1.16, false, ': FALLEN BACK'],
] as const)('judge with %d µs for 10 µs', ([cpu, ratio, isKept, fault]) => {
  expect(judge([HIT], measured({ ...PEERS, 'svcdns, 1000 udp hit': cpu }))).toEqual({
    lines: [`- 1000 udp hit: svcdns / knot: ${ratio}, at most 1.15${fault}`],
    isKept,
  });
});

test('judge leaves out what was not measured, and fails when that is all', () => {
  const unmeasured = '- 1000 udp pod: svcdns / unbound: not measured';
  const some = judge([HIT, POD], measured({ ...PEERS, 'svcdns, 1000 udp hit': 9 }));
  expect(some.lines[1]).toBe(unmeasured);
  expect(some.isKept).toBe(true);
  expect(judge([POD], measured(PEERS))).toEqual({ lines: [unmeasured], isKept: false });
});

test('judge fails for one ratio that has fallen back among others', () => {
  const times = { ...PEERS, 'svcdns, 1000 udp hit': 9, 'svcdns, 1000 udp pod': 40 };
  expect(judge([HIT, POD], measured(times)).isKept).toBe(false);
});

test('renewed takes what was measured, and keeps the rest', () => {
  const now = measured({ ...PEERS, 'svcdns, 1000 udp hit': 7.777 });
  expect(renewed([HIT, POD], now)).toEqual([{ ...HIT, ratio: 0.78 }, POD]);
});

test('bench/budget.json names servers and loads that there are', () => {
  const rows = JSON.parse(readFileSync('bench/budget.json', 'utf8')) as Ratio[];
  const names = allServers([]).map(({ name }) => name);
  for (const { server, peer, load, ratio } of rows) {
    expect(names).toContain(server);
    expect(names).toContain(peer);
    expect(load).toMatch(new RegExp(`^1000 udp (?:${MIXES.join('|')})$`));
    expect(ratio).toBeGreaterThan(0);
  }
});
