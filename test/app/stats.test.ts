import { describe, expect, test } from 'vitest';
import { type Stats, statsOf } from '../../src/app/stats.ts';
import { statsAnswer } from '../../src/app/stats-page.ts';
import { Rcode } from '../../src/dns/codes.ts';
import { keyFromText } from '../../src/dns/name.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { Askers } from '../../src/server/askers/askers.ts';
import { arrived } from '../helpers/arrived.ts';
import { FakeClock } from '../helpers/fake-clock.ts';
import { shopServer } from '../server/askers/shop.ts';

const { live } = shopServer();
const NOTHING = Buffer.alloc(0);
const NOBODY = { of: async () => new Map<string, string>() };

function accounting() {
  const clock = new FakeClock();
  const metrics = new Metrics();
  const askers = new Askers({ clock, metrics, random: () => 0, zones: () => [live] });
  const asked = (address: string, name: string, rcode: number, times = 1) => {
    const circumstances = { peer: { address, port: 40_000 }, receivedAt: clock.now() };
    const query = Object.assign(arrived(NOTHING, circumstances), { key: keyFromText(name) });
    for (let at = 0; at < times; at++) askers.replied(query, rcode);
  };
  return { askers, asked, clock, metrics, stats: (rows = 20) => statsOf(askers, [live], rows) };
}

const rows = ({ clients }: Stats) =>
  clients.map(({ address, name, queries, nxdomain, servfail, searchList }) =>
    [address, name, queries, nxdomain, servfail, searchList].join(' '),
  );

describe('statsOf()', () => {
  test('says who asks most, by the names that the zone has, and how much in vain', () => {
    const { asked, stats } = accounting();
    asked('10.244.0.5', 'api.example.com.shop.svc.cluster.local', Rcode.NXDOMAIN, 3);
    asked('10.244.0.5', 'api.example.com', Rcode.NOERROR, 3);
    asked('10.96.0.21', 'web.shop.svc.cluster.local', Rcode.NOERROR, 2);
    asked('192.0.2.1', 'down.example', Rcode.SERVFAIL);
    expect(rows(stats())).toEqual([
      '10.244.0.5 web-0.web.shop.svc.cluster.local. 6 3 0 3',
      '10.96.0.21 till.bank.svc.cluster.local. 2 0 0 0',
      '192.0.2.1  1 0 1 0',
    ]);
    expect(stats().all).toMatchObject({ queries: 9, nxdomain: 3, servfail: 1, searchList: 3 });
  });

  test('says which names are missed most, and what was searched for', () => {
    const { asked, stats } = accounting();
    asked('10.244.0.5', 'api.example.com.shop.svc.cluster.local', Rcode.NXDOMAIN, 2);
    asked('10.244.0.6', 'api.example.com.shop.svc.cluster.local', Rcode.NXDOMAIN);
    asked('10.244.0.6', 'db.shop.svc.cluster.local', Rcode.NXDOMAIN);
    expect(stats().missing).toMatchObject([
      {
        name: 'api.example.com.shop.svc.cluster.local.',
        queries: 3,
        client: '10.244.0.6',
        searchedFor: 'api.example.com.',
      },
      { name: 'db.shop.svc.cluster.local.', queries: 1, searchedFor: null },
    ]);
  });

  test.for([
    [['api.example.com.cluster.local', 'github.com.cluster.local'], 0.5, 2, 0.25],
    [['github.com.cluster.local', 'github.com.svc.cluster.local'], 0.5, 1, 0.5],
    [['db.cluster.local', 'db.svc.cluster.local'], 0.5, null, 0],
    [['db.shop.svc.cluster.local', 'nowhere.example'], undefined, undefined, undefined],
  ] as const)('of %j says what the search list costs', ([names, share, ndots, ended]) => {
    const { asked, stats } = accounting();
    for (const name of names) asked('10.244.0.5', name, Rcode.NXDOMAIN);
    asked('10.244.0.5', 'web.shop.svc.cluster.local', Rcode.NOERROR, 2);
    const { searchList, clients } = stats();
    expect(clients[0]?.cost).toEqual(searchList);
    if (share === undefined) return expect(searchList).toBeNull();
    const options = [{ name: 'ndots', value: `${ndots}` }];
    const patch = { spec: { template: { spec: { dnsConfig: { options } } } } };
    expect(searchList).toEqual({ share, ndots, ended, patch: ndots === null ? null : patch });
  });

  test('has the rate of now, and the numbers since counting began', () => {
    const { asked, stats, clock } = accounting();
    for (let second = 0; second < 60; second++) {
      asked('192.0.2.1', 'example.com', Rcode.NOERROR, 4);
      clock.advance(1000);
    }
    expect(stats().all.perSecond).toBeGreaterThan(3.5);
    expect(stats().all.perSecond).toBeLessThan(4.1);
    clock.advance(3_600_000);
    expect(stats().all).toMatchObject({ perSecond: 0, queries: 240 });
  });
});

test('Askers keeps no more than its tables have room for, whoever asks', async () => {
  const { asked, stats, metrics, clock } = accounting();
  for (let at = 0; at < 2000; at++) {
    clock.advance(10);
    asked(`2001:db8::${at.toString(16)}`, `x${at}.example`, Rcode.NXDOMAIN);
  }
  expect(stats(1000).clients.length).toBe(256);
  expect(stats(1000).missing.length).toBe(256);
  const text = await metrics.text();
  expect(text).toContain('svcdns_askers{table="clients"} 256\n');
  expect(text).toContain('svcdns_askers_evictions_total{table="names"} 1744\n');
});

describe('statsAnswer()', () => {
  const { askers } = accounting();

  test.for([
    ['', 200],
    ['rows=256', 200],
    ['rows=0', 400],
    ['rows=257', 400],
    ['rows=-1', 400],
    ['rows=many', 400],
    ['row=5', 400],
  ] as const)('answers ?%s with %d', async ([query, status]) => {
    const answer = await statsAnswer(new URLSearchParams(query), askers, [], NOBODY);
    expect(answer.status).toBe(status);
  });

  test('names the objects that ask', async () => {
    const { askers: counted, asked } = accounting();
    asked('10.244.0.5', 'example.com', Rcode.NOERROR);
    const of = async (addresses: readonly string[]) =>
      new Map(addresses.map((address) => [address, `Pod of ${address}`]));
    const { body } = await statsAnswer(new URLSearchParams(), counted, [], { of });
    expect((JSON.parse(body) as Stats).clients[0]?.object).toBe('Pod of 10.244.0.5');
  });

  test('says when nothing is counted', async () => {
    expect(await statsAnswer(new URLSearchParams(), undefined, [], NOBODY)).toEqual({
      status: 404,
      body: 'No account is kept of who asks what: --askers off\n',
    });
  });
});
