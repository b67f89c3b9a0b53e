import type { Answer } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { LargeReplies } from '../../../../src/plugins/forward/upstream/large-replies.ts';
import { FakeClock } from '../../../helpers/fake-clock.ts';
import { rounds } from '../../../helpers/runs.ts';
import { fromNext, replyTo, type Script, World } from '../world.ts';

const MAX_MESSAGE_BYTES = 65_535;

/** Who wait for one reply. */
const CLIENTS = rounds(1000, 10_000);

/** A header, the question `www.example.org A`, and as many records as there is room for. */
function full(record: (at: number) => Buffer, sent = (_count: number) => {}): Script {
  return ({ bytes, reply }) => {
    const records: Buffer[] = [];
    const question = replyTo(bytes);
    let length = question.length;
    for (let at = 0; ; at++) {
      const next = record(at);
      if (length + next.length > MAX_MESSAGE_BYTES) break;
      records.push(next);
      length += next.length;
    }
    question.writeUInt16BE(records.length, 6);
    sent(records.length);
    reply(Buffer.concat([question, ...records]));
  };
}

/** A record of the question's name; `data` after its length. */
function record(type: number, data: Buffer): Buffer {
  const start = Buffer.from('c00c00000001000000050000', 'hex');
  start.writeUInt16BE(type, 2);
  start.writeUInt16BE(data.length, 10);
  return Buffer.concat([start, data]);
}

const numbered = (at: number) => Buffer.of(1, at >> 16, (at >> 8) & 255, at & 255);

const truncating: Script = ({ bytes, reply }) => reply(replyTo(bytes, { flags: 0x0380 }));

describe('a reply of 65,535 bytes', () => {
  const rows: [what: string, type: string, least: number, data: (at: number) => Buffer][] = [
    ['addresses', 'A', 4090, numbered],
    [
      'names by pointer',
      'NS',
      3600,
      (at) => Buffer.concat([Buffer.of(3), numbered(at).subarray(1), Buffer.of(0xc0, 12)]),
    ],
    [
      'long names',
      'SRV',
      250,
      (at) =>
        Buffer.concat([
          Buffer.from('000a000a0050', 'hex'),
          Buffer.concat(['a', 'b', 'c'].map((letter) => Buffer.from(`\x3f${letter.repeat(63)}`))),
          Buffer.from(`\x1d${String(at).padStart(29, 'd')}\0`),
        ]),
    ],
    ['strings', 'TXT', 5000, () => Buffer.of(0)],
    ['data unknown to us', 'TYPE999', 250, (at) => Buffer.alloc(248, at)],
  ];
  test.for(rows)('%s: is passed on whole', async ([, type, least, data]) => {
    const world = new World();
    const code = { A: 1, NS: 2, SRV: 33, TXT: 16, TYPE999: 999 }[type] ?? 0;
    let count = 0;
    const tcp = full(
      (at) => record(code, data(at)),
      (sent) => {
        count = sent;
      },
    );
    world.network.upstreams.set('10.0.0.1:53', { udp: truncating, tcp });
    const plugin = await world.forward('forward . 10.0.0.1');
    const asked = plugin.serve(world.request(`www.example.org ${type}`), fromNext);
    await world.advance(50);
    const { rcode, answer } = await asked;
    expect(rcode).toBe(0);
    expect(answer).toHaveLength(count);
    expect(count).toBeGreaterThan(least);
  });

  test('that no honest server sends is not read: 8 MiB is the most it may become', async () => {
    const world = new World();
    // Two names by pointer each, of 236 and 172 bytes, which are written out.
    const rp = Buffer.from('c00cc04c', 'hex');
    const far = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(38)}.org`;
    world.network.upstreams.set('10.0.0.1:53', { tcp: full(() => record(17, rp)) });
    const plugin = await world.forward('forward . 10.0.0.1 {\n force_tcp\n}');
    expect(await world.ask(plugin, `${far} TYPE17`)).toMatch(/^SERVFAIL EDE22/);
    const [counted] = await world.metric('svcdns_forward_mismatches_total');
    expect(counted).toMatch(/reason="large"\}/);
  });

  test('over UDP is not read: it was asked to be short', async () => {
    const world = new World();
    const udp = full((at) => record(1, numbered(at)));
    world.network.upstreams.set('10.0.0.1:53', { udp, tcp: udp });
    const plugin = await world.forward('forward . 10.0.0.1');
    expect(await world.ask(plugin, 'www.example.org')).toMatch(/^NOERROR/);
    expect(world.asked.map((line) => line.slice(0, 3))).toEqual(['udp', 'tcp']);
  });

  test(`comes to ${CLIENTS} clients as one copy for each spelling, 16 at most`, async () => {
    const world = new World();
    const tcp = full((at) => record(1, numbered(at)));
    world.network.upstreams.set('10.0.0.1:53', { udp: truncating, tcp });
    const plugin = await world.forward('forward . 10.0.0.1');
    const spellings = ['www.example.org', 'WWW.example.org', 'www.EXAMPLE.org'];
    const asked = Array.from({ length: CLIENTS }, (_, at) => {
      const client = { address: `10.${at >> 8}.0.${at & 255}`, port: 1 };
      // Beyond the three, one of its own for each: bit by bit another letter is a capital.
      const own = [...'abcdefghijklmn'].map((letter, bit) =>
        (at >> bit) & 1 ? letter.toUpperCase() : letter,
      );
      const name = at < CLIENTS / 2 ? spellings[at % 3]! : 'www.example.org';
      return plugin.serve(
        world.request(at < CLIENTS / 2 ? name : `${own.join('')}.example.org`, { client }),
        fromNext,
      );
    });
    await world.advance(100);
    const replies = await Promise.all(asked);
    expect(replies.every(({ answer }) => answer.length >= 4090)).toBe(true);
    expect(new Set(replies.slice(0, CLIENTS / 2).map(({ answer }) => answer)).size).toBe(3);
    expect(new Set(replies.slice(CLIENTS / 2).map(({ answer }) => answer)).size).toBe(16);
  });
});

describe('LargeReplies', () => {
  test('lets 4 MiB through at once, then 1 MiB a second', () => {
    const clock = new FakeClock();
    const large = new LargeReplies(clock);
    const takenNow = () => {
      let taken = 0;
      while (large.take(65_536)) taken++;
      return taken;
    };
    expect(takenNow()).toBe(64);
    clock.advance(1000);
    expect(takenNow()).toBe(16);
    clock.advance(3_600_000);
    expect(takenNow()).toBe(64);
  });

  test('is asked only for what is large, and the client gets TC when there are too many', async () => {
    const world = new World();
    const big = full((at) => record(1, numbered(at)));
    const small: Answer[] = [{ type: 'A', name: 'small.org', ttl: 5, data: '192.0.2.1' }];
    world.network.upstreams.set('10.0.0.1:53', {
      udp: truncating,
      tcp: (query) =>
        /^big/i.test(query.name)
          ? big(query)
          : query.reply(replyTo(query.bytes, { answers: small })),
    });
    const plugin = await world.forward('forward . 10.0.0.1');
    for (let at = 0; at < 90; at++) {
      const asked = plugin.serve(world.request(`big${at}.org`), fromNext);
      await world.advance(6, 1);
      const { truncated, answer } = await asked;
      if (at < 60) expect(answer.length).toBeGreaterThan(4000);
      else if (at === 89) expect({ truncated, answer }).toEqual({ truncated: true, answer: [] });
    }
    expect(await world.ask(plugin, 'small.org')).toBe('NOERROR | small.org. 5 IN A 192.0.2.1');
    const [counted] = await world.metric('svcdns_forward_mismatches_total');
    expect(counted).toMatch(/reason="large"\} [1-9]/);
  });
});
