import { expect, test } from 'vitest';
import { Outbox } from '../../../src/control/publish/outbox.ts';
import { PublishedNames } from '../../../src/control/publish/published-names.ts';
import { keyFromText, type NameKey } from '../../../src/dns/name.ts';
import type { NameChanges } from '../../../src/zone/compiler.ts';
import { type PackedName, packName } from '../../../src/zone/packed-name.ts';

const named = (text: string, bytes = ''): [NameKey, PackedName] => [
  keyFromText(text),
  packName(0, [
    {
      type: 1,
      bytes,
      answers: 1,
      isCut: false,
      answerBytes: bytes.length,
      additionalEnds: [],
      zoneCopies: [],
    },
  ]),
];
const changesOf = (...names: [NameKey, PackedName][]): NameChanges => new Map(names);
const parts = (outbox: Outbox) => {
  const all = [];
  for (let part = outbox.take(); part !== undefined; part = outbox.take()) all.push(part);
  return all;
};

test('Outbox cuts what waits into parts of at most 500 names', () => {
  const outbox = new Outbox();
  outbox.add(changesOf(...Array.from({ length: 1200 }, (_, i) => named(`n${i}`))));
  expect(parts(outbox).map(({ keys }) => keys.length)).toEqual([500, 500, 200]);
});

test('Outbox ends with a part that is full', () => {
  const outbox = new Outbox();
  outbox.add(changesOf(...Array.from({ length: 1000 }, (_, i) => named(`n${i}`))));
  expect(parts(outbox).map(({ keys }) => keys.length)).toEqual([500, 500]);
});

test('Outbox sends what changes while a change is under way as it was last', () => {
  const outbox = new Outbox();
  const changes = changesOf(...Array.from({ length: 700 }, (_, i) => named(`n${i}`)));
  outbox.add(changes);
  const first = outbox.take();
  const again = [named('n3', 'again'), named('n600', 'again'), named('new')];
  outbox.add(changesOf(...again));
  outbox.add(new Map([[keyFromText('n699'), null]]));
  const [second, ...others] = parts(outbox);
  expect(first?.keys).toHaveLength(500);
  expect(second?.keys).toHaveLength(198 + 3);
  expect(second?.names.slice(198)).toEqual(again.map(([, name]) => name));
  expect(second?.gone).toEqual([keyFromText('n699')]);
  expect(others).toEqual([]);
  expect(changes.size).toBe(700);
});

test('Outbox sends a change under way into which the next one is written', () => {
  const outbox = new Outbox();
  const published = new PublishedNames();
  const names = Array.from({ length: 700 }, (_, i) => named(`n${i}`));
  const publish = (changes: NameChanges) => {
    outbox.add(changes);
    published.take(changes);
  };
  publish(changesOf(...names));
  const first = outbox.take();
  const again = [named('n3', 'again'), named('n600', 'again'), named('new')];
  publish(changesOf(...again));
  publish(new Map([[keyFromText('n699'), null]]));
  const sent = new Map<NameKey, PackedName>();
  for (const { keys, names, gone } of [...(first ? [first] : []), ...parts(outbox)]) {
    for (const [at, key] of keys.entries()) sent.set(key, names[at]!);
    for (const key of gone) sent.delete(key);
  }
  const expected = new Map([...names, ...again]);
  expected.delete(keyFromText('n699'));
  expect(sent).toEqual(expected);
  expect(published.all).toEqual(expected);
});

test('Outbox cuts earlier where answers are large', () => {
  const outbox = new Outbox();
  outbox.add(changesOf(...Array.from({ length: 6 }, (_, i) => named(`n${i}`, 'x'.repeat(60_000)))));
  expect(parts(outbox).map(({ keys }) => keys.length)).toEqual([3, 3]);
});

test('Outbox counts addresses of Pods as names, and says a namespace once in a part', () => {
  const outbox = new Outbox();
  const pods = Array.from({ length: 700 }, (_, i) => [`10.0.${i >> 8}.${i & 255}`, `ns${i % 2}`]);
  outbox.add(
    changesOf(...Array.from({ length: 300 }, (_, i) => named(`n${i}`))),
    new Map(pods as [string, string][]),
  );
  const sent = parts(outbox).map(({ keys, pods }) => [
    keys.length,
    pods?.owned.map(({ namespace, addresses }) => `${namespace}: ${addresses.length}`),
  ]);
  expect(sent).toEqual([
    [300, ['ns0: 100', 'ns1: 100']],
    [0, ['ns0: 250', 'ns1: 250']],
  ]);
});

test('Outbox sends an address once, with the namespace it has last', () => {
  const outbox = new Outbox();
  outbox.add(
    new Map(),
    new Map([
      ['10.0.0.1', 'a'],
      ['10.0.0.2', 'a'],
    ]),
  );
  outbox.add(
    new Map(),
    new Map([
      ['10.0.0.1', 'b'],
      ['10.0.0.2', null],
    ]),
  );
  expect(parts(outbox).map(({ pods }) => pods)).toEqual([
    { owned: [{ namespace: 'b', addresses: ['10.0.0.1'] }], gone: ['10.0.0.2'] },
  ]);
});

test('Outbox sends a name once, as it was last, however often it changes', () => {
  const outbox = new Outbox();
  outbox.add(changesOf(named('a', '1'), named('b')));
  outbox.add(changesOf(named('a', '2')));
  outbox.add(new Map([[keyFromText('b'), null]]));
  const [part] = parts(outbox);
  expect(part?.names).toEqual([named('a', '2')[1]]);
  expect(part?.gone).toEqual([keyFromText('b')]);
});
