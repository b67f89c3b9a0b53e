import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { judge, loadsOf, type Ratio, renewed } from '../../bench/budget.ts';
import { allServers } from '../../bench/servers.ts';

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

const BESIDE_HIT: Ratio = {
  server: 'svcdns',
  peer: 'svcdns',
  load: '1000 udp pod',
  peerLoad: '1000 udp hit',
  ratio: 1,
};

test('judge compares two loads of one server', () => {
  const times = { 'svcdns, 1000 udp hit': 10, 'svcdns, 1000 udp pod': 11 };
  expect(judge([BESIDE_HIT], measured(times)).lines).toEqual([
    '- 1000 udp pod: svcdns / svcdns, 1000 udp hit: 1.10, at most 1.15',
  ]);
});

test('loadsOf has what is to be measured of a server, as such and as a peer', () => {
  const rows = [HIT, BESIDE_HIT];
  expect([...loadsOf(rows, 'svcdns')].sort()).toEqual(['1000 udp hit', '1000 udp pod']);
  expect([...loadsOf(rows, 'knot')]).toEqual(['1000 udp hit']);
  expect([...loadsOf(rows, 'dnsmasq')]).toEqual([]);
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
  const servers = new Map(allServers([]).map((server) => [server.name, server]));
  const isMeasured = (name: string, load: string) => {
    const [services, transport, mix] = load.split(' ');
    const able = servers.get(name);
    const isDone =
      able?.mixes.some((one) => one === mix) && able.transports.some((one) => one === transport);
    return services === '1000' && isDone === true;
  };
  for (const { server, peer, load, peerLoad = load, ratio } of rows) {
    expect([server, load, isMeasured(server, load)]).toEqual([server, load, true]);
    expect([peer, peerLoad, isMeasured(peer, peerLoad)]).toEqual([peer, peerLoad, true]);
    expect(ratio).toBeGreaterThan(0);
  }
});
