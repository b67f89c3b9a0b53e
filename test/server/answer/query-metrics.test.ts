import { describe, expect, test } from 'vitest';
import { rcodeName } from '../../../src/dns/codes.ts';
import { readQuery } from '../../../src/dns/intake.ts';
import type { Transport } from '../../../src/dns/query.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import type { Block } from '../../../src/server/answer/block.ts';
import { QueryMetrics, ServerLabels } from '../../../src/server/answer/query-metrics.ts';
import { arrived } from '../../helpers/arrived.ts';
import { settled } from '../../helpers/plugin-harness.ts';
import { encodeQuery } from '../../helpers/query.ts';
import { blockWith, exchanging, PEER } from './chain-world.ts';

const LISTEN = [
  { address: '127.0.0.1', port: 53 },
  { address: '::1', port: 53 },
];

function counting() {
  const metrics = new Metrics();
  const counts = new QueryMetrics(metrics, new ServerLabels(LISTEN));
  const replied = (
    block: Block | undefined,
    question: string,
    given: { local?: string; transport?: Transport; rcode?: number; plugin?: string } = {},
  ) => {
    const { local = '127.0.0.1', transport = 'udp', rcode = 0, plugin = 'kubernetes' } = given;
    const [name = '', type = ''] = question.split(' ');
    const bytes = encodeQuery(name, type, { edns: { do: true } });
    const peer = { address: local === '::1' ? '::1' : '127.0.0.1', port: 40_000 };
    const query = arrived(bytes, { peer, transport, local: { address: local, port: 53 } });
    readQuery(query);
    counts.replied(block, query, rcode, 99, 0.001, plugin);
  };
  const lines = async (name: string) =>
    (await metrics.text()).split('\n').filter((line) => line.startsWith(`${name}{`));
  return { metrics, counts, replied, lines };
}

describe('QueryMetrics', () => {
  test('names the server by the address that was asked, as CoreDNS does for each of `bind`', async () => {
    const { counts, replied, lines } = counting();
    const block = blockWith(['']);
    counts.observe(block, [''], '');
    replied(block, 'a.example. A');
    replied(block, 'a.example. A', { local: '::1', transport: 'tcp' });
    expect(await lines('coredns_dns_requests_total')).toEqual([
      'coredns_dns_requests_total{server="dns://127.0.0.1:53",zone=".",view="",proto="udp",family="1",type="A"} 1',
      'coredns_dns_requests_total{server="dns://[::1]:53",zone=".",view="",proto="tcp",family="2",type="A"} 1',
    ]);
  });

  test("counts under the longest of the block's zones, and under its view", async () => {
    const { counts, replied, lines } = counting();
    const block = blockWith(['example', 'sub.example']);
    counts.observe(block, ['example', 'sub.example'], 'inside');
    replied(block, 'x.sub.example. AAAA', { rcode: 3 });
    expect(await lines('coredns_dns_responses_total')).toEqual([
      'coredns_dns_responses_total{server="dns://127.0.0.1:53",zone="sub.example.",view="inside",rcode="NXDOMAIN",plugin="kubernetes"} 1',
    ]);
  });

  test('counts what no block took under `dropped`', async () => {
    const { replied, lines } = counting();
    replied(undefined, 'a.example. A', { rcode: 5, plugin: '' });
    expect(await lines('coredns_dns_responses_total')).toEqual([
      'coredns_dns_responses_total{server="dns://127.0.0.1:53",zone="dropped",view="",rcode="REFUSED",plugin=""} 1',
    ]);
  });

  test.for([
    ['udp', [' 1'], []],
    ['tcp', [' 1'], [' 1']],
  ] as const)(
    'counts what was shed over %s as a query, and as a reply only if it has one',
    async ([transport, queries, replies]) => {
      const block = blockWith(['']);
      const seen: string[] = [];
      const watcher = { replied: (_: unknown, rcode: number) => void seen.push(rcodeName(rcode)) };
      const { give, clock, metrics } = exchanging([block], false, (all) => {
        const counts = new QueryMetrics(all, new ServerLabels(LISTEN), [watcher]);
        counts.observe(block, [''], '');
        return { metrics: counts };
      });
      give(encodeQuery('a.example.', 'A', { edns: { do: true } }), PEER, transport);
      clock.advance(1001);
      await settled();
      const text = await metrics.text();
      const values = (name: string) =>
        Array.from(text.matchAll(new RegExp(`^${name}{.*}( .*)$`, 'gm')), ([, value]) => value);
      expect(values('svcdns_queries_shed_total').sort().at(-1)).toBe(' 1');
      for (const name of [
        'dns_requests_total',
        'dns_do_requests_total',
        'dns_request_size_bytes_count',
      ]) {
        expect(values(`coredns_${name}`)).toEqual(queries);
      }
      for (const name of ['dns_responses_total', 'dns_request_duration_seconds_count']) {
        expect(values(`coredns_${name}`)).toEqual(replies);
      }
      expect(seen).toEqual(['SERVFAIL']);
    },
  );

  test('counts nothing for a block without `prometheus`', async () => {
    const { metrics, replied } = counting();
    replied(blockWith(['']), 'a.example. A');
    expect(await metrics.text()).not.toContain('coredns_dns_');
  });

  test('shows no series before the first query, and no more for any type and rcode there is', async () => {
    const { metrics, counts, replied } = counting();
    const block = blockWith(['']);
    counts.observe(block, [''], '');
    expect(await metrics.text()).not.toContain('coredns_dns_');
    for (let rcode = 0; rcode < 4096; rcode++) replied(block, `a.example. TYPE${rcode}`, { rcode });
    const { length } = (await metrics.text()).match(/^coredns_dns_re\w+_total{.*$/gm) ?? [];
    expect(length).toBeLessThanOrEqual(20 + 15);
  });
});

const labelsOf = (...addresses: string[]) =>
  new ServerLabels(addresses.map((address) => ({ address, port: 53 })));

describe('ServerLabels', () => {
  // As CoreDNS writes them.
  test.for([
    [[''], 'dns://:53'],
    [['0.0.0.0'], 'dns://0.0.0.0:53'],
    [['::'], 'dns://[::]:53'],
    [['127.0.0.1', '::1'], 'dns://127.0.0.1:53 dns://[::1]:53'],
    [['fe80::1%eth0'], 'dns://[fe80::1%eth0]:53'],
    [[], 'dns://:0'],
  ] as const)('of a listener on %j are %s', ([addresses, labels]) => {
    expect(labelsOf(...addresses).all.join(' ')).toBe(labels);
  });

  test.for([
    ['the address itself', ['127.0.0.1', '::1'], '::1', 'dns://[::1]:53'],
    ['the only one, whatever the address', [''], '10.0.0.7', 'dns://:53'],
    ['one of all, when the address is named', ['', '10.0.0.7'], '10.0.0.7', 'dns://10.0.0.7:53'],
    ['that of all, when it is not', ['10.0.0.7', ''], '10.0.0.8', 'dns://:53'],
    [
      'written in another way',
      ['::1', '::ffff:10.0.0.7'],
      '10.0.0.7',
      'dns://[::ffff:10.0.0.7]:53',
    ],
    [
      'link-local, without its interface',
      ['::1', 'fe80::1%lo'],
      'fe80::1',
      'dns://[fe80::1%lo]:53',
    ],
    ['the first, for an address nobody named', ['::1', '127.0.0.1'], '10.0.0.9', 'dns://[::1]:53'],
    ['the first, when the address is not known', ['::1', '127.0.0.1'], '', 'dns://[::1]:53'],
  ] as const)('find %s', ([, addresses, local, label]) => {
    const labels = labelsOf(...addresses);
    expect(labels.all[labels.placeOf({ address: local })]).toBe(label);
  });
});
