import { describe, expect, test } from 'vitest';
import { plugin as declared } from '../../../src/plugins/cache/setup.ts';
import type { Reply, Request } from '../../../src/plugins/plugin.ts';
import { errorReply } from '../../../src/plugins/reply.ts';
import {
  DNSSEC_OK,
  pluginOf,
  question,
  record,
  replyLines,
  replyWith,
  samples,
  testContext,
  upstream,
} from '../../helpers/plugin-harness.ts';

const WWW = question('www.example.org. A');
const A = 'www.example.org. 300 IN A 192.0.2.1';
const SOA = 'example.org. 3600 IN SOA ns.example.org. host.example.org. 1 7200 1800 86400 60';
const NXDOMAIN = replyWith([], { rcode: 3, soa: SOA });
const NODATA = replyWith([], { soa: SOA });
const SERVFAIL = errorReply('forward', 2, 22, 'no upstream is well');
const MANY = replyWith([A], {
  authority: [record('example.org. 300 IN NS ns.example.org.')],
  additional: [record('ns.example.org. 300 IN A 192.0.2.2')],
});
const EDNS = { size: 1232, dnssecOk: false };

/** A cache, and the question asked of it after so many seconds. */
function cacheOf(directive: string, ...replies: readonly (Reply | Error)[]) {
  const context = testContext();
  const plugin = pluginOf(declared.setup, directive, context);
  const next = upstream(...replies);
  return {
    context,
    next,
    async after(seconds: number, asked = WWW): Promise<Reply> {
      context.clock.advance(seconds * 1000);
      return plugin.serve(asked, next);
    },
    plugin,
  };
}

describe('CachePlugin', () => {
  test('answers again without asking, the TTL counted down', async () => {
    const { after, next } = cacheOf('cache', replyWith([A]));
    expect(replyLines(await after(0))).toEqual(['NOERROR', A]);
    expect(replyLines(await after(100.9))).toEqual([
      'NOERROR',
      'www.example.org. 200 IN A 192.0.2.1',
    ]);
    expect(replyLines(await after(199))).toEqual(['NOERROR', 'www.example.org. 1 IN A 192.0.2.1']);
    expect(next.asked.length).toBe(1);
    await after(0.1);
    expect(next.asked.length).toBe(2);
  });

  test('keeps the TTL of each RRset apart, the lowest within one', async () => {
    const { after } = cacheOf(
      'cache',
      replyWith([
        'www.example.org. 300 IN CNAME web.example.org.',
        'web.example.org. 20 IN A 192.0.2.1',
        'WEB.example.org. 30 IN A 192.0.2.2',
      ]),
    );
    await after(0);
    expect(replyLines(await after(5))).toEqual([
      'NOERROR',
      'www.example.org. 295 IN CNAME web.example.org.',
      'web.example.org. 15 IN A 192.0.2.1',
      'WEB.example.org. 15 IN A 192.0.2.2',
    ]);
  });

  test('says the name in the letters of the client that asks', async () => {
    const { after } = cacheOf('cache', replyWith(['wWw.eXample.org. 300 IN A 192.0.2.1']));
    const [, first] = replyLines(await after(0, question('WWW.example.org. A')));
    const [, second] = replyLines(await after(0, question('www.EXAMPLE.org. A')));
    expect([first, second]).toEqual([
      'WWW.example.org. 300 IN A 192.0.2.1',
      'www.EXAMPLE.org. 300 IN A 192.0.2.1',
    ]);
  });

  test.for([
    ['another type', question('www.example.org. AAAA')],
    ['another class', question('www.example.org. A', { qclass: 3 })],
    ['the DO bit', question('www.example.org. A', { edns: DNSSEC_OK })],
    ['the CD bit', question('www.example.org. A', { checkingDisabled: true })],
    ['another name', question('www.example.com. A')],
  ] as const)('has no answer to %s', async ([, other]) => {
    const { after, next } = cacheOf('cache', replyWith([A]));
    await after(0);
    await after(0, other);
    expect(next.asked.length).toBe(2);
  });

  test('keeps the answer to a question about all classes', async () => {
    const { after, next } = cacheOf('cache', replyWith([A]));
    const all = question('www.example.org. A', { qclass: 255 });
    await after(0, all);
    expect(replyLines(await after(5, all))).toEqual(['NOERROR', A.replace(' 300 ', ' 295 ')]);
    expect(next.asked.length).toBe(1);
  });

  test('is not authoritative on a hit, and drops the options of the first reply', async () => {
    const options = [{ code: 3, data: Uint8Array.of(1) }];
    const { after } = cacheOf('cache', replyWith([A], { authoritative: true, options }));
    expect(await after(0)).toMatchObject({ authoritative: true, options, plugin: 'forward' });
    expect(await after(0)).toMatchObject({
      authoritative: false,
      recursionAvailable: true,
      options: [],
      plugin: 'cache',
    });
  });

  test('asks for AD for everybody, and tells only who asked', async () => {
    const { after, next } = cacheOf('cache', replyWith([A], { authenticData: true }));
    const asking = question('www.example.org. A', { authenticData: true });
    expect((await after(0)).authenticData).toBe(false);
    expect(next.asked[0]?.authenticData).toBe(true);
    expect((await after(0)).authenticData).toBe(false);
    expect((await after(0, asking)).authenticData).toBe(true);
  });

  test('never keeps or touches what kubernetes says', async () => {
    const reply = { ...replyWith([A]), plugin: 'kubernetes' };
    const { after, next } = cacheOf('cache 10 {\n success 10 20 10\n keepttl\n}', reply);
    expect(await after(0)).toBe(reply);
    expect(await after(0)).toBe(reply);
    expect(next.asked.length).toBe(2);
  });

  test.for([
    ['AXFR', question('www.example.org. AXFR')],
    ['what forbids recursion', question('www.example.org. A', { recursionDesired: false })],
  ] as const)('does not store %s', async ([, asked]) => {
    const { after, next } = cacheOf('cache', replyWith([A]));
    await after(0, asked);
    await after(0, asked);
    expect(next.asked.length).toBe(2);
  });

  test('takes no notice of the subnet that a client sends: it goes no further', async () => {
    const { after, next } = cacheOf('cache', replyWith([A]));
    const subnet = { code: 8, data: Uint8Array.of(0, 1, 24, 0, 192, 0, 2) };
    await after(0, question('www.example.org. A', { edns: { ...EDNS, options: [subnet] } }));
    await after(0);
    expect(next.asked.length).toBe(1);
  });

  test('keeps apart what is asked with different options of `rewrite`', async () => {
    const { after, next } = cacheOf('cache', replyWith([A]), NXDOMAIN, SERVFAIL);
    const from = (text: string) =>
      question('www.example.org. A', {
        edns: { ...EDNS, options: [{ code: 65518, data: Buffer.from(text), isOurs: true }] },
      });
    const rcodes = async () => {
      const asked = [from('a'), from('b'), from('c')];
      return [
        (await after(0, asked[0])).rcode,
        (await after(0, asked[1])).rcode,
        (await after(0, asked[2])).rcode,
      ];
    };
    expect(await rcodes()).toEqual([0, 3, 2]);
    expect(await rcodes()).toEqual([0, 3, 2]);
    expect(next.asked.length).toBe(3);
  });

  test.for<[string, Request, Reply, number[]]>([
    ['without RD', question('www.example.org. A', { recursionDesired: false }), MANY, [30, 30, 30]],
    ['a denial without RD', question('a.org. A', { recursionDesired: false }), NXDOMAIN, [20]],
    ['NXDOMAIN without an SOA', WWW, replyWith([], { rcode: 3, additional: [record(A)] }), [20]],
    ['of another name', WWW, replyWith(['www.example.com. 300 IN A 192.0.2.1']), [30]],
    ['cut', WWW, { ...MANY, truncated: true }, [30, 30, 30]],
    ['0', WWW, replyWith(['www.example.org. 0 IN A 192.0.2.1']), [0]],
  ])('brings down the TTLs of what it does not store: %s', async ([, asked, reply, ttls]) => {
    const { after, next } = cacheOf('cache 30 {\n denial 100 20\n}', reply);
    for (let i = 1; i < 3; i++) {
      const { answer, authority, additional } = await after(0, asked);
      expect([...answer, ...authority, ...additional].map(({ ttl }) => ttl)).toEqual(ttls);
      expect(next.asked.length).toBe(i);
    }
  });

  test.for<[string, Reply]>([
    ['a truncated reply', replyWith([A], { truncated: true })],
    ['silence', replyWith([], { isSilent: true })],
    ['REFUSED', errorReply('forward', 5)],
    ['FORMERR', errorReply('forward', 1)],
    ['TTL 0', replyWith(['www.example.org. 0 IN A 192.0.2.1'])],
    ['a TTL with its top bit set', replyWith(['www.example.org. 2147483648 IN A 192.0.2.1'])],
    ['an empty answer without SOA', replyWith([])],
    ['NXDOMAIN without SOA', replyWith([], { rcode: 3 })],
    [
      'NXDOMAIN with the SOA of another zone',
      replyWith([], { rcode: 3, soa: SOA.replace('example', 'another') }),
    ],
    ['a referral', replyWith([], { soa: 'example.org. 300 IN NS ns.example.org.' })],
    ['NXDOMAIN with an answer', replyWith([A], { rcode: 3, soa: SOA })],
    ['a CNAME that leads nowhere', replyWith(['www.example.org. 300 IN CNAME a.example.org.'])],
    ['a CNAME to itself', replyWith(['www.example.org. 300 IN CNAME www.example.org.'])],
    ['the records of another name', replyWith(['www.example.com. 300 IN A 192.0.2.1'])],
    ['the records of another class', replyWith([], { answer: [{ ...record(A), class: 3 }] })],
  ])('does not store %s, whatever MINTTL says', async ([, reply]) => {
    const { after, next } = cacheOf('cache {\n success 100 100 50\n denial 100 100 50\n}', reply);
    await after(0);
    await after(0);
    expect(next.asked.length).toBe(2);
  });

  test('stores of an answer only what is on the chain of the question', async () => {
    const { after } = cacheOf(
      'cache',
      replyWith([
        'www.example.org. 300 IN CNAME web.example.org.',
        'web.example.org. 300 IN A 192.0.2.1',
        'bank.example.org. 300 IN A 192.0.2.66',
      ]),
    );
    await after(0);
    expect(replyLines(await after(0)).join()).not.toContain('bank');
  });

  test.for([
    [11, 1],
    [12, 2],
  ] as const)(
    'follows at most eleven CNAMEs, as forward: of %d it asks %d times',
    async ([links, queries]) => {
      const name = (i: number) => (i === 0 ? 'www.example.org.' : `n${i}.example.org.`);
      const chain = Array.from(
        { length: links },
        (_, i) => `${name(i)} 300 IN CNAME ${name(i + 1)}`,
      );
      const { after, next } = cacheOf(
        'cache',
        replyWith([...chain, `${name(links)} 300 IN A 192.0.2.1`]),
      );
      await after(0);
      await after(0);
      expect(next.asked.length).toBe(queries);
    },
  );

  test('lets an additional record go when its time is over, and the answer live on', async () => {
    const additional = [record('ns.example.org. 10 IN A 192.0.2.53')];
    const { after, next } = cacheOf('cache', replyWith([A], { additional }));
    await after(0);
    expect((await after(9)).additional.map(({ ttl }) => ttl)).toEqual([1]);
    expect((await after(1)).additional).toEqual([]);
    expect(next.asked.length).toBe(1);
  });

  test('does not store an answer whose signature is out of date', async () => {
    const times = (until: number, since: number) =>
      `000108020000012c${until.toString(16)}${since.toString(16)}abcd00`;
    const signed = (until: number, since: number) =>
      replyWith([A, `www.example.org. 300 IN RRSIG ${times(until, since)}`]);
    const asked = question('www.example.org. A', { edns: DNSSEC_OK });
    const wall = 1_700_000_000;
    for (const [reply, queries] of [
      [signed(wall + 100, wall - 100), 1],
      [signed(wall - 100, wall - 200), 2],
      [signed(wall + 200, wall + 100), 2],
    ] as const) {
      const { after, next } = cacheOf('cache', reply);
      await after(0, asked);
      await after(0, asked);
      expect(next.asked.length).toBe(queries);
    }
  });
});

describe('CachePlugin and denials', () => {
  test('keeps NXDOMAIN as long as the lower of the SOA and its MINIMUM, for every type', async () => {
    const { after, next } = cacheOf('cache', NXDOMAIN);
    expect(replyLines(await after(0))).toEqual(['NXDOMAIN', SOA.replace('3600', '60')]);
    const aaaa = question('www.example.org. AAAA');
    expect(replyLines(await after(59, aaaa))).toEqual(['NXDOMAIN', SOA.replace('3600', '1')]);
    expect(next.asked.length).toBe(1);
    await after(1);
    expect(next.asked.length).toBe(2);
  });

  test('keeps NXDOMAIN for its type only where a plugin below answers another one', async () => {
    const context = testContext({ isDivided: (key) => key === question('www.example.org. A').key });
    const plugin = pluginOf(declared.setup, 'cache', context);
    const next = upstream(NXDOMAIN, replyWith([A]), NXDOMAIN);
    const ask = async (text: string) => (await plugin.serve(question(text), next)).rcode;
    expect(await ask('www.example.org. AAAA')).toBe(3);
    expect(await ask('www.example.org. A')).toBe(0);
    expect(await ask('www.example.org. AAAA')).toBe(3);
    expect(next.asked.length).toBe(2);
    expect(await ask('gone.example.org. AAAA')).toBe(3);
    expect(await ask('gone.example.org. A')).toBe(3);
    expect(next.asked.length).toBe(3);
  });

  test('takes the MINIMUM from SOA data that was left as it came', async () => {
    const soa = record('example.org. 3600 IN TYPE6 00');
    const bytes = Buffer.from('0000' + '00000001'.repeat(4) + '0000001e', 'hex');
    const reply = replyWith([], {
      rcode: 3,
      authority: [{ ...soa, data: { kind: 'raw', bytes } }],
    });
    const { after, next } = cacheOf('cache', reply);
    expect((await after(0)).authority[0]?.ttl).toBe(30);
    await after(30);
    expect(next.asked.length).toBe(2);
  });

  test('keeps NODATA for its type only', async () => {
    const { after, next } = cacheOf('cache', NODATA, replyWith([A]));
    const aaaa = question('www.example.org. AAAA');
    expect(replyLines(await after(0, aaaa))).toEqual(['NOERROR', SOA.replace('3600', '60')]);
    expect(replyLines(await after(0))).toEqual(['NOERROR', A]);
    await after(0, aaaa);
    expect(next.asked.length).toBe(2);
  });

  test('after a CNAME keeps NXDOMAIN for its type: the name asked for exists', async () => {
    const cname = 'www.example.org. 300 IN CNAME gone.example.org.';
    const { after, next } = cacheOf('cache', replyWith([cname], { rcode: 3, soa: SOA }));
    expect((await after(0)).rcode).toBe(3);
    expect((await after(0)).answer.length).toBe(1);
    expect(next.asked.length).toBe(1);
    await after(0, question('www.example.org. TXT'));
    expect(next.asked.length).toBe(2);
  });

  test('lets an answer take the place of a denial, and a denial that of an answer', async () => {
    const replies = [NXDOMAIN, replyWith([A]), NODATA];
    const { after, plugin, context } = cacheOf('cache', ...replies);
    await plugin.start?.();
    const entries = () => samples(context.metrics, 'coredns_cache_entries{');
    const labels = (type: string) => `server="dns://:53",type="${type}",zones=".",view=""}`;
    for (const [seconds, success, denial] of [
      [0, 0, 1],
      [60, 1, 0],
      [300, 0, 1],
    ] as const) {
      await after(seconds);
      expect(await entries()).toEqual([
        `${labels('success')} ${success}`,
        `${labels('denial')} ${denial}`,
      ]);
    }
  });

  test('keeps a failure for five seconds, and says that it is an old one', async () => {
    const { after, next } = cacheOf('cache', SERVFAIL);
    expect((await after(0)).error?.code).toBe(22);
    expect(await after(4.9)).toMatchObject({
      rcode: 2,
      error: { code: 13, text: 'no upstream is well' },
    });
    expect(next.asked.length).toBe(1);
    await after(0.1);
    expect(next.asked.length).toBe(2);
  });

  test('does not keep a failure with servfail 0', async () => {
    const { after, next } = cacheOf('cache {\n servfail 0\n}', SERVFAIL);
    await after(0);
    await after(0);
    expect(next.asked.length).toBe(2);
  });

  test('passes on that the chain below broke', async () => {
    const { after } = cacheOf('cache', new Error('a bug'));
    await expect(after(0)).rejects.toThrow('a bug');
  });
});

describe('CachePlugin options', () => {
  test.for([
    ['cache 30', [30, 30]],
    ['cache {\n success 100 40\n}', [40, 60]],
    ['cache 30 {\n denial 100 20\n}', [30, 20]],
    ['cache {\n success 100 3600 400\n denial 100 3600 90\n}', [400, 90]],
    ['cache 86400', [300, 60]],
  ] as const)(
    '%j gives an answer of 300 s and a denial of 60 s the TTLs %j',
    async ([directive, ttls]) => {
      const { after } = cacheOf(directive, replyWith([A]), NXDOMAIN);
      const answer = await after(0);
      const denial = await after(0, question('gone.example.org. A'));
      expect([answer.answer[0]?.ttl, denial.authority[0]?.ttl]).toEqual(ttls);
    },
  );

  test('passes names of other zones', async () => {
    const { after, next, context } = cacheOf('cache example.com 10.0.0.0/8', replyWith([A]));
    await after(0);
    await after(0);
    await after(0, question('1.0.0.10.in-addr.arpa. PTR'));
    expect(next.asked.length).toBe(3);
    expect(await samples(context.metrics, 'coredns_cache_requests_total{')).toEqual([
      'server="dns://:53",zones="example.com.,10.in-addr.arpa.",view=""} 1',
    ]);
  });

  test('disable stores nothing of its zones, of the one kind', async () => {
    const directive = 'cache 30 {\n disable success example.org\n disable denial example.com\n}';
    const { after, next } = cacheOf(directive, replyWith([A]), replyWith([A]), NXDOMAIN);
    expect((await after(0)).answer[0]?.ttl).toBe(30);
    await after(0);
    await after(0, question('gone.example.org. A'));
    await after(0, question('gone.example.org. A'));
    expect(next.asked.length).toBe(3);
  });

  test('keepttl does not count down', async () => {
    const { after } = cacheOf('cache {\n keepttl\n}', replyWith([A]));
    await after(0);
    expect((await after(299)).answer[0]?.ttl).toBe(300);
  });

  test('keeps at most CAP entries', async () => {
    const { after, next } = cacheOf('cache {\n denial 3\n}', NXDOMAIN);
    for (let i = 0; i < 10; i++) await after(0, question(`n${i}.example.org. A`));
    for (let i = 9; i >= 7; i--) await after(0, question(`n${i}.example.org. A`));
    expect(next.asked.length).toBe(10);
    await after(0, question('n6.example.org. A'));
    expect(next.asked.length).toBe(11);
  });
});
