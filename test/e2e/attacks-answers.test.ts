import { type Answer, decode, type Packet } from 'dns-packet';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { askBytes } from '../helpers/ask.ts';
import { encodeQuery } from '../helpers/query.ts';
import type { Reply } from '../helpers/reply.ts';
import { rounds, soakTest } from '../helpers/runs.ts';
import {
  type Asked,
  addressFor,
  FakeUpstream,
  good,
  replyTo,
  type Script,
} from './fake-upstream.ts';
import { ServerHere } from './server-here.ts';
import { MANIFESTS, stockCorefile, WEB } from './server-process.ts';
import { UdpClient } from './udp-client.ts';

// Upstreams that lie, and what may become of it in the cache, against the stock Corefile
// in the test's own process.

const TRUE = '192.0.2.1';
const LIE = '203.0.113.66';

async function world(script: Script, manifests = MANIFESTS) {
  const upstream = new FakeUpstream(script);
  onTestFinished(() => upstream.stop());
  const server = await ServerHere.start(stockCorefile(await upstream.start()), manifests);
  return { upstream, server };
}

const addresses = ({ answer }: Reply) => answer.map((record) => record.split(' ').at(-1));

describe('A8 an upstream that adds records of other names', () => {
  const lies: [what: string, changes: (asked: Asked, victim: string) => Partial<Packet>][] = [
    ['an address in the answer', (_, victim) => ({ answers: [a(victim, LIE)] })],
    [
      'name servers and their addresses',
      (_, victim) => ({
        authorities: [{ name: 'example', type: 'NS', ttl: 300, data: `ns.${victim}` }],
        additionals: [a(`ns.${victim}`, LIE), a(victim, LIE)],
      }),
    ],
    [
      'a DNAME above',
      (_, victim) => ({
        answers: [
          { name: 'example', type: 'DNAME', ttl: 300, data: 'attacker.invalid' } as Answer,
          { name: victim, type: 'CNAME', ttl: 300, data: 'victim.attacker.invalid' },
        ],
      }),
    ],
    [
      'an alias, and behind it addresses of somebody else',
      ({ name }, victim) => ({
        answers: [
          { name, type: 'CNAME', ttl: 300, data: 'cdn.example' },
          a('cdn.example', TRUE),
          a(victim, LIE),
        ],
      }),
    ],
    ['an address of the cluster', () => ({ answers: [a(WEB.slice(0, -1), LIE)] })],
  ];
  let upstream: FakeUpstream;
  let server: ServerHere;

  beforeAll(async () => {
    upstream = new FakeUpstream(good(TRUE));
    server = await ServerHere.launch(stockCorefile(await upstream.start()));
  });

  afterAll(async () => {
    await server.stop();
    await upstream.stop();
  });

  test.for(lies.map((lie, at) => [...lie, at] as const))(
    '%s: the other name is asked for itself',
    async ([, changes, at]) => {
      upstream.script = (asked) => {
        if (!/^www/i.test(asked.name)) return good(TRUE)(asked);
        const { answers = [], ...others } = changes(asked, `victim${at}.example`);
        const own = answers.some(({ name }) => name === asked.name)
          ? []
          : [addressFor(asked, TRUE)];
        asked.send(replyTo(asked, { answers: [...own, ...answers], ...others }));
      };
      const reply = await server.ask(`www${at}.attacker.example.`, 'A');
      expect(reply.rcode).toBe('NOERROR');
      const sections = [reply.answer, reply.authority, reply.additional].flat().join('\n');
      expect(sections).not.toMatch(/victim|attacker\.invalid|203\.0\.113/);
      for (const name of [`victim${at}.example.`, `ns.victim${at}.example.`]) {
        expect(addresses(await server.ask(name, 'A'))).toEqual([TRUE]);
        expect(upstream.times(`${name.slice(0, -1)} a`)).toBe(1);
      }
      expect(addresses(await server.ask(WEB, 'A'))).toEqual(['10.96.0.7']);
    },
  );
});

const a = (name: string, data: string): Answer => ({ name, type: 'A', ttl: 300, data });

test('A10 a cached reply is given to the same question only: name, type, class, DO and CD', async () => {
  const wanted: string[] = [];
  const { server } = await world((asked) => {
    const { name, type, packet } = asked;
    if (!['TXT', 'A', 'AAAA'].includes(type)) return good(TRUE)(asked);
    const isDnssecOk = packet.additionals?.some((one) => one.type === 'OPT' && one.flag_do);
    const qclass = packet.questions?.[0]?.class ?? 'IN';
    const isUnchecked = ((packet.flags ?? 0) & 0x0010) !== 0;
    const facts = [name.toLowerCase(), type, qclass, isDnssecOk, isUnchecked].join(' ');
    wanted.push(facts);
    const answer = { name, type: 'TXT', class: qclass, ttl: 300, data: facts } as Answer;
    const address = { name, type, ttl: 300, data: type === 'A' ? TRUE : '2001:db8::1' } as Answer;
    asked.send(replyTo(asked, { answers: [type === 'TXT' ? answer : address] }));
  });
  const tuples = Array.from({ length: rounds(4, 12) }, (_, at) => `n${at}.example`).flatMap(
    (name) =>
      [1, 3].flatMap((qclass) =>
        [false, true].flatMap((isDnssecOk) =>
          [false, true].flatMap((cd) =>
            ['TXT', 'A', 'AAAA']
              .filter((type) => qclass === 1 || type === 'TXT')
              .map((type) => ({ name, type, qclass, isDnssecOk, cd })),
          ),
        ),
      ),
  );
  // Each three times, in an order that mixes them: 89 and the number of tuples have no common
  // divisor.
  const order = Array.from({ length: tuples.length * 3 }, (_, at) => (at * 89) % tuples.length);
  for (const at of order) {
    const { name, type, qclass, isDnssecOk, cd } = tuples[at]!;
    const query = encodeQuery(`${name}.`, type, { qclass, cd, edns: { do: isDnssecOk } });
    const { answers = [] } = decode(await askBytes(server.address, query));
    const facts = [name, type, qclass === 3 ? 'CH' : 'IN', isDnssecOk, cd].join(' ');
    const expected = { TXT: [facts], A: TRUE, AAAA: '2001:db8::1' }[type];
    const data = answers.map((answer) => ('data' in answer ? answer.data : undefined));
    expect({ facts, data: data.map(textOf) }).toEqual({ facts, data: [textOf(expected)] });
  }
  const asked = wanted.filter((facts) => /^n\d+\.example /.test(facts));
  expect(new Set(asked).size).toBe(tuples.length);
  // Once each, and once more where a busy machine made us wait for the upstream too long.
  expect(asked.length).toBeLessThan(1.5 * tuples.length);
});

const textOf = (data: unknown) => [data].flat().map(String).join(' ');

test('A11 a referral is no answer, and its name servers are not asked for', async () => {
  const { server, upstream } = await world((asked) => {
    const servers = Array.from({ length: 20 }, (_, at) => `ns${at}.delegated.example`);
    asked.send(
      replyTo(asked, {
        flags: 0,
        authorities: servers.map((data) => ({ name: 'example', type: 'NS', ttl: 300, data })),
        additionals: servers.map((name) => a(name, LIE)),
      }),
    );
  });
  const reply = await server.ask('www.delegated.example.', 'A');
  expect(reply.rcode).toBe('SERVFAIL');
  const asked = new Set(upstream.asked.filter((question) => question.includes('delegated')));
  expect([...asked]).toEqual(['www.delegated.example a']);
});

describe('A12 aliases', () => {
  /** `at` leads to `at + 1`, the last to an address. */
  const external = (name: string, target: string) => `---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { type: ExternalName, externalName: ${target} }
`;
  const inside = (name: string) => `${name}.shop.svc.cluster.local`;
  const chain = (label: string, links: number, end: string) =>
    Array.from({ length: links }, (_, at) =>
      external(`${label}-${at}`, at === links - 1 ? end : inside(`${label}-${at + 1}`)),
    );
  const manifests = [
    MANIFESTS,
    ...[1, 2, 11].flatMap((links) => chain(`loop${links}`, links, inside(`loop${links}-0`))),
    ...[10, 12, 100].flatMap((links) => chain(`chain${links}`, links, inside('web'))),
    external('there', 'back.example.org'),
    external('round', 'round.example.org'),
  ].join('\n');
  let server: ServerHere;
  let upstream: FakeUpstream;

  beforeAll(async () => {
    // An upstream with chains of its own: `chain12-0.example` leads to `chain12-1.example` …
    upstream = new FakeUpstream((asked) => {
      const [, kind, links, at] = /^(chain|loop)(\d+)-(\d+)\.example$/i.exec(asked.name) ?? [];
      const back = /^(back|round)\.example\.org$/i.exec(asked.name)?.[1]?.toLowerCase();
      if (back !== undefined) {
        const data = inside(back === 'back' ? 'web' : 'round');
        asked.send(
          replyTo(asked, { answers: [{ name: asked.name, type: 'CNAME', ttl: 300, data }] }),
        );
        return;
      }
      if (kind === undefined) return good(TRUE)(asked);
      const isCircle = kind.toLowerCase() === 'loop';
      const label = `${kind.toLowerCase()}${links}`;
      const name = (index: number) =>
        index === Number(at) ? asked.name : `${label}-${index}.example`;
      const length = Number(links);
      const answers: Answer[] = Array.from({ length }, (_, index) => ({
        name: name(index),
        type: 'CNAME',
        ttl: 300,
        data: name(isCircle ? (index + 1) % length : index + 1),
      }));
      if (!isCircle) answers.push(a(name(length), TRUE));
      asked.send(replyTo(asked, { answers }));
    });
    server = await ServerHere.launch(stockCorefile(await upstream.start()), manifests);
  });

  afterAll(async () => {
    await server.stop();
    await upstream.stop();
  });

  test('in the cluster: ten links are followed, more and circles end with SERVFAIL, and nobody is asked', async () => {
    const ten = await server.ask(`${inside('chain10-0')}.`, 'A');
    expect([ten.rcode, ten.answer.length, addresses(ten).at(-1)]).toEqual([
      'NOERROR',
      11,
      '10.96.0.7',
    ]);
    for (const label of ['chain12', 'chain100', 'loop1', 'loop2', 'loop11']) {
      const reply = await server.ask(`${inside(`${label}-0`)}.`, 'A');
      expect([label, reply.rcode]).toEqual([label, 'SERVFAIL']);
    }
    expect(upstream.asked.filter((question) => question.includes('cluster'))).toEqual([]);
  });

  test('of an upstream: eleven links are passed on, more and circles are SERVFAIL, after few queries', async () => {
    const eleven = await server.ask('chain11-0.example.', 'A');
    expect([eleven.rcode, eleven.answer.length]).toEqual(['NOERROR', 12]);
    for (const label of ['chain12', 'chain100', 'loop1', 'loop2', 'loop11']) {
      const before = upstream.queries.length;
      const reply = await server.ask(`${label}-0.example.`, 'A', { transport: 'tcp' });
      expect([label, reply.rcode]).toEqual([label, 'SERVFAIL']);
      expect(upstream.queries.length - before).toBeLessThanOrEqual(10);
    }
  });

  test('out of the cluster and back in: followed, and a circle through both ends', async () => {
    const there = await server.ask(`${inside('there')}.`, 'A');
    expect(there.rcode).toBe('NOERROR');
    const before = upstream.queries.length;
    const round = await server.ask(`${inside('round')}.`, 'A');
    expect(['NOERROR', 'SERVFAIL']).toContain(round.rcode);
    expect(round.answer.length).toBeLessThanOrEqual(22);
    expect(upstream.queries.length - before).toBeLessThanOrEqual(50);
    expect(addresses(await server.ask(WEB, 'A'))).toEqual(['10.96.0.7']);
  });
});

soakTest(
  'A20 a flood of junk names does not push the names in use out of the cache, nor past its size',
  async () => {
    const upstream = new FakeUpstream(good(TRUE));
    onTestFinished(() => upstream.stop());
    // The limit is 64 MiB; the same by number, so that it is reached here.
    const corefile = stockCorefile(await upstream.start());
    const server = await ServerHere.start(
      corefile.replace('cache 30 {\n', 'cache 30 {\n       success 2000\n'),
    );
    const client = await UdpClient.open(server.address);
    onTestFinished(() => client.close());
    const hot = Array.from({ length: 100 }, (_, at) => encodeQuery(`hot${at}.example.`, 'A'));
    const timesHot = () => upstream.asked.filter((question) => question.startsWith('hot')).length;
    await client.askAll(hot);
    await client.askAll(hot);
    expect(timesHot()).toBe(100);
    // Five times what it holds, and the names in use asked for now and then.
    for (let round = 0; round < 20; round++) {
      const junk = Array.from({ length: 500 }, (_, at) =>
        encodeQuery(`junk${round}-${at}.example.`, 'A'),
      );
      await client.askAll(junk);
      await client.askAll(hot);
    }
    expect(timesHot() - 100).toBeLessThanOrEqual(100); // once more each, however long the flood
    expect(await server.metric('coredns_cache_entries', 'type="success"')).toBeLessThanOrEqual(
      2000,
    );
    expect(await server.metric('coredns_cache_evictions_total')).toBeGreaterThan(0);
  },
);
