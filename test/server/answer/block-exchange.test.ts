import { describe, expect, test } from 'vitest';
import { Class, Rcode } from '../../../src/dns/codes.ts';
import { textOf } from '../../../src/dns/name.ts';
import type { Plugin, Request } from '../../../src/plugins/plugin.ts';
import { errorReply, silence } from '../../../src/plugins/reply.ts';
import { replyWith, samples, settled } from '../../helpers/plugin-harness.ts';
import { encodeQuery } from '../../helpers/query.ts';
import { type Reply, readReply } from '../../helpers/reply.ts';
import { blocksOf, blockWith, exchanging, named, PEER } from './chain-world.ts';

const EDNS = { edns: {} };
const WWW = encodeQuery('www.example.org.', 'A');

/** The extended errors of a reply, `CODE TEXT` each (RFC 8914). */
function errorsOf({ opt }: Reply): string[] {
  const options = opt?.options.filter(({ code }) => code === 15) ?? [];
  return options.map(({ data }) => {
    const bytes = Buffer.from(data);
    return `${bytes.readUInt16BE(0)} ${bytes.subarray(2).toString()}`;
  });
}

describe('BlockExchange', () => {
  test('refuses what no block takes, and says why', async () => {
    const { ask } = exchanging([blockWith(['example.net'], { chain: named({}) })]);
    const reply = await ask('www.example.org. A', EDNS);
    expect(reply.rcode).toBe('REFUSED');
    expect(errorsOf(reply)).toEqual(['20 not a name of the cluster zones']);
    expect((await ask('www.example.net. A')).rcode).toBe('NOERROR');
  });

  test('answers a cluster name at once through the short cut', () => {
    const { blocks } = blocksOf('. {\nkubernetes cluster.local\nforward . 127.0.0.1:1\n}\n');
    const { give, exchange } = exchanging(blocks);
    expect(give(encodeQuery('x.cluster.local.', 'A'))?.length).toBeGreaterThan(12);
    expect(exchange.waiting).toBe(0);
  });

  test('answers it through the chain, with the same records, below `nsid`', async () => {
    const short = exchanging(blocksOf('. {\nkubernetes cluster.local\n}\n').blocks);
    const chained = exchanging(blocksOf('. {\nkubernetes cluster.local\nnsid x\n}\n').blocks);
    expect(chained.give(encodeQuery('x.cluster.local.', 'A'))).toBeUndefined();
    await settled();
    for (const asked of ['x.cluster.local. A', 'cluster.local. SOA', 'CLUSTER.local. A']) {
      const [one, other] = [await short.ask(asked, EDNS), await chained.ask(asked, EDNS)];
      expect(other).toEqual({ ...one, bytes: other.bytes });
      expect(other.flags).toContain('aa');
    }
  });

  test('sends what the chain says, with the question as it was asked', async () => {
    const chain = async () => replyWith(['www.example.org. 300 IN A 192.0.2.1']);
    const { ask } = exchanging([blockWith([''], { chain })]);
    const reply = await ask('WWW.example.org. A', EDNS);
    expect(reply.answer).toEqual([expect.stringMatching(/300 IN A 192\.0\.2\.1$/)]);
    expect(reply.flags).toBe('qr rd ra');
  });

  test.for([
    [
      'throws',
      () => {
        throw new Error('a bug');
      },
    ],
    ['rejects', () => Promise.reject(new Error('a bug'))],
    ['replies what cannot be written', async () => ({ ...replyWith([]), answer: [null as never] })],
  ] as const)('says SERVFAIL and counts it when a plugin %s', async ([, chain]) => {
    const { ask, metrics, thrown, exchange } = exchanging([blockWith([''], { chain })]);
    expect((await ask('www.example.org. A')).rcode).toBe('SERVFAIL');
    expect(await samples(metrics, 'coredns_panics_total')).toEqual([' 1']);
    expect(thrown).toHaveLength(1);
    expect(exchange.waiting).toBe(0);
  });

  test('hands on every EDNS option of the query, in order', async () => {
    const seen: unknown[] = [];
    const chain = async ({ edns }: Request) => {
      seen.push(edns);
      return errorReply('whoami', Rcode.NOERROR);
    };
    const { ask } = exchanging([blockWith([''], { chain })]);
    const options = [
      { code: 8, data: Uint8Array.of(0, 1, 24, 0, 192, 0, 2) },
      { code: 3, data: Uint8Array.of() },
      { code: 65518, data: Uint8Array.of(97) },
    ];
    await ask('www.example.org. A', { edns: { size: 4096, do: true, options } });
    expect(seen).toEqual([{ size: 4096, dnssecOk: true, options }]);
  });

  test('tells the socket that nothing will come of a silent reply', async () => {
    const { give, sent } = exchanging([blockWith([''], { chain: async () => silence('acl') })]);
    expect(give(WWW)).toBeUndefined();
    await settled();
    expect(sent.map(({ length }) => length)).toEqual([0]);
  });

  test('turns away what one client asks while 5,000 of its questions are worked on, and goes on when they have their replies', async () => {
    const waiting: (() => void)[] = [];
    const chain = () =>
      new Promise<ReturnType<typeof errorReply>>((resolve) => {
        waiting.push(() => resolve(errorReply('forward', Rcode.NXDOMAIN)));
      });
    const { give, ask, metrics, exchange, sent } = exchanging([blockWith([''], { chain })]);
    for (let i = 0; i < 5000; i++) {
      expect(give(WWW)).toBeUndefined();
      if (i % 50 === 0) await settled();
    }
    await settled();
    expect([exchange.waiting, exchange.queued, waiting.length]).toEqual([5000, 0, 5000]);
    const reply = await ask('www.example.org. A', EDNS);
    expect(reply.rcode).toBe('SERVFAIL');
    expect(errorsOf(reply)).toEqual(['0 shed: too many of this client are under way']);
    expect(await samples(metrics, 'svcdns_queries_shed_total{')).toContain('reason="in_chain"} 1');
    expect(exchange.waiting).toBe(5000);
    // Others are not turned away for it.
    give(WWW, { address: '10.1.2.4', port: 40_000 });
    await settled();
    expect(waiting).toHaveLength(5001);
    for (const finish of waiting) finish();
    await settled();
    expect(sent).toHaveLength(5001);
    expect(exchange.waiting).toBe(0);
    give(WWW);
    await settled();
    expect(waiting).toHaveLength(5002);
  });

  test('says SERVFAIL over TCP to what waited too long, and tells the plugins of its block', async () => {
    const dropped: string[] = [];
    const plugin: Plugin = {
      name: 'errors',
      serve: (request, next) => next(request),
      dropped: ({ key, client }, reason) =>
        void dropped.push(`${textOf(key)} ${client.address} ${reason}`),
    };
    const { give, clock, sent } = exchanging([blockWith([''], { plugins: [plugin] })]);
    const query = encodeQuery('www.example.org.', 'A', EDNS);
    give(query, PEER, 'tcp');
    clock.advance(1001);
    await settled();
    const [reply] = sent.map((bytes) => readReply(query, bytes, 'tcp'));
    expect([reply?.rcode, errorsOf(reply!)]).toEqual(['SERVFAIL', ['0 shed: queue age']]);
    expect(dropped).toEqual(['www.example.org. 10.1.2.3 shed: queue age']);
  });

  test('leaves unanswered what waited for its turn for a second, and counts it', async () => {
    const asked: string[] = [];
    const chain = async ({ key }: { key: string }) => {
      asked.push(key);
      return errorReply('whoami', Rcode.NOERROR);
    };
    const { give, clock, sent, exchange, metrics } = exchanging([blockWith([''], { chain })]);
    give(WWW);
    clock.advance(1001);
    await settled();
    expect([asked, sent.map(({ length }) => length), exchange.waiting]).toEqual([[], [0], 0]);
    expect(await samples(metrics, 'svcdns_queries_shed_total{')).toContain('reason="queue_age"} 1');
  });

  test('answers cluster names while 10,000 wait', () => {
    const [block] = blocksOf('. {\nkubernetes cluster.local\nwhoami\n}\n').blocks;
    const chain = () => new Promise<never>(() => {});
    const { give } = exchanging([{ ...block!, chain }]);
    for (let i = 0; i < 10_000; i++) give(WWW);
    const reply = give(encodeQuery('x.cluster.local.', 'A'));
    expect((reply?.readUInt16BE(2) ?? 0) & 15).toBe(Rcode.NXDOMAIN);
  });

  test('answers class CH with `chaos`, and refuses it without', async () => {
    const chaos = blocksOf('. {\nkubernetes cluster.local\nchaos v1\n}\n');
    const version = { qclass: Class.CH };
    const { give, sent } = exchanging(chaos.blocks, chaos.takesAllClasses);
    expect(give(encodeQuery('version.bind.', 'TXT', version))).toBeUndefined();
    await settled();
    const [reply] = sent;
    expect((reply?.readUInt16BE(2) ?? 0) & 15).toBe(Rcode.NOERROR);
    expect(reply?.subarray(-3).toString('latin1')).toBe('\x02v1');

    const plain = blocksOf('. {\nkubernetes cluster.local\n}\n');
    const without = exchanging(plain.blocks, plain.takesAllClasses);
    expect((await without.ask('version.bind. TXT', version)).rcode).toBe('REFUSED');
  });

  test('gives no cluster name to a question of class CH, also past the short cut', async () => {
    const { blocks } = blocksOf('. {\nkubernetes cluster.local\n}\n');
    // As when another block at the same port has `chaos`.
    const { give, sent } = exchanging(blocks, true);
    expect(give(encodeQuery('cluster.local.', 'SOA', { qclass: Class.CH }))).toBeUndefined();
    await settled();
    expect(sent.map((reply) => reply.readUInt16BE(2) & 15)).toEqual([Rcode.REFUSED]);
  });
});
