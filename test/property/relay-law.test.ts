import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Message, readMessage } from '../../src/dns/message.ts';
import { keyOfWire } from '../../src/dns/name.ts';
import type { ResourceRecord } from '../../src/dns/record.ts';
import { recordText } from '../../src/dns/text.ts';
import { createLogger } from '../../src/observe/log.ts';
import { plugin as cache } from '../../src/plugins/cache/setup.ts';
import type { PluginDeclaration } from '../../src/plugins/declaration.ts';
import { plugin as errors } from '../../src/plugins/errors/setup.ts';
import { plugin as explain } from '../../src/plugins/explain/index.ts';
import { plugin as forward, setupIn } from '../../src/plugins/forward/setup.ts';
import { plugin as loadbalance } from '../../src/plugins/loadbalance/setup.ts';
import { plugin as log } from '../../src/plugins/log/setup.ts';
import { plugin as loop } from '../../src/plugins/loop/index.ts';
import type { PluginSetup } from '../../src/plugins/plugin.ts';
import { linkChain } from '../../src/plugins/reply.ts';
import { BlockTable } from '../../src/server/answer/block.ts';
import { BlockExchange } from '../../src/server/answer/block-exchange.ts';
import { QueryMetrics, ServerLabels } from '../../src/server/answer/query-metrics.ts';
import { relayOf } from '../../src/server/blocks/relay-of.ts';
import { PENDING } from '../../src/server/exchange.ts';
import { ChainQueue } from '../../src/server/queue/chain-queue.ts';
import { Sheds } from '../../src/server/queue/sheds.ts';
import { arrived } from '../helpers/arrived.ts';
import { pluginOf, settled } from '../helpers/plugin-harness.ts';
import { encodeQuery, type QueryOptions } from '../helpers/query.ts';
import { runs } from '../helpers/runs.ts';
import { type Arrived, World } from '../plugins/forward/world.ts';
import { blockWith } from '../server/answer/chain-world.ts';

interface Asked {
  readonly name: string;
  readonly type: string;
  readonly options: QueryOptions;
  readonly transport: 'udp' | 'tcp';
  /** Time until the next one; ms. In parts, so that no two timers are due at one time. */
  readonly gap: number;
}

/** What an upstream does with a query for a name. */
interface Saying {
  readonly kind: (typeof KINDS)[number];
  readonly count: number;
  readonly ttls: readonly number[];
  /** Bits of the header beside QR and the rcode. */
  readonly flags: number;
  readonly opt: 'none' | 'plain' | 'reason' | 'rcode' | 'twice';
  readonly more: 'none' | 'authority' | 'additional' | 'bytes';
  readonly owner: 'pointer' | 'written';
  readonly wrong: 'no' | 'id' | 'question' | 'case' | 'stray' | 'twice' | 'refused';
  readonly ms: number;
}

const KINDS = [
  ...(['addresses', 'addresses', 'addresses', 'nodata', 'nodata', 'nxdomain', 'nxdomain'] as const),
  ...(['servfail', 'refused', 'alias', 'referral', 'empty', 'cut', 'other type'] as const),
] as const;

const saying: fc.Arbitrary<Saying> = fc.record({
  kind: fc.constantFrom(...KINDS),
  count: fc.constantFrom(1, 1, 1, 2, 3, 40),
  ttls: fc.array(fc.constantFrom(0, 1, 7, 60, 60, 4000, 0x8000_0001), {
    minLength: 1,
    maxLength: 3,
  }),
  flags: fc.constantFrom(0x0180, 0x0180, 0x0580, 0x01a0, 0x0100, 0x01d0),
  opt: fc.constantFrom('none', 'none', 'plain', 'plain', 'reason', 'rcode', 'twice'),
  more: fc.constantFrom('none', 'none', 'none', 'none', 'authority', 'additional', 'bytes'),
  owner: fc.constantFrom('pointer', 'pointer', 'pointer', 'written'),
  wrong: fc.constantFrom(
    ...(['no', 'no', 'no', 'no', 'no', 'no', 'id', 'question', 'case'] as const),
    ...(['stray', 'twice', 'refused'] as const),
  ),
  ms: fc.constantFrom(1, 1, 1, 3, 30, 120, 650, 3000),
});

const NAMES = ['a.example.', 'b.example.', 'WwW.Example.org.', 'x.y.example.', 'org.'] as const;

const asked: fc.Arbitrary<Asked> = fc.record({
  name: fc.constantFrom(...NAMES, 'A.exAMPLE.'),
  type: fc.constantFrom('A', 'A', 'A', 'AAAA', 'TXT', 'SOA', 'ANY'),
  options: fc.record(
    {
      rd: fc.constantFrom(true, true, true, true, false),
      ad: fc.boolean(),
      cd: fc.constantFrom(false, false, true),
      edns: fc.record({
        size: fc.constantFrom(512, 1232),
        do: fc.constantFrom(false, false, false, true),
      }),
    },
    { requiredKeys: [] },
  ),
  transport: fc.constantFrom('udp', 'udp', 'udp', 'udp', 'tcp'),
  gap: fc.constantFrom(
    ...[11, 23, 37, 75, 341, 2563, 76_813, 512_009, 1_984_021].map((n) => n / 64),
  ),
});

/** Upstreams are never down: then they get the questions of an outage in the order of passing. */
const FORWARDS = [
  'forward . 10.0.0.1 {\nmax_fails 0\n}',
  'forward . 10.0.0.1 10.0.0.2 {\npolicy sequential\nmax_fails 0\n}',
  'forward . 10.0.0.1 10.0.0.2 {\npolicy sequential\nfailover NXDOMAIN\nmax_fails 0\n}',
  'forward example 10.0.0.1 {\nexcept b.example\nmax_fails 0\n}',
  'forward . 10.0.0.1 {\nmax_concurrent 2\nmax_fails 0\n}',
] as const;

const CACHES = [
  'cache 30',
  'cache',
  'cache {\nserve_stale\n}',
  'cache {\nsuccess 2\ndenial 2 1\n}',
  'cache example',
  'cache {\ndisable denial a.example\n}',
] as const;

const uint16 = (value: number) => [value >>> 8, value & 0xff];
const uint32 = (value: number) => [...uint16(value >>> 16), ...uint16(value & 0xffff)];
const wire = (name: string) => [
  ...name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]),
  0,
];

/** A name above that of the question, the question's letters or its own. */
function zone(query: Buffer, isWritten: boolean): number[] {
  const at = 12 + 1 + query[12]!;
  if (query[at] === 0 || !isWritten) return uint16(0xc000 | (query[at] === 0 ? 12 : at));
  return [...query.subarray(at, query.indexOf(0, at) + 1)].map((byte) =>
    byte > 0x40 ? byte | 0x20 : byte,
  );
}

function replyBytes({ bytes: query }: Arrived, saying: Saying): Buffer {
  const { kind, count, flags, opt, more, wrong } = saying;
  const end = query.indexOf(0, 12) + 5;
  const type = query.readUInt16BE(end - 4);
  const ttl = (at: number) => saying.ttls[at % saying.ttls.length]!;
  const written = [...query.subarray(12, end - 4)];
  const owner = saying.owner === 'pointer' ? [0xc0, 12] : written;
  const record = (name: number[], code: number, seconds: number, data: number[]) => [
    ...[...name, ...uint16(code), 0, 1, ...uint32(seconds), ...uint16(data.length)],
    ...data,
  ];
  const dataOf = (at: number) =>
    type === 1
      ? [192, 0, 2, at]
      : type === 28
        ? [0x20, 1, 0xd, 0xb8, ...new Array(11).fill(0), at]
        : [2, 0x61, 0x62];
  const soaData = [
    ...[2, 0x6e, 0x73, ...zone(query, saying.count === 2), 1, 0x68, ...wire('example')],
    ...[1, 7200, 1800, 86_400, ttl(1)].flatMap(uint32),
  ];
  const soa = record(zone(query, saying.owner === 'written'), 6, ttl(0), soaData);
  const ns = record(zone(query, false), 2, 50, wire('ns.example'));
  const addresses = Array.from({ length: count }, (_, at) =>
    record(owner, type, ttl(at), dataOf(at)),
  );
  const answers: number[][] = [];
  const authorities: number[][] = [];
  const additionals: number[][] = [];
  if (kind === 'addresses' || kind === 'cut') answers.push(...addresses);
  if (kind === 'alias') {
    answers.push(record(owner, 5, 50, wire('c.example')));
    answers.push(record(wire('c.example'), type, ttl(0), dataOf(1)));
  }
  if (kind === 'other type') answers.push(record(owner, 16, 50, [1, 0x61]));
  if (kind === 'nodata' || kind === 'nxdomain') authorities.push(soa);
  if (kind === 'referral') authorities.push(ns);
  if (more === 'authority') authorities.push(ns);
  if (more === 'additional') additionals.push(record(wire('ns.example'), 1, 50, [192, 0, 2, 9]));
  const rcode = { servfail: 2, refused: 5, nxdomain: 3 }[kind as string] ?? 0;
  const reason = [0, 15, 0, 4, 0, 22, 0x6e, 0x6f];
  const optData = opt === 'reason' ? reason : [];
  const optRecord = [
    ...[0, 0, 41, 4, 208, opt === 'rcode' ? 1 : 0, 0, 0, 0, ...uint16(optData.length)],
    ...optData,
  ];
  if (opt !== 'none') additionals.push(optRecord);
  if (opt === 'twice') additionals.push(optRecord);
  const counts = [1, answers.length, authorities.length, additionals.length].flatMap(uint16);
  const records = [...answers, ...authorities, ...additionals].flat();
  const question = [...query.subarray(12, end)];
  if (wrong === 'case') for (const [at, byte] of question.entries()) question[at] = byte | 0x20;
  if (wrong === 'question') question[1]! ^= 1;
  const id = query.readUInt16BE(0) ^ (wrong === 'id' ? 0x55 : 0);
  const word = 0x8000 | flags | rcode | (kind === 'cut' ? 0x0200 : 0);
  const tail = more === 'bytes' ? [0] : [];
  return Buffer.from([...uint16(id), ...uint16(word), ...counts, ...question, ...records, ...tail]);
}

/** An upstream of which each question has its own saying. */
function upstream(sayings: readonly Saying[]) {
  return (query: Arrived) => {
    const said = sayings[(query.name.length + query.bytes.length) % sayings.length]!;
    const { wrong, ms } = said;
    if (wrong === 'refused') return query.refuse();
    if (wrong === 'stray') query.stray();
    query.reply(replyBytes(query, said), ms);
    const right = { ...said, wrong: 'no' } as const;
    if (wrong !== 'no') query.reply(replyBytes(query, right), ms + 1);
  };
}

/** What clients get, what upstreams are asked, what is counted and logged. */
async function outcomeOf(
  directives: readonly [forward: string, cache: string, isExplained: boolean],
  sayings: readonly Saying[],
  questions: readonly Asked[],
  isRelayed: boolean,
) {
  const world = new World();
  const { clock, metrics } = world;
  for (const address of ['10.0.0.1:53', '10.0.0.2:53']) {
    const script = upstream(address.endsWith('1:53') ? sayings : sayings.toReversed());
    world.network.upstreams.set(address, { udp: script, tcp: script });
  }
  const [forwardLine, cacheLine, isExplained] = directives;
  const context = world.context();
  const link = (declared: PluginDeclaration, line: string, setup?: PluginSetup) => ({
    declared,
    plugin: pluginOf((setup ?? declared.setup) as PluginSetup, line, context),
  });
  const links = [
    link(errors, 'errors'),
    link(log as PluginDeclaration, 'log . "{common} {>opcode}"'),
    link(loadbalance as PluginDeclaration, 'loadbalance'),
    ...(isExplained ? [link(explain as PluginDeclaration, 'explain')] : []),
    link(cache as PluginDeclaration, cacheLine),
    link(loop as PluginDeclaration, 'loop'),
    link(forward, forwardLine, setupIn(world.machine)),
  ];
  const plugins = links.map(({ plugin }) => plugin);
  for (const plugin of plugins) await plugin.start?.();
  const relay = relayOf(links, world.random);
  if (relay === undefined) throw new Error('nothing is relayed');
  let relayed = 0;
  const counting = {
    ...{
      plugin: relay.plugin,
      relay: (...given: Parameters<typeof relay.relay>) => relay.relay(...given),
    },
    write: (...given: Parameters<typeof relay.write>) => {
      const written = relay.write(...given);
      if (written > 0) relayed++;
      return written;
    },
  } as typeof relay;
  const chain = linkChain(plugins);
  const given = { plugins, chain, isCounted: true, relay: isRelayed ? counting : undefined };
  const sheds = new Sheds({ clock, log: createLogger('silent'), metrics });
  const thrown: unknown[] = [];
  const exchange = new BlockExchange({
    blocks: new BlockTable([blockWith([''], given)]),
    clock,
    metrics: new QueryMetrics(metrics, new ServerLabels([{ address: '', port: 53 }])),
    panics: metrics.counter('coredns_panics_total'),
    panicked: (error) => void thrown.push(error),
    queue: new ChainQueue({ clock, metrics, sheds, schedule: queueMicrotask, age: clock }),
    udpReplyBytes: 1232,
    takesAllClasses: false,
  });
  const replies: unknown[] = [];
  const output = Buffer.alloc(65_535);
  for (const [at, { name, type, options, transport, gap }] of questions.entries()) {
    const sink = {
      reply: (bytes: Uint8Array) => void replies.push([at, readable(Buffer.from(bytes))]),
    };
    const peer = { address: '10.1.2.3', port: 40_000 + at };
    const local = { address: '10.96.0.10', port: 53 };
    const query = encodeQuery(name, type, { id: at, ...options });
    const written = exchange.answer(
      arrived(query, { offset: 3, peer, local, transport, sink, receivedAt: clock.now() }),
      output,
    );
    if (written !== PENDING) throw new Error('answered at once');
    await settled();
    await world.advance(gap, gap > 2000 ? 500 : 1);
  }
  await world.advance(6000, 1);
  for (const plugin of plugins) await plugin.stop?.();
  const text = await metrics.text();
  const counts = text
    .split('\n')
    .filter((line) => line.startsWith('coredns') || line.startsWith('svcdns'));
  return {
    relayed,
    seen: {
      thrown,
      replies: inOrder(replies),
      asked: inOrder(
        world.network.arrived.map(({ transport, to, name, at }) =>
          [at, transport, to, name.toLowerCase()].join(' '),
        ),
      ),
      lines: inOrder(world.lines.map(withoutTimes)),
      counts: counts.filter((line) => !/response_size|cache_bytes|_sum/.test(line)),
      open: [world.network.openDatagrams, clock.timers],
    },
  };
}

/** Promises run on when the clock has made its step. */
function withoutTimes(line: string): unknown {
  const { msg, ...fields } = JSON.parse(line);
  return { ...fields, msg: msg.replace(/ [\d.]+s /, ' '), time: 0, seconds: 0 };
}

/** Of what is done in one millisecond, either may come first. */
function inOrder(seen: readonly unknown[]): unknown[] {
  return seen
    .map((one) => JSON.stringify(one))
    .sort()
    .map((text) => JSON.parse(text));
}

/** Names may be compressed in another way, and addresses stand in another order. */
function readable(bytes: Buffer): unknown {
  if (bytes.length === 0) return 'nothing';
  const message: Message = readMessage(bytes);
  const section = (records: readonly ResourceRecord[]) =>
    records.map((one) => recordText(one).toLowerCase()).sort();
  const { id, flags, rcode, question, edns } = message;
  const name = question?.name;
  const owners = message.answer.map(({ owner }) =>
    keyOfWire(owner) === keyOfWire(name ?? '') ? owner : '',
  );
  return {
    ...{ id, flags, rcode, question, edns, owners },
    answer: section(message.answer),
    authority: section(message.authority),
    additional: section(message.additional),
  };
}

test('a relayed question comes to what the plugins make of it', { timeout: 120_000 }, async () => {
  let relayed = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(fc.constantFrom(...FORWARDS), fc.constantFrom(...CACHES), fc.boolean()),
      fc.array(saying, { minLength: 1, maxLength: 6 }),
      fc.array(asked, { minLength: 1, maxLength: 12 }),
      async (directives, sayings, questions) => {
        const short = await outcomeOf(directives, sayings, questions, true);
        const long = await outcomeOf(directives, sayings, questions, false);
        expect(short.seen).toEqual(long.seen);
        relayed += short.relayed;
      },
    ),
    { numRuns: runs(2000) },
  );
  expect(relayed).toBeGreaterThan(0);
});
