import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyOf } from '../../../src/dns/name.ts';
import type { ResourceRecord } from '../../../src/dns/record.ts';
import { ByteBudget, cacheBudgets, NEGATIVE_SHARE } from '../../../src/plugins/cache/budget.ts';
import { type Entry, type EntryContent, newEntry } from '../../../src/plugins/cache/entry.ts';
import { MAX_PACKED_BYTES, MAX_PACKED_RECORDS } from '../../../src/plugins/cache/packed-records.ts';
import { SegmentedLru } from '../../../src/plugins/cache/segmented-lru.ts';
import { plugin as declared } from '../../../src/plugins/cache/setup.ts';
import { Slots, slotOf } from '../../../src/plugins/cache/slots.ts';
import { CacheStore } from '../../../src/plugins/cache/store.ts';
import type { Reply, Request, RequestEdns } from '../../../src/plugins/plugin.ts';
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

const SOA = 'example.org. 60 IN SOA ns.example.org. host.example.org. 1 7200 1800 86400 60';

interface Item {
  readonly slot: string;
  readonly bytes: number;
}

function entryOf(request: Request, content: Partial<EntryContent> & { reply: Reply }): Entry {
  const defaults = { kind: 'positive', everyType: false, ttl: 60, storedAt: 0 } as const;
  const all = { ...defaults, sections: content.reply, ...content };
  const made = newEntry(request, new Slots(request), all);
  if (made === undefined) throw new Error('Cannot make an entry');
  return made.entry;
}

const item = (slot: string, bytes = 100): Item => ({ slot, bytes });

describe('SegmentedLru', () => {
  test('stays within its budget, whatever comes', () => {
    const budget = new ByteBudget(10_000);
    const store = new SegmentedLru<Item>(budget);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 3000 }))), (steps) => {
        for (const [slot, bytes] of steps) {
          if (bytes % 3 === 0) store.get(`${slot}`);
          else if (bytes % 7 === 0) store.delete(`${slot}`);
          else store.set(item(`${slot}`, bytes), 50);
          expect(budget.used).toBeLessThanOrEqual(10_000);
          expect(store.size).toBeLessThanOrEqual(50);
        }
        const held = Array.from({ length: 201 }, (_, slot) => store.peek(`${slot}`));
        const left = held.filter((one) => one !== undefined);
        expect(store.size).toBe(left.length);
        expect(store.bytes).toBe(left.reduce((sum, { bytes }) => sum + bytes, 0));
      }),
    );
  });

  test('keeps what is in use through a flood of names that are asked for once', () => {
    const store = new SegmentedLru<Item>(new ByteBudget(100_000));
    const hot = Array.from({ length: 500 }, (_, i) => `hot${i}`);
    for (const slot of hot) store.set(item(slot), Number.POSITIVE_INFINITY);
    for (const slot of hot) store.get(slot);
    for (let i = 0; i < 100_000; i++) store.set(item(`junk${i}`), Number.POSITIVE_INFINITY);
    expect(hot.filter((slot) => store.peek(slot) !== undefined).length).toBe(500);
  });

  test('lets go of what was stored first, and of what is in use only after all others', () => {
    const store = new SegmentedLru<Item>(new ByteBudget(100_000));
    for (const slot of 'abcdef') store.set(item(slot), 10);
    for (const slot of 'bdb') store.get(slot);
    store.set(item('a'), 10);
    const gone: string[] = [];
    const left = () => [...'abcdef'].filter((slot) => store.peek(slot) !== undefined);
    for (let before = left(); before.length > 0; before = left()) {
      store.evictOldest();
      gone.push(...before.filter((slot) => !left().includes(slot)));
    }
    expect(gone.join('')).toBe('cefadb');
  });

  test('takes in new names although every old one is in use', () => {
    const store = new SegmentedLru<Item>(new ByteBudget(100_000));
    for (let i = 0; i < 10; i++) {
      store.set(item(`old${i}`), 10);
      store.get(`old${i}`);
    }
    store.set(item('new'), 10);
    expect(store.get('new')).toBeDefined();
    expect(store.size).toBe(10);
  });

  test('leaves a fifth of the bytes to new names although the old ones would fill them', () => {
    const store = new SegmentedLru<Item>(new ByteBudget(10_000));
    for (let i = 0; i < 100; i++) {
      store.set(item(`old${i}`), Number.POSITIVE_INFINITY);
      store.get(`old${i}`);
    }
    for (let i = 0; i < 20; i++) store.set(item(`new${i}`), Number.POSITIVE_INFINITY);
    for (let i = 0; i < 20; i++) expect(store.peek(`new${i}`)).toBeDefined();
  });

  test('counts what it evicts, and what it holds', () => {
    const told = { entries: 0, evictions: 0 };
    const store = new SegmentedLru<Item>(new ByteBudget(1000));
    store.observe({
      entries: { set: (value) => (told.entries = value) },
      evictions: { add: (amount) => (told.evictions += amount) },
    });
    for (let i = 0; i < 25; i++) store.set(item(`${i}`), Number.POSITIVE_INFINITY);
    store.delete('24');
    expect(told).toEqual({ entries: 9, evictions: 15 });
  });
});

test('ByteBudget takes from the largest store what a small one needs', () => {
  const budget = new ByteBudget(1000);
  const [large, small] = [new SegmentedLru<Item>(budget), new SegmentedLru<Item>(budget)];
  for (let i = 0; i < 10; i++) large.set(item(`${i}`), Number.POSITIVE_INFINITY);
  for (let i = 0; i < 4; i++) small.set(item(`${i}`), Number.POSITIVE_INFINITY);
  expect([large.size, small.size]).toEqual([6, 4]);
});

test('CacheStore keeps denials and failures in their share of the bytes', () => {
  const bytes = 200_000;
  const store = new CacheStore(cacheBudgets(bytes));
  const denial = replyWith([], { rcode: 3, soa: SOA });
  const answer = replyWith(['www.example.org. 60 IN A 192.0.2.1']);
  for (let i = 0; i < 1000; i++) {
    const request = question(`n${i}.example.org. A`);
    const content = { everyType: false, ttl: 60, storedAt: 0 };
    for (const kind of ['denial', 'failure', 'positive'] as const) {
      const reply = kind === 'positive' ? answer : denial;
      const entry = entryOf(question(`${kind}${i}.example.org. A`), { ...content, kind, reply });
      store.put(new Slots(request), entry, Number.POSITIVE_INFINITY, false);
    }
  }
  expect(store.negative.bytes).toBeLessThanOrEqual(NEGATIVE_SHARE * bytes);
  expect(store.positive.bytes + store.negative.bytes).toBeLessThanOrEqual(bytes);
  expect(store.positive.bytes + store.negative.bytes).toBeGreaterThan(0.95 * bytes);
});

test.for<[string, Partial<Request>]>([
  ['name', { key: question('web.example.org. A').key }],
  ['type', { type: 28 }],
  ['type by its high byte', { type: 257 }],
  ['class', { qclass: 3 }],
  ['class by its high byte', { qclass: 257 }],
  ['DO bit', { edns: DNSSEC_OK }],
  ['CD bit', { checkingDisabled: true }],
  ['options that go upstream', { edns: ednsOf(['8', 65518]) }],
])('slotOf() differs by the %s, for every kind', ([, other]) => {
  const request = question('www.example.org. A');
  for (const kind of ['positive', 'denial', 'failure'] as const) {
    expect(slotOf({ ...request, ...other }, kind)).not.toBe(slotOf(request, kind));
  }
});

test('slotOf() tells options apart however they are cut, and knows none of what clients send', () => {
  const slot = (edns: RequestEdns) => slotOf(question('www.example.org. A', { edns }), 'positive');
  const texts = ['', 'a', 'ab', 'a'.repeat(880)];
  const slots = texts.flatMap((text) => [
    slot(ednsOf([text, 65518])),
    slot(ednsOf([text, 65519])),
    slot(ednsOf([text, 65518], ['b', 65518])),
    slot(ednsOf(['b', 65518], [text, 65518])),
  ]);
  expect(new Set(slots).size).toBe(slots.length);
  const [own] = ednsOf(['a', 8]).options;
  const sent = { code: 8, data: own!.data };
  expect(slot({ ...ednsOf(), options: [sent] })).toBe(slot(ednsOf()));
});

/** EDNS with options that `rewrite` has set. */
function ednsOf(...options: readonly (readonly [text: string, code: number])[]): RequestEdns {
  return {
    size: 1232,
    dnssecOk: false,
    options: options.map(([text, code]) => ({ code, data: Buffer.from(text), isOurs: true })),
  };
}

test('CacheStore checks the question again on a hit', () => {
  const store = new CacheStore(cacheBudgets());
  const [own, other] = [question('www.example.org. A'), question('web.example.org. A')];
  store.positive.get = () => entryOf(other, { reply: replyWith([]) }); // whatever is asked
  expect(store.findPositive(new Slots(other))).toBeDefined();
  expect(store.findPositive(new Slots(own))).toBeUndefined();
});

test.for([
  ['too long for any records', MAX_PACKED_RECORDS + 1, 0],
  ['too long to be kept', Math.ceil(MAX_PACKED_BYTES / 16) + 1, 0],
  ['just short enough', Math.floor(MAX_PACKED_BYTES / 16) - 2, 1],
] as const)(
  'CachePlugin passes an answer %s of %d records; asked again it has %d',
  async ([, records, hits]) => {
    const answer = Array.from({ length: records }, (_, i) =>
      record(`www.example.org. 60 IN A 192.0.${i >> 8}.${i & 255}`),
    );
    const next = upstream(replyWith([], { answer }));
    const plugin = pluginOf(declared.setup, 'cache', testContext());
    const asked = question('www.example.org. A');
    for (let i = 0; i < 2; i++) {
      expect((await plugin.serve(asked, next)).answer).toEqual(answer);
    }
    expect(next.asked.length).toBe(2 - hits);
  },
);

test('CachePlugin passes records whose data are not what their types say, and keeps none', async () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const broken = { ...record('www.example.org. 60 IN A 192.0.2.1'), data: { kind: 'raw', bytes } };
  const next = upstream(replyWith([], { answer: [broken as ResourceRecord] }));
  const plugin = pluginOf(declared.setup, 'cache', testContext());
  for (let i = 0; i < 2; i++) {
    const reply = await plugin.serve(question('www.example.org. A'), next);
    expect(reply.answer).toEqual([broken]);
  }
  expect(next.asked.length).toBe(2);
});

describe('CachePlugin', () => {
  const label = fc.string({
    unit: fc.constantFrom('a', 'B', 'b', '.', '\u0000', '\u0001', '\u00ff'),
    minLength: 1,
    maxLength: 3,
  });
  const anyQuestion = fc
    .record({
      labels: fc.array(label, { maxLength: 2 }),
      type: fc.constantFrom(256, 512, 257, 513, 65_280, 0),
      qclass: fc.constantFrom(1, 3, 256),
      dnssecOk: fc.boolean(),
      checkingDisabled: fc.boolean(),
    })
    .map(({ labels, dnssecOk, ...rest }): Request => {
      const name = labels.map((one) => String.fromCharCode(one.length) + one).join('');
      const edns = dnssecOk ? DNSSEC_OK : undefined;
      return { ...question('. A'), ...rest, name, key: keyOf(labels), edns };
    });
  const identity = ({ key, type, qclass, edns, checkingDisabled }: Request): string =>
    JSON.stringify([key, type, qclass, edns?.dnssecOk === true, checkingDisabled]);

  test('never answers a question with the reply to another, over random names, types, classes, DO and CD', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyQuestion, { maxLength: 60 }), async (questions) => {
        const plugin = pluginOf(declared.setup, 'cache', testContext());
        const seen = new Map<string, number>();
        const next = async (request: Request): Promise<Reply> => {
          const number = seen.size;
          seen.set(identity(request), number);
          const { name: owner, type, qclass } = request;
          const data = { kind: 'raw', bytes: Uint8Array.of(number) } as const;
          return replyWith([], { answer: [{ owner, type, class: qclass, ttl: 60, data }] });
        };
        for (const request of questions) {
          const reply = await plugin.serve(request, next);
          const data = { kind: 'raw', bytes: Uint8Array.of(seen.get(identity(request)) ?? 255) };
          expect(reply.answer[0]).toMatchObject({ owner: request.name, data });
        }
      }),
    );
  });

  test('goes on after a reload with what was kept, by the options of today', async () => {
    const context = testContext();
    const asked = question('www.example.org. A');
    const next = upstream(replyWith(['www.example.org. 300 IN A 192.0.2.1']));
    const before = pluginOf(declared.setup, 'cache', context);
    await before.start?.();
    await before.serve(asked, next);
    const kept = before.keep?.();
    const after = pluginOf(declared.setup, 'cache 30', { ...context, kept });
    await after.start?.();
    await before.stop?.();
    expect(replyLines(await after.serve(asked, next))).toEqual([
      'NOERROR',
      'www.example.org. 30 IN A 192.0.2.1',
    ]);
    expect(next.asked.length).toBe(1);
    expect(await samples(context.metrics, 'coredns_cache_entries{')).toEqual([
      'server="dns://:53",type="success",zones=".",view=""} 1',
      'server="dns://:53",type="denial",zones=".",view=""} 0',
    ]);
    context.clock.advance(30_000);
    await after.serve(asked, next);
    expect(next.asked.length).toBe(2);
  });

  test('starts empty from anything that is not a cache, and is empty when it stops for good', async () => {
    const context = testContext({ kept: { positive: 1 } });
    const plugin = pluginOf(declared.setup, 'cache', context);
    await plugin.start?.();
    await plugin.serve(
      question('www.example.org. A'),
      upstream(replyWith(['www.example.org. 300 IN A 192.0.2.1'])),
    );
    await plugin.stop?.();
    expect(await samples(context.metrics, 'coredns_cache_entries{')).toContain(
      'server="dns://:53",type="success",zones=".",view=""} 0',
    );
  });

  test('counts hits by kind, misses and drops', async () => {
    const context = testContext();
    const plugin = pluginOf(declared.setup, 'cache', context);
    const next = upstream(
      replyWith(['a.example.org. 300 IN A 192.0.2.1']),
      replyWith([], { rcode: 3, soa: SOA }),
      replyWith(['other.example.org. 300 IN A 192.0.2.1']),
    );
    for (const name of ['a', 'a', 'b', 'b', 'b', 'c']) {
      await plugin.serve(question(`${name}.example.org. A`), next);
    }
    const text = await context.metrics.text();
    const counted = [...text.matchAll(/^coredns_cache_(\w+)_total\{(.*)\} (\d+)$/gm)].map(
      ([, name, labels, value]) =>
        `${name} ${/type="(\w+)"/.exec(labels ?? '')?.[1] ?? '-'} ${value}`,
    );
    expect(counted.sort()).toEqual([
      'drops - 1',
      'evictions denial 0',
      'evictions success 0',
      'hits denial 2',
      'hits success 1',
      'misses - 3',
      'prefetch - 0',
      'requests - 6',
      'served_stale - 0',
    ]);
  });
});

test('CachePlugin counts under the name of its view', async () => {
  const context = testContext({ view: 'inside' });
  const plugin = pluginOf(declared.setup, 'cache', context);
  await plugin.serve(question('www.example.org. A'), upstream(replyWith([], { rcode: 2 })));
  for (const name of ['entries', 'requests_total', 'misses_total', 'evictions_total']) {
    const all = await samples(context.metrics, `coredns_cache_${name}{`);
    expect(all.every((sample) => sample.includes('view="inside"'))).toBe(true);
    expect(all.length).toBeGreaterThan(0);
  }
});

test('svcdns_cache_bytes is what the caches of all server blocks hold', async () => {
  const context = testContext();
  const ask = async (zones: string[], name: string) => {
    const plugin = pluginOf(declared.setup, 'cache', { ...context, zones });
    await plugin.start?.();
    await plugin.serve(
      question(name),
      upstream(replyWith([`${name.split(' ')[0]} 300 IN A 192.0.2.1`])),
    );
    return plugin;
  };
  const bytes = async () =>
    (await samples(context.metrics, 'svcdns_cache_bytes{')).map((sample) =>
      Number(sample.split(' ')[1]),
    );
  const one = await ask(['example.org'], 'www.example.org. A');
  const [alone = 0] = await bytes();
  const other = await ask(['example.net'], 'www.example.net. A');
  expect(await bytes()).toEqual([2 * alone, 0]);
  expect(alone).toBeGreaterThan(300);
  await one.stop?.();
  await other.stop?.();
  expect(await bytes()).toEqual([0, 0]);
});
