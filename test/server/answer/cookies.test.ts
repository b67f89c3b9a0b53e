import { describe, expect, test } from 'vitest';
import { Rcode } from '../../../src/dns/codes.ts';
import type { Transport } from '../../../src/dns/query.ts';
import type { Request } from '../../../src/plugins/plugin.ts';
import { Cookies, RandomSecrets, SharedSecrets } from '../../../src/server/answer/cookies.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { ednsOption, type PacketOptions, packet } from '../../helpers/packet.ts';
import { replyWith, samples, settled } from '../../helpers/plugin-harness.ts';
import { readWire } from '../../helpers/wire.ts';
import { blocksOf, blockWith, exchanging } from './chain-world.ts';

const PEER = { address: '198.51.100.100', port: 40_000 };
const CLIENT = '2464c4abcf10c957';
const SECRET = Buffer.from('e5e973e5a6b2a43f48e7dc849e37bfcf', 'hex');
/** RFC 9018 appendix A.1. */
const NOW = Date.parse('2019-06-05T10:53:05Z') / 1000;
const SERVER = '010000005cf79f111f8130c3eee29480';

/** A server with a short cut for `cluster.local` and a chain for everything else. */
function world({ isOff = false, corefile = '. {\nkubernetes cluster.local\nwhoami\n}\n' } = {}) {
  const clock = new FakeClock(NOW);
  const { blocks } = blocksOf(corefile);
  const secrets = new SharedSecrets([SECRET]);
  const all = exchanging(blocks, false, (metrics) => ({
    clock,
    cookies: isOff ? undefined : new Cookies({ secrets, clock, metrics }),
  }));
  const { give, sent, metrics } = all;
  const replyTo = async (options: PacketOptions, transport: Transport = 'udp', peer = PEER) => {
    const atOnce = give(packet(options), peer, transport);
    await settled();
    return atOnce ?? sent.pop() ?? Buffer.alloc(0);
  };
  const ask = async (...asked: Parameters<typeof replyTo>) => toldBy(await replyTo(...asked));
  return { ask, replyTo, clock, metrics };
}

/** The OPT record of a reply, and its options in their order. */
function optOf(reply: Buffer) {
  const opt = readWire(reply).additional.find(({ type }) => type === 41);
  const options: { code: number; data: string }[] = [];
  for (let at = 0; opt !== undefined && at < opt.data.length; ) {
    const end = at + 4 + opt.data.readUInt16BE(at + 2);
    options.push({ code: opt.data.readUInt16BE(at), data: opt.data.toString('hex', at + 4, end) });
    at = end;
  }
  return { ttl: opt?.ttl ?? 0, options };
}

/** The rcode and what the COOKIE options of a reply hold. */
function toldBy(reply: Buffer) {
  const { ttl, options } = optOf(reply);
  const cookies = options.filter(({ code }) => code === 10).map(({ data }) => data);
  return { rcode: ((ttl >>> 24) << 4) | (reply.readUInt16BE(2) & 15), cookies };
}

const withCookie = (cookie: string) => ({
  opt: { data: ednsOption(10, Buffer.from(cookie, 'hex')) },
});

const SHORT_CUT = { name: 'nothing.cluster.local' };
const CHAIN = { name: 'www.example.org' };
const NOTHING = { question: Buffer.alloc(0) };

describe('Cookies', () => {
  test.for([
    ['by the short cut', '. {\nexplain\nkubernetes cluster.local\n}\n', SHORT_CUT],
    ['by the plugins', '. {\nexplain\nkubernetes cluster.local\nnsid x\n}\n', SHORT_CUT],
    ['that no block takes', 'cluster.local {\nkubernetes cluster.local\n}\n', CHAIN],
  ] as const)('stand behind the reason in a reply %s', async ([, corefile, asked]) => {
    const { replyTo } = world({ corefile });
    const { options } = optOf(await replyTo({ ...asked, ...withCookie(CLIENT) }));
    expect(options.map(({ code }) => code)).toContain(15);
    expect(options.at(-1)).toEqual({ code: 10, data: CLIENT + SERVER });
  });

  test.for<[string, PacketOptions, number]>([
    ['through the short cut', SHORT_CUT, Rcode.NXDOMAIN],
    ['through the chain', CHAIN, Rcode.NOERROR],
    ['for another class', { ...CHAIN, qclass: 3 }, Rcode.REFUSED],
  ])('give a client cookie ours, %s, over UDP and TCP', async ([, asked, rcode]) => {
    const { ask } = world();
    for (const transport of ['udp', 'tcp'] as const) {
      const reply = await ask({ ...asked, ...withCookie(CLIENT) }, transport);
      expect(reply).toEqual({ rcode, cookies: [CLIENT + SERVER] });
      expect((await ask({ ...asked, opt: {} }, transport)).cookies).toEqual([]);
      expect((await ask(asked, transport)).cookies).toEqual([]);
    }
  });

  test('send one of ours back for half an hour, and then renew it', async () => {
    const { ask, clock, metrics } = world();
    const asked = { ...SHORT_CUT, ...withCookie(CLIENT + SERVER) };
    clock.advance(1_800_000);
    expect((await ask(asked)).cookies).toEqual([CLIENT + SERVER]);
    clock.advance(1000);
    const [renewed] = (await ask(asked)).cookies;
    expect(renewed).toMatch(/^2464c4abcf10c957010000005cf7a61a/);
    clock.advance(1_800_000);
    expect((await ask({ ...SHORT_CUT, ...withCookie(renewed ?? '') })).cookies).toEqual([renewed]);
    expect(await samples(metrics, 'svcdns_cookie_queries_total')).toContain('{cookie="valid"} 3');
  });

  test.for([
    ['of another address', SERVER, { ...PEER, address: '198.51.100.101' }],
    ['of another kind', 'ab'.repeat(8), PEER],
    ['of the longest kind', 'ab'.repeat(32), PEER],
  ] as const)('answer a server cookie %s, and give ours', async ([, server, peer]) => {
    const { ask, metrics } = world();
    const { rcode, cookies } = await ask({ ...CHAIN, ...withCookie(CLIENT + server) }, 'udp', peer);
    expect(rcode).toBe(Rcode.NOERROR);
    expect(cookies).toEqual([expect.stringMatching(/^2464c4abcf10c957010000005cf79f11/)]);
    expect(await samples(metrics, 'svcdns_cookie_queries_total')).toContain('{cookie="invalid"} 1');
  });

  test.for([0, 1, 7, 9, 15, 41, 100])('answer %i bytes of cookie with FORMERR', async (length) => {
    const { ask, metrics } = world();
    const asked = withCookie('ab'.repeat(length));
    for (const question of [SHORT_CUT, CHAIN, NOTHING]) {
      expect(await ask({ ...question, ...asked })).toEqual({ rcode: Rcode.FORMERR, cookies: [] });
    }
    const counted = await samples(metrics, 'svcdns_cookie_queries_total');
    expect(counted).toContain('{cookie="malformed"} 3');
  });

  test('count the first of several options', async () => {
    const { ask } = world();
    const two = [CLIENT, 'ab'].map((cookie) => ednsOption(10, Buffer.from(cookie, 'hex')));
    const reply = await ask({ ...SHORT_CUT, opt: { data: Buffer.concat(two) } });
    expect(reply.cookies).toEqual([CLIENT + SERVER]);
    const other = await ask({ ...SHORT_CUT, opt: { data: Buffer.concat(two.reverse()) } });
    expect(other.rcode).toBe(Rcode.FORMERR);
  });

  test('answer who asks nothing but a cookie', async () => {
    const { ask, clock } = world();
    const cookies = [CLIENT + SERVER];
    const { NOERROR: rcode, BADCOOKIE, FORMERR } = Rcode;
    expect(await ask({ ...NOTHING, ...withCookie(CLIENT) })).toEqual({ rcode, cookies });
    expect(await ask({ ...NOTHING, ...withCookie(CLIENT + SERVER) })).toEqual({ rcode, cookies });
    const wrong = withCookie(CLIENT + SERVER.replace('1f', '20'));
    expect(await ask({ ...NOTHING, ...wrong })).toEqual({ rcode: BADCOOKIE, cookies });
    clock.advance(3_601_000);
    const late = await ask({ ...NOTHING, ...withCookie(CLIENT + SERVER) });
    expect(late.rcode).toBe(BADCOOKIE);
    for (const none of [NOTHING, { ...NOTHING, opt: {} }]) {
      expect(await ask(none)).toEqual({ rcode: FORMERR, cookies: [] });
    }
  });

  test('leave alone what another version of EDNS, or another opcode, means by it', async () => {
    const { ask } = world();
    const { data } = withCookie(CLIENT).opt;
    const version1 = await ask({ ...CHAIN, opt: { data, version: 1 } });
    expect(version1).toEqual({ rcode: Rcode.BADVERS, cookies: [] });
    expect((await ask({ ...NOTHING, opt: { data, version: 1 } })).cookies).toEqual([]);
    const notify = await ask({ ...CHAIN, flags: 0x2000, opt: { data } });
    expect(notify).toEqual({ rcode: Rcode.NOTIMP, cookies: [] });
  });

  test('are not looked at when they are off', async () => {
    const { ask } = world({ isOff: true });
    for (const cookie of [CLIENT, 'ab']) {
      const reply = await ask({ ...SHORT_CUT, ...withCookie(cookie) });
      expect(reply).toEqual({ rcode: Rcode.NXDOMAIN, cookies: [] });
    }
    const empty = await ask({ ...NOTHING, ...withCookie(CLIENT) });
    expect(empty).toEqual({ rcode: Rcode.FORMERR, cookies: [] });
  });

  test('of a query that waits are not those of the next', async () => {
    const { blocks } = blocksOf('. {\nkubernetes cluster.local\nwhoami\n}\n');
    const clock = new FakeClock(NOW);
    const secrets = new SharedSecrets([SECRET]);
    const { give, sent } = exchanging(blocks, false, (metrics) => ({
      cookies: new Cookies({ secrets, clock, metrics }),
    }));
    give(packet({ ...CHAIN, ...withCookie(CLIENT) }), PEER);
    give(packet({ ...SHORT_CUT, ...withCookie('ab'.repeat(8)) }), PEER);
    await settled();
    expect(sent.map((reply) => toldBy(reply).cookies)).toEqual([[CLIENT + SERVER]]);
  });

  test('stay between client and server: no plugin sees them', async () => {
    const seen: Request[] = [];
    const chain = async (request: Request) => {
      seen.push(request);
      return replyWith([]);
    };
    const { give } = exchanging([blockWith([''], { chain })]);
    const others = [ednsOption(3), ednsOption(10, Buffer.alloc(8, 7)), ednsOption(65_001)];
    give(packet({ ...CHAIN, opt: { data: Buffer.concat(others) } }));
    await settled();
    expect(seen[0]?.edns?.options.map(({ code }) => code)).toEqual([3, 65_001]);
  });
});

describe('writing replies', () => {
  test('an answer that just fits without a cookie is cut with one', async () => {
    const names = Array.from({ length: 73 }, (_, i) => `www.example.org. 300 IN A 192.0.2.${i}`);
    const chain = async () => replyWith(names);
    const secrets = new SharedSecrets([SECRET]);
    const clock = new FakeClock(NOW);
    const { give, sent } = exchanging([blockWith([''], { chain })], false, (metrics) => ({
      cookies: new Cookies({ secrets, clock, metrics }),
    }));
    for (const opt of [{}, withCookie(CLIENT).opt]) {
      give(packet({ ...CHAIN, opt }), PEER);
      await settled();
    }
    expect(sent.map((reply) => [reply.length, reply.readUInt16BE(2) & 0x0200])).toEqual([
      [12 + 21 + 73 * 16 + 11, 0],
      [12 + 21 + 11 + 28, 0x0200],
    ]);
  });
});

describe('RandomSecrets', () => {
  const address = Buffer.from([198, 51, 100, 100]);
  const made = (secrets: RandomSecrets, clock: FakeClock) => {
    const cookie = new Uint8Array(24);
    secrets.current.make(cookie, address, 4, clock.wallSeconds());
    return cookie;
  };

  test('change each day, and know the cookies of the day before', () => {
    const clock = new FakeClock();
    const secrets = new RandomSecrets(new Uint8Array(32).fill(1), clock);
    const check = (cookie: Uint8Array) =>
      secrets.current.check(cookie, address, 4, clock.wallSeconds());
    const toMidnight = 86_400 - (clock.wallSeconds() % 86_400);
    clock.advance((toMidnight - 1) * 1000);
    const today = secrets.current;
    const last = made(secrets, clock);
    expect(check(last)).toBe('fresh');
    clock.advance(1000);
    expect(secrets.current).not.toBe(today);
    expect(check(last)).toBe('old');
  });

  test('of the same seed know each other’s cookies, those of another do not', () => {
    const clock = new FakeClock();
    const [one, same, other] = [1, 1, 2].map(
      (fill) => new RandomSecrets(new Uint8Array(32).fill(fill), clock),
    );
    const cookie = made(one!, clock);
    const state = (secrets: RandomSecrets) =>
      secrets.current.check(cookie, address, 4, clock.wallSeconds());
    expect([state(same!), state(other!)]).toEqual(['fresh', 'wrong']);
  });
});
