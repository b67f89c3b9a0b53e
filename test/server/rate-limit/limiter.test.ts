import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newView } from '../../../src/controllers/view-change.ts';
import type { Transport } from '../../../src/dns/query.ts';
import { createLoggerTo } from '../../../src/observe/log.ts';
import { DEFAULT_RATE_LIMITS, type RateLimits } from '../../../src/plugins/ratelimit/limits.ts';
import { Cookies, SharedSecrets } from '../../../src/server/answer/cookies.ts';
import { RateLimiter } from '../../../src/server/rate-limit/limiter.ts';
import { ClusterRule } from '../../../src/zone/cluster.ts';
import { NameCompiler } from '../../../src/zone/compiler.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { asChange, ZONE_OPTIONS } from '../../helpers/in-process.ts';
import { manifestWorld } from '../../helpers/manifest-world.ts';
import { samples, settled } from '../../helpers/plugin-harness.ts';
import { encodeQuery, type QueryOptions } from '../../helpers/query.ts';
import { readWire } from '../../helpers/wire.ts';
import { blocksOf, exchanging } from '../answer/chain-world.ts';

const MANIFESTS = `
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: 10.96.0.7, ports: [{ name: http, port: 80 }] }
---
kind: Service
metadata: { name: api, namespace: shop }
spec: { clusterIP: 10.96.0.8, ports: [{ name: http, port: 80 }] }
---
kind: Service
metadata: { name: gone, namespace: shop }
spec: { type: ExternalName, externalName: nowhere.shop.svc.cluster.local }
`;
const CLIENT_COOKIE = Buffer.from('2464c4abcf10c957', 'hex');

/**
 * Two replies a second of each kind, eight of all; the short cut for the cluster, a chain for the
 * rest.
 */
function world(given: Partial<RateLimits> = {}, corefile = 'kubernetes cluster.local\nwhoami') {
  const clock = new FakeClock();
  const logged: Record<string, unknown>[] = [];
  const log = createLoggerTo('info', { write: (line) => void logged.push(JSON.parse(line)) });
  const { blocks, live } = blocksOf(`. {\n${corefile}\n}\n`);
  const compiler = new NameCompiler(new ClusterRule(ZONE_OPTIONS));
  const views = manifestWorld(MANIFESTS, []).namespaces.map(newView);
  live.apply(asChange(compiler.update({ views, gone: [], serverAddresses: [] })), 1);
  const two = { responses: 2, nodata: 2, nxdomains: 2, errors: 2, all: 8 };
  const limits = { ...DEFAULT_RATE_LIMITS, ...two, ...given };
  const random = (bytes: number) => new Uint8Array(bytes).fill(5);
  const secrets = new SharedSecrets([new Uint8Array(16)]);
  const { give, sent, metrics } = exchanging(blocks, false, (metrics) => ({
    clock,
    cookies: new Cookies({ secrets, clock, metrics }),
    limiter: new RateLimiter({ limits, clock, log, metrics, random, server: 'dns://:53' }),
  }));
  /** What becomes of the reply: its rcode and how many records it has, `TC`, or nothing at all. */
  const ask = async (
    text: string,
    { from = '203.0.113.5', over = 'udp' as Transport, ...options }: QueryOptions & Place = {},
  ): Promise<string> => {
    const [name = '', type = 'A'] = text.split(' ');
    const query = encodeQuery(name, type, options);
    const atOnce = give(query, { address: from, port: 40_000 }, over);
    await settled();
    const reply = atOnce ?? sent.pop() ?? Buffer.alloc(0);
    return reply.length === 0 ? 'dropped' : shown(reply, query);
  };
  const asks = async (text: string, times: number, options: QueryOptions & Place = {}) => {
    const all: string[] = [];
    for (let i = 0; i < times; i++) all.push(await ask(text, options));
    return all;
  };
  return { ask, asks, clock, metrics, logged, give };
}

interface Place {
  readonly from?: string;
  readonly over?: Transport;
}

function shown(reply: Buffer, query: Buffer): string {
  const { flags, answer, authority, additional } = readWire(reply);
  const opt = additional.find(({ type }) => type === 41);
  const rcode = (((opt?.ttl ?? 0) >>> 24) << 4) | (flags & 15);
  if ((flags & 0x0200) !== 0) {
    expect(answer.length + authority.length).toBe(0);
    expect(reply.length).toBeLessThanOrEqual(query.length);
    return `TC ${rcode}`;
  }
  return `${rcode}/${answer.length}/${authority.length}`;
}

const WEB = 'web.shop.svc.cluster.local.';
const TWO_AND_TC = ['0/1/0', '0/1/0', 'TC 0', 'TC 0'];

describe('RateLimiter', () => {
  test.for<[string, string, string, string]>([
    ['a name’s records', `${WEB} A`, '0/1/0', 'TC 0'],
    ['NODATA', `${WEB} AAAA`, '0/0/1', 'TC 0'],
    ['NXDOMAIN', 'x.shop.svc.cluster.local. A', '3/0/1', 'TC 3'],
    ['an alias that leads nowhere', 'gone.shop.svc.cluster.local. A', '3/1/1', 'TC 3'],
    ['an error', `${WEB} AXFR`, '5/0/0', '5/0/0'],
    ['what the chain says', 'www.example.org. A', '0/0/0', 'TC 0'],
  ])('sends two replies a second of %s, and slips the rest', async ([, asked, full, slipped]) => {
    const { asks, clock } = world();
    expect(await asks(asked, 4)).toEqual([full, full, slipped, slipped]);
    clock.advance(2000);
    expect(await asks(asked, 3)).toEqual([full, full, slipped]);
  });

  test('holds on through the chain as through the short cut', async () => {
    const { asks } = world({}, 'kubernetes cluster.local\nlog\nwhoami');
    expect(await asks(`${WEB} A`, 4)).toEqual(TWO_AND_TC);
  });

  test('counts names that exist apart, whatever their type and case', async () => {
    const { asks } = world();
    expect(await asks(`${WEB} A`, 1)).toEqual(['0/1/0']);
    expect(await asks(`${WEB.toUpperCase()} ANY`, 3)).toEqual(['0/1/0', 'TC 0', 'TC 0']);
    expect(await asks('api.shop.svc.cluster.local. A', 3)).toEqual(['0/1/0', '0/1/0', 'TC 0']);
  });

  test('counts names that do not exist together, for their zone', async () => {
    const { ask } = world();
    const answers: string[] = [];
    for (const name of ['a.', 'b.shop.svc.', 'c.x.y.z.'])
      answers.push(await ask(`${name}cluster.local. A`));
    expect(answers).toEqual(['3/0/1', '3/0/1', 'TC 3']);
    expect(await ask(`1.0.0.10.in-addr.arpa. PTR`)).toBe('3/0/1');
  });

  test.for([
    ['203.0.113.77', 'the same network', 'TC 0'],
    ['203.0.114.5', 'another network', '0/1/0'],
  ] as const)('%s is %s as 203.0.113.5', async ([from, , expected]) => {
    const { ask, asks } = world();
    await asks(`${WEB} A`, 2);
    expect(await ask(`${WEB} A`, { from })).toBe(expected);
  });

  test.for([
    ['2001:db8:1:2f0::9', 'TC 0'],
    ['2001:db8:1:300::9', '0/1/0'],
  ] as const)('counts 2001:db8:1:200::/56 as one network: %s', async ([from, expected]) => {
    const { ask, asks } = world();
    await asks(`${WEB} A`, 2, { from: '2001:db8:1:200::1' });
    expect(await ask(`${WEB} A`, { from })).toBe(expected);
  });

  test('takes the prefix lengths that it is told', async () => {
    const { ask, asks } = world({ ipv4Prefix: 32, ipv6Prefix: 12 });
    await asks(`${WEB} A`, 2);
    expect(await ask(`${WEB} A`, { from: '203.0.113.6' })).toBe('0/1/0');
    await asks(`${WEB} A`, 2, { from: '2001:db8::1' });
    expect(await ask(`${WEB} A`, { from: '200f:1::1' })).toBe('TC 0');
    expect(await ask(`${WEB} A`, { from: '2010:1::1' })).toBe('0/1/0');
  });

  test.for([
    '127.0.0.1',
    '10.1.2.3',
    '192.168.1.1',
    '100.64.0.9',
    '::1',
    'fd00::9',
    'fe80::1%eth0',
  ])('never limits %s, unless it is told to', async (from) => {
    const { asks, metrics } = world();
    expect(await asks(`${WEB} A`, 20, { from })).toEqual(Array(20).fill('0/1/0'));
    expect(await samples(metrics, 'svcdns_ratelimit_accounts')).toEqual([]);
    const strict = world({ includesPrivate: true });
    expect(await strict.asks(`${WEB} A`, 4, { from })).toEqual(TWO_AND_TC);
  });

  test('never limits TCP, nor who is exempt', async () => {
    const exempt = [{ address: Uint8Array.of(203, 0, 113, 0), prefix: 28 }];
    const { asks } = world({ exempt });
    expect(await asks(`${WEB} A`, 9)).toEqual(Array(9).fill('0/1/0'));
    expect(await asks(`${WEB} A`, 4, { from: '203.0.113.16' })).toEqual(TWO_AND_TC);
    const over = 'tcp';
    expect(await asks(`${WEB} A`, 9, { from: '203.0.113.16', over })).toEqual(
      Array(9).fill('0/1/0'),
    );
  });

  test.for([
    [1, ['TC 0', 'TC 0', 'TC 0', 'TC 0', 'TC 0']],
    [2, ['TC 0', 'dropped', 'TC 0', 'dropped', 'TC 0']],
    [3, ['TC 0', 'dropped', 'dropped', 'TC 0', 'dropped']],
    [0, Array(5).fill('dropped')],
  ] as const)('with slip %i what is over the limit is %j', async ([slip, expected]) => {
    const { asks, metrics } = world({ slip });
    expect((await asks(`${WEB} A`, 7)).slice(2)).toEqual(expected);
    const dropped = expected.filter((one) => one === 'dropped').length;
    const [count] = await samples(metrics, 'svcdns_ratelimit_dropped_total');
    expect(count).toBe(` ${dropped}`);
  });

  test('limits all replies to a network together', async () => {
    const { asks, metrics } = world({ all: 3 });
    expect(await asks(`${WEB} A`, 2)).toEqual(['0/1/0', '0/1/0']);
    expect(await asks('api.shop.svc.cluster.local. A', 2)).toEqual(['0/1/0', 'TC 0']);
    expect(await samples(metrics, 'svcdns_ratelimit_limited_total')).toContain('{limit="all"} 1');
  });

  test.for<keyof RateLimits>(['responses', 'nodata', 'nxdomains', 'errors'])(
    'has no limit on %s that are 0',
    async (kind) => {
      const { asks } = world({ [kind]: 0, all: 0 });
      const asked = { responses: 'A', nodata: 'AAAA', nxdomains: 'A', errors: 'AXFR' } as const;
      const name = kind === 'nxdomains' ? 'x.cluster.local.' : WEB;
      const all = await asks(`${name} ${asked[kind as keyof typeof asked]}`, 20);
      expect(new Set(all).size).toBe(1);
    },
  );

  test('log-only counts and sends', async () => {
    const { asks, metrics, logged } = world({ isLogOnly: true });
    expect(await asks(`${WEB} A`, 5)).toEqual(Array(5).fill('0/1/0'));
    expect(await samples(metrics, 'svcdns_ratelimit_limited_total')).toContain(
      '{limit="responses"} 3',
    );
    expect(logged).toHaveLength(1);
  });

  test('lets who shows a cookie through, and leads others to one', async () => {
    const { asks, give, metrics } = world();
    await asks(`${WEB} A`, 2);
    const cookie = { edns: { options: [{ code: 10, data: CLIENT_COOKIE }] } };
    // BADCOOKIE with a server cookie, instead of TC.
    const query = encodeQuery(WEB, 'A', cookie);
    const reply = give(query, { address: '203.0.113.5', port: 40_000 })!;
    expect(shown(reply, query)).toBe('23/0/0');
    expect(reply.length - query.length).toBe(16);
    const data = reply.subarray(-24);
    expect(data.subarray(0, 8)).toEqual(CLIENT_COOKIE);
    const shows = { edns: { options: [{ code: 10, data }] } };
    expect(await asks(`${WEB} A`, 9, shows)).toEqual(Array(9).fill('0/1/0'));
    expect(await samples(metrics, 'svcdns_ratelimit_exempt_total')).toEqual([' 9']);
    expect(await samples(metrics, 'svcdns_ratelimit_slipped_total')).toContain(
      '{as="badcookie"} 1',
    );
    // Who leaves it out is a stranger again.
    expect(await asks(`${WEB} A`, 1)).toEqual(['TC 0']);
    // A cookie is good for one address.
    const [other] = await asks(`${WEB} A`, 1, { ...shows, from: '203.0.113.6' });
    expect(other).toBe('23/0/0');
  });

  test('never sends more whole replies than the rate, whoever asks what when', () => {
    const names = [WEB, 'api.shop.svc.cluster.local.', 'x.cluster.local.', 'y.cluster.local.'];
    const query = fc.record({
      name: fc.constantFrom(...names),
      type: fc.constantFrom('A', 'AAAA', 'SRV'),
      net: fc.integer({ min: 0, max: 1 }),
      gap: fc.nat({ max: 300 }),
    });
    fc.assert(
      fc.property(fc.array(query, { maxLength: 80 }), (queries) => {
        const { give, clock } = world({ all: 5 });
        const sentAt = new Map<string, number[]>();
        const note = (account: string) => {
          const times = sentAt.get(account) ?? [];
          sentAt.set(account, [...times, clock.now()]);
        };
        for (const { name, type, net, gap } of queries) {
          clock.advance(gap);
          const reply = give(encodeQuery(name, type), { address: `203.0.${net}.1`, port: 40_000 })!;
          const { flags, answer } = readWire(reply);
          if ((flags & 0x0200) !== 0) continue;
          note(`${net} ${flags & 15} ${answer.length > 0 ? name : ''}`);
          note(`${net}`);
        }
        for (const [account, times] of sentAt) {
          const rate = account.length === 1 ? 5 : 2;
          for (const [first, start] of times.entries()) {
            for (const [more, end] of times.slice(first).entries()) {
              expect(more + 1).toBeLessThanOrEqual(rate + (rate * (end - start)) / 1000 + 1e-6);
            }
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  test('slips errors without what makes them long', async () => {
    const { asks, give } = world();
    const query = encodeQuery('cluster.local.', 'AXFR', { edns: {} });
    await asks('cluster.local. AXFR', 2);
    const reply = give(query, { address: '203.0.113.5', port: 40_000 });
    expect(reply).toHaveLength(query.length);
  });

  test('tells the log of a network once a minute', async () => {
    const { asks, clock, logged } = world();
    await asks(`${WEB} A`, 9);
    clock.advance(59_000);
    await asks(`${WEB} A`, 9);
    expect(logged).toEqual([
      expect.objectContaining({
        msg: 'Replies to a network are limited',
        network: '203.0.113.0/24',
        limit: 'responses',
        name: WEB,
        leftOut: 0,
      }),
    ]);
    clock.advance(1000);
    await asks(`${WEB} A`, 9, { from: '2001:db8:1:2::1' });
    await asks(`${WEB} A`, 9);
    expect(logged.map(({ network }) => network)).toEqual([
      '203.0.113.0/24',
      '2001:db8:1::/56',
      '203.0.113.0/24',
    ]);
  });

  test('tells it of ten networks a minute, and how many it left out', async () => {
    const { asks, clock, logged } = world();
    for (let net = 0; net < 30; net++) await asks(`${WEB} A`, 3, { from: `203.0.${net}.1` });
    expect(logged).toHaveLength(10);
    clock.advance(60_000);
    await asks(`${WEB} A`, 3, { from: '203.0.99.1' });
    expect(logged.map(({ leftOut }) => leftOut)).toEqual([...Array(10).fill(0), 20]);
  });

  test('counts its accounts, and what gave way', async () => {
    const { asks, metrics } = world({ maxTableSize: 8 });
    for (let net = 0; net < 30; net++) await asks(`${WEB} A`, 1, { from: `203.0.${net}.1` });
    const of = (name: string) => samples(metrics, name);
    expect(await of('svcdns_ratelimit_accounts')).toEqual(['{server="dns://:53"} 8']);
    expect(await of('svcdns_ratelimit_evictions_total')).toEqual([' 52']);
  });
});
