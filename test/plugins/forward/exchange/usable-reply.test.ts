import type { Answer } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import {
  addressOf,
  DNSSEC_OK,
  fromNext,
  healthy,
  type ReplyParts,
  replyTo,
  type Script,
  World,
} from '../world.ts';

const alias = (name: string, data: string, ttl = 60): Answer => ({
  type: 'CNAME',
  name,
  data,
  ttl,
});
const soa = (name: string): Answer => ({
  type: 'SOA',
  name,
  ttl: 300,
  data: {
    mname: `ns.${name}`,
    rname: `host.${name}`,
    serial: 1,
    refresh: 2,
    retry: 3,
    expire: 4,
    minimum: 5,
  },
});
const SOA_TEXT = (name: string) => `${name}. 300 IN SOA ns.${name}. host.${name}. 1 2 3 4 5`;
const NS: Answer = { type: 'NS', name: 'org', ttl: 60, data: 'ns.evil.test' };

const says =
  (parts: ReplyParts): Script =>
  ({ bytes, reply }) =>
    reply(replyTo(bytes, parts));

async function passedOn(question: string, parts: ReplyParts, more = {}): Promise<string> {
  const world = new World();
  world.network.upstreams.set('10.0.0.1:53', { udp: says(parts), tcp: says(parts) });
  const plugin = await world.forward('forward . 10.0.0.1');
  return world.ask(plugin, question, more);
}

describe('what is passed on of a reply', () => {
  const rows: [title: string, question: string, parts: ReplyParts, expected: string][] = [
    [
      'the chain, in its order, whatever the order it came in',
      'www.org',
      {
        answers: [
          addressOf('c.org', '192.0.2.1'),
          alias('b.org', 'c.org'),
          alias('www.org', 'b.org'),
        ],
      },
      'NOERROR | www.org. 60 IN CNAME b.org., b.org. 60 IN CNAME c.org., c.org. 60 IN A 192.0.2.1',
    ],
    [
      'nothing of other names',
      'www.org',
      {
        answers: [
          addressOf('www.org', '192.0.2.1'),
          addressOf('victim.test', '6.6.6.6'),
          alias('x.org', 'y.org'),
        ],
        authorities: [NS],
        additionals: [addressOf('ns.evil.test', '6.6.6.6'), addressOf('victim.test', '6.6.6.6')],
      },
      'NOERROR | www.org. 60 IN A 192.0.2.1',
    ],
    [
      'nothing of other types',
      'www.org',
      {
        answers: [
          { type: 'TXT', name: 'www.org', ttl: 60, data: 'x' },
          addressOf('www.org', '192.0.2.1'),
        ],
      },
      'NOERROR | www.org. 60 IN A 192.0.2.1',
    ],
    [
      'no DNAME over UDP, but the alias made from it',
      'www.a.org',
      {
        answers: [
          { type: 'DNAME', name: 'a.org', ttl: 60, data: 'b.org' },
          alias('www.a.org', 'www.b.org'),
          addressOf('www.b.org', '192.0.2.1'),
        ],
      },
      'NOERROR | www.a.org. 60 IN CNAME www.b.org., www.b.org. 60 IN A 192.0.2.1',
    ],
    [
      'the lowest TTL of a set',
      'www.org',
      { answers: [addressOf('www.org', '192.0.2.1', 300), addressOf('www.org', '192.0.2.2', 30)] },
      'NOERROR | www.org. 30 IN A 192.0.2.1, www.org. 30 IN A 192.0.2.2',
    ],
    [
      'the SOA of a denial',
      'no.org',
      { rcode: 3, authorities: [soa('org')] },
      `NXDOMAIN |  | ${SOA_TEXT('org')}`,
    ],
    [
      'the SOA of a denial at the end of a chain',
      'www.org',
      { rcode: 3, answers: [alias('www.org', 'gone.net')], authorities: [soa('net')] },
      `NXDOMAIN | www.org. 60 IN CNAME gone.net. | ${SOA_TEXT('net')}`,
    ],
    [
      'no SOA of another zone',
      'no.org',
      { rcode: 3, authorities: [soa('victim.test')] },
      'NXDOMAIN',
    ],
    [
      'no SOA of another class',
      'no.org',
      { rcode: 3, authorities: [{ ...soa('org'), class: 'CH' } as Answer] },
      'NXDOMAIN',
    ],
    [
      'no SOA beside an answer',
      'www.org',
      { answers: [addressOf('www.org', '192.0.2.1')], authorities: [soa('org')] },
      'NOERROR | www.org. 60 IN A 192.0.2.1',
    ],
    [
      'addresses of targets below the name asked for',
      '_sip._tcp.a.org SRV',
      {
        answers: [
          {
            type: 'SRV',
            name: '_sip._tcp.a.org',
            ttl: 60,
            data: { priority: 1, weight: 2, port: 3, target: 's.a.org' },
          },
          {
            type: 'SRV',
            name: '_sip._tcp.a.org',
            ttl: 60,
            data: { priority: 1, weight: 2, port: 3, target: 's.b.org' },
          },
        ],
        additionals: [
          addressOf('s.a.org', '192.0.2.1'),
          addressOf('s.b.org', '6.6.6.6'),
          addressOf('t.a.org', '6.6.6.6'),
        ],
      },
      'NOERROR | _sip._tcp.a.org. 60 IN SRV 1 2 3 s.a.org., _sip._tcp.a.org. 60 IN SRV 1 2 3 s.b.org. |  | s.a.org. 60 IN A 192.0.2.1',
    ],
    [
      'records of other names alone are no answer',
      'www.org',
      { answers: [addressOf('x.org', '6.6.6.6')] },
      'SERVFAIL EDE22',
    ],
    ['a referral is no answer', 'www.org', { flags: 0x0100, authorities: [NS] }, 'SERVFAIL EDE22'],
    [
      'a referral of one that says it resolves is none either',
      'www.org',
      { flags: 0x0180, authorities: [NS], additionals: [addressOf('ns.evil.test', '6.6.6.6')] },
      'SERVFAIL EDE22',
    ],
    [
      'a denial with the SOA and NS records is no referral',
      'www.org',
      { authorities: [NS, soa('org')] },
      `NOERROR |  | ${SOA_TEXT('org')}`,
    ],
    [
      'nor is an empty answer with authority',
      'www.org',
      { flags: 0x0580, authorities: [NS] },
      'NOERROR aa',
    ],
    ['a chain of 11', 'n0.org', { answers: chainOf(11) }, `NOERROR | ${chainText(11)}`],
    ['a chain of 12 is too long', 'n0.org', { answers: chainOf(12) }, 'SERVFAIL EDE22'],
    ['a chain of 100 is too long', 'n0.org', { answers: chainOf(100) }, 'SERVFAIL EDE22'],
    ['a loop of 1', 'a.org', { answers: [alias('a.org', 'a.org')] }, 'SERVFAIL EDE22'],
    [
      'a loop of 2',
      'a.org',
      { answers: [alias('a.org', 'b.org'), alias('b.org', 'A.org')] },
      'SERVFAIL EDE22',
    ],
    ['NXDOMAIN without SOA', 'no.org', { rcode: 3 }, 'NXDOMAIN'],
    [
      'AA',
      'www.org',
      { flags: 0x0580, answers: [addressOf('www.org', '192.0.2.1')] },
      'NOERROR aa | www.org. 60 IN A 192.0.2.1',
    ],
  ];
  test.for(rows)('%s', async ([, question, parts, expected]) => {
    expect(await passedOn(question, parts)).toBe(expected);
  });

  test('who asks for all classes gets what is of any', async () => {
    const answers = [alias('www.org', 'a.org'), addressOf('a.org', '192.0.2.1')];
    expect(await passedOn('www.org', { answers }, { qclass: 255 })).toBe(
      'NOERROR | www.org. 60 IN CNAME a.org., a.org. 60 IN A 192.0.2.1',
    );
    const denial = { rcode: 3, authorities: [soa('org')] };
    expect(await passedOn('no.org', denial, { qclass: 255 })).toBe(
      `NXDOMAIN |  | ${SOA_TEXT('org')}`,
    );
  });

  test.for([0x0100, 0x0180, 0x0000])(
    'a referral with flags %i ends in SERVFAIL after one query, whether the client asks for recursion or not',
    async (flags) => {
      for (const recursionDesired of [true, false]) {
        const world = new World();
        const referring = says({ flags, authorities: [NS] });
        world.network.upstreams.set('10.0.0.1:53', { udp: referring, tcp: referring });
        const plugin = await world.forward('forward . 10.0.0.1');
        const asked = plugin.serve(world.request('www.org', { recursionDesired }), fromNext);
        await world.advance(10);
        const reply = await asked;
        expect(reply).toMatchObject({
          rcode: 2,
          answer: [],
          error: { code: 22, text: 'upstreams gave a referral, or records of other names' },
        });
        expect(world.asked).toEqual(['udp 10.0.0.1:53 www.org.']);
      }
    },
  );

  test('a referral makes another upstream be asked', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', { udp: says({ flags: 0x0100, authorities: [NS] }) });
    world.network.upstreams.set('10.0.0.2:53', healthy('192.0.2.2'));
    const plugin = await world.forward('forward . 10.0.0.1 10.0.0.2 {\n policy sequential\n}');
    expect(await world.ask(plugin, 'www.org')).toBe('NOERROR | www.org. 60 IN A 192.0.2.2');
    expect(world.asked).toEqual(['udp 10.0.0.1:53 www.org.', 'udp 10.0.0.2:53 www.org.']);
  });

  test('who validates gets the proofs, and the DNAME, over TCP', async () => {
    const signature = (name: string, covered: number): Answer =>
      ({ type: 'RRSIG', name, ttl: 60, data: rrsig(covered) }) as Answer;
    const dname = await passedOn(
      'www.a.org',
      {
        answers: [
          { type: 'DNAME', name: 'a.org', ttl: 60, data: 'b.org' },
          signature('a.org', 39),
          alias('www.a.org', 'www.b.org'),
          addressOf('www.b.org', '192.0.2.1'),
          signature('www.b.org', 1),
          signature('www.b.org', 28),
        ],
      },
      DNSSEC_OK,
    );
    expect(dname.replace(/\\# \d+ (0[0-9a-f]{3})[0-9a-f]*/g, '$1')).toBe(
      'NOERROR | a.org. 60 IN DNAME b.org., a.org. 60 IN RRSIG 0027, www.a.org. 60 IN CNAME www.b.org., ' +
        'www.b.org. 60 IN A 192.0.2.1, www.b.org. 60 IN RRSIG 0001',
    );
    const denial: ReplyParts = { rcode: 3, authorities: [soa('org'), signature('org', 6), NS] };
    expect(await passedOn('no.org', denial, DNSSEC_OK)).toContain('RRSIG');
    expect(await passedOn('no.org', denial)).not.toContain('RRSIG');
  });
});

function chainOf(length: number): Answer[] {
  const aliases = Array.from({ length }, (_, i) => alias(`n${i}.org`, `n${i + 1}.org`));
  return [...aliases, addressOf(`n${length}.org`, '192.0.2.1')];
}

function chainText(length: number): string {
  const aliases = Array.from({ length }, (_, i) => `n${i}.org. 60 IN CNAME n${i + 1}.org.`);
  return [...aliases, `n${length}.org. 60 IN A 192.0.2.1`].join(', ');
}

function rrsig(covered: number) {
  return {
    typeCovered: covered === 39 ? 'DNAME' : covered === 28 ? 'AAAA' : covered === 6 ? 'SOA' : 'A',
    algorithm: 8,
    labels: 2,
    originalTTL: 60,
    expiration: 2,
    inception: 1,
    keyTag: 1,
    signersName: 'org',
    signature: Buffer.of(1, 2, 3),
  };
}
