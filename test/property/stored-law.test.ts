import fc from 'fast-check';
import { expect, test } from 'vitest';
import { typeName } from '../../src/dns/codes.ts';
import { type Message, readMessage } from '../../src/dns/message.ts';
import { type NameKey, ROOT, textOf } from '../../src/dns/name.ts';
import type { Transport } from '../../src/dns/query.ts';
import type { ResourceRecord } from '../../src/dns/record.ts';
import { recordText } from '../../src/dns/text.ts';
import type { CachePlugin } from '../../src/plugins/cache/index.ts';
import { plugin as cache } from '../../src/plugins/cache/setup.ts';
import { type Explain, plugin as explain } from '../../src/plugins/explain/index.ts';
import type { LogPlugin } from '../../src/plugins/log/index.ts';
import { plugin as log } from '../../src/plugins/log/setup.ts';
import type { Plugin, Reply, Request } from '../../src/plugins/plugin.ts';
import { linkChain } from '../../src/plugins/reply.ts';
import { Resolver } from '../../src/server/answer/resolver.ts';
import { SharedShortCut } from '../../src/server/answer/short-cut.ts';
import { LiveZone } from '../../src/zone/live-zone.ts';
import { ZONE_OPTIONS } from '../helpers/in-process.ts';
import {
  pluginOf,
  record,
  replyWith,
  samples,
  settled,
  testContext,
} from '../helpers/plugin-harness.ts';
import { encodeQuery, type QueryOptions } from '../helpers/query.ts';
import { runs } from '../helpers/runs.ts';
import { blockWith, exchanging } from '../server/answer/chain-world.ts';

interface Asked {
  readonly name: string;
  readonly type: string;
  readonly options: QueryOptions;
  readonly transport: Transport;
  /** Time that has passed since the question before; ms. */
  readonly waited: number;
}

const NAMES = ['a.example.', 'b.a.example.', 'WWW.Example.org.'] as const;

/** Data of records, two or more of each type that is asked for. */
const DATA: Readonly<Record<string, readonly string[]>> = {
  A: ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
  AAAA: ['2001:db8::1', '2001:db8::2'],
  TXT: ['some words', 'b'.repeat(200), 'c'.repeat(250)],
  NS: ['ns.a.example.', 'ns.test.'],
};
const SOA = 'SOA ns.example. h.example. 1 7200 1800 86400 60';

/** What an upstream says to any question. */
interface Saying {
  readonly kind: 'answer' | 'alias' | 'nodata' | 'nxdomain' | 'servfail';
  readonly count: number;
  readonly ttls: readonly number[];
  readonly more: readonly ResourceRecord[];
  readonly flags: Pick<Reply, 'authenticData' | 'recursionAvailable'>;
}

const more = fc
  .tuple(
    fc.constantFrom(...NAMES, 'a.b.a.example.', 'other.test.'),
    fc.constantFrom(0, 7, 40, 4000),
    fc.constantFrom('A 192.0.2.9', 'NS ns.a.example.', 'TYPE65280 abcdef'),
  )
  .map(([owner, ttl, data]) => {
    const [type, text] = data.split(' ');
    return record(`${owner} ${ttl} IN ${type} ${text}`);
  });

const sayings: fc.Arbitrary<Saying> = fc.record({
  kind: fc.constantFrom('answer', 'answer', 'answer', 'alias', 'nodata', 'nxdomain', 'servfail'),
  count: fc.constantFrom(1, 1, 2, 3),
  ttls: fc.array(fc.constantFrom(1, 7, 40, 4000), { minLength: 1, maxLength: 3 }),
  more: fc.oneof(fc.constant([]), fc.array(more, { maxLength: 3 })),
  flags: fc.record({ authenticData: fc.boolean(), recursionAvailable: fc.boolean() }),
});

function replyOf({ kind, count, ttls, more, flags }: Saying, { name, type }: Request): Reply {
  const word = typeName(type);
  const owner = kind === 'alias' ? 'c.example.' : textOf(name as NameKey);
  const ttl = (at: number) => ttls[at % ttls.length] ?? 0;
  const data = (DATA[word] ?? []).slice(0, count);
  const answer = data.map((text, at) => record(`${owner} ${ttl(at)} IN ${word} ${text}`));
  const alias = record(`${textOf(name as NameKey)} 50 IN CNAME c.example.`);
  const zone = owner.toLowerCase().endsWith('org.') ? 'org.' : 'example.';
  switch (kind) {
    case 'answer':
      return replyWith([], { ...flags, answer, additional: more });
    case 'alias':
      return replyWith([], { ...flags, answer: [alias, ...answer], authority: more });
    case 'nodata':
      return replyWith([], { ...flags, soa: `${zone} ${ttl(0)} IN ${SOA}`, additional: more });
    case 'nxdomain':
      return replyWith([], { ...flags, rcode: 3, soa: `${zone} ${ttl(0)} IN ${SOA}` });
    case 'servfail':
      return replyWith([], { rcode: 2 });
  }
}

const asked: fc.Arbitrary<Asked> = fc.record({
  name: fc.constantFrom(...NAMES, 'A.exAMPLE.'),
  type: fc.constantFrom('A', 'AAAA', 'TXT', 'NS'),
  options: fc.record(
    {
      id: fc.nat(0xffff),
      rd: fc.constantFrom(true, true, true, false),
      ad: fc.boolean(),
      cd: fc.boolean(),
      edns: fc.record({ size: fc.constantFrom(512, 1232), do: fc.boolean() }),
    },
    { requiredKeys: [] },
  ),
  transport: fc.constantFrom('udp', 'tcp'),
  waited: fc.constantFrom(0, 0, 400, 2000, 30_000),
});

const CACHES = ['cache 30', 'cache', 'cache {\nkeepttl\n}', 'cache {\nserve_stale\n}'] as const;

/** What a server block has beside a cache. */
interface Beside {
  readonly kubernetes: boolean;
  readonly explain: boolean;
}

/** What clients get of a cache above an upstream that has these replies, and what is logged. */
async function answersOf(
  directive: string,
  sayings: readonly Saying[],
  questions: readonly Asked[],
  isShort: boolean,
  { turnsBy, kubernetes, explain: isExplained }: Partial<Beside> & { turnsBy?: number } = {},
) {
  const context = testContext();
  const explaining = pluginOf(explain.setup, 'explain', context) as Explain;
  const logging = pluginOf(log.setup, 'log . "{common} {>opcode}"', context) as LogPlugin;
  const caching = pluginOf(cache.setup, directive, context) as CachePlugin;
  const plugins = [logging, ...(isExplained ? [explaining] : []), caching];
  const upstream: Plugin = {
    name: 'upstream',
    serve: async (request: Request) => {
      const saying = sayings[(request.type + request.key.length) % sayings.length]!;
      return replyOf(saying, request);
    },
  };
  const live = new LiveZone(ZONE_OPTIONS);
  live.isSynced = true;
  const shortCut = new SharedShortCut(
    kubernetes === false ? undefined : new Resolver(live),
    [logging, ...(isExplained ? [explaining.shortCut] : []), caching],
    turnsBy !== undefined,
    () => turnsBy ?? 0,
  );
  const chain = linkChain([...plugins, upstream]);
  const block = blockWith([''], { zones: [ROOT], chain, shortCut: isShort ? shortCut : undefined });
  const { give, sent, clock } = exchanging([block]);
  const got: Message[] = [];
  let taken = 0;
  for (const { name, type, options, transport, waited } of questions) {
    for (const one of [clock, context.clock]) one.advance(waited);
    const atOnce = give(encodeQuery(name, type, options), undefined, transport);
    await settled();
    if (atOnce !== undefined) taken++;
    got.push(readMessage(atOnce ?? sent.pop() ?? Buffer.alloc(0)));
  }
  const lines = context.logged.map(({ time: _, ...fields }) => fields);
  const counts = await samples(context.metrics, 'coredns_cache_');
  return { taken, said: { got, lines, counts } };
}

test('the short cut sends of a cache what the plugins would, as they would', {
  timeout: 600_000,
}, async () => {
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...CACHES),
      fc.array(sayings, { minLength: 2, maxLength: 5 }),
      fc.array(asked, { minLength: 10, maxLength: 40 }),
      fc.record({ kubernetes: fc.boolean(), explain: fc.boolean() }),
      async (directive, said, questions, beside) => {
        const short = await answersOf(directive, said, questions, true, beside);
        const long = await answersOf(directive, said, questions, false, beside);
        expect(long.taken).toBe(0);
        expect(short.said).toEqual(long.said);
        taken += short.taken;
      },
    ),
    { numRuns: runs(400) },
  );
  expect(taken).toBeGreaterThan(0);
});

test.for([
  [1, 3, 'a.example. A', ['192.0.2.2', '192.0.2.3', '192.0.2.1']],
  [2, 3, 'a.example. A', ['192.0.2.3', '192.0.2.1', '192.0.2.2']],
  [0, 3, 'a.example. A', ['192.0.2.1', '192.0.2.2', '192.0.2.3']],
  [0, 1, 'a.example. A', ['192.0.2.1']],
] as const)('turned by %d, the short cut sends %d addresses', async ([by, count, asked, order]) => {
  const [name = '', type = ''] = asked.split(' ');
  const flags = { authenticData: false, recursionAvailable: true };
  const saying = { kind: 'answer', count, ttls: [60], more: [], flags } as const;
  const question = { name, type, options: {}, transport: 'udp', waited: 0 } as const;
  const { taken, said } = await answersOf('cache', [saying], [question, question], true, {
    turnsBy: by,
  });
  expect(taken).toBe(1);
  const answer = said.got[1]?.answer ?? [];
  expect(answer.map((record) => recordText(record).split(' ').at(-1))).toEqual(order);
});

test('turned, the short cut sends aliases first, then addresses', async () => {
  const flags = { authenticData: false, recursionAvailable: true };
  const saying = { kind: 'alias', count: 3, ttls: [60], more: [], flags } as const;
  const question = { name: 'a.example.', type: 'A', options: {}, transport: 'udp', waited: 0 };
  const asked = [question, question] as Asked[];
  const { taken, said } = await answersOf('cache', [saying], asked, true, { turnsBy: 1 });
  expect(taken).toBe(1);
  const answer = said.got[1]?.answer ?? [];
  expect(answer.map((record) => recordText(record).split(' ').at(-1))).toEqual([
    ...['c.example.', '192.0.2.2', '192.0.2.3', '192.0.2.1'],
  ]);
});

test('leaves to the plugins what turning a list of addresses does not put in order', async () => {
  const flags = { authenticData: false, recursionAvailable: true };
  const more = ['1', '2'].map((last) => record(`x.example. 60 IN A 192.0.2.${last}`));
  const saying = { kind: 'answer', count: 2, ttls: [60], more, flags } as const;
  const question = { name: 'a.example.', type: 'TXT', options: {}, transport: 'tcp', waited: 0 };
  const asked = [question, question] as Asked[];
  expect((await answersOf('cache', [saying], asked, true, { turnsBy: 1 })).taken).toBe(0);
  expect((await answersOf('cache', [saying], asked, true)).taken).toBe(1);
});
