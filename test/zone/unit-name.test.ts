import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyFromText } from '../../src/dns/name.ts';
import { packName } from '../../src/zone/packed-name.ts';
import { answersOf, type Entry } from '../../src/zone/records.ts';
import { isSameName, LazyName, type PackAnswers, packed } from '../../src/zone/unit-name.ts';
import { runs } from '../helpers/runs.ts';

const ZONE = { index: 1, key: keyFromText('cluster.local.') };
const OWNER = keyFromText('web.shop.svc.cluster.local.');
const HOSTS = ['a.shop.svc.', 'b.shop.svc.'].map((text) => keyFromText(text));

function lazy(entries: readonly Entry[]): LazyName {
  const pack: PackAnswers = (owner, { index, key }) =>
    packName(index, answersOf(owner, key, entries, 5));
  return new LazyName(OWNER, ZONE, pack, entries);
}

const anyEntry: fc.Arbitrary<Entry> = fc.record({
  address: fc.option(
    fc.constantFrom([10, 0, 0, 1], [10, 0, 0, 2]).map((bytes) => Uint8Array.from(bytes)),
    { nil: undefined },
  ),
  port: fc.option(fc.constantFrom(80, 443), { nil: undefined }),
  portName: fc.constantFrom('', 'http'),
  protocol: fc.constantFrom('tcp', 'udp'),
  target: fc.constantFrom(...HOSTS),
  isFullName: fc.boolean(),
});

const someEntries = fc.array(anyEntry, { maxLength: 3 });

test('isSameName says of lazy names what their encoded answers say', () => {
  fc.assert(
    fc.property(someEntries, someEntries, (one, other) => {
      const isSame = isSameName(lazy(one), lazy(other));
      expect(isSame).toBe(packed(lazy(one)) === packed(lazy(other)));
    }),
    { numRuns: runs(1000) },
  );
});

test('isSameName encodes nothing where the entries are the same', () => {
  const entries = fc.sample(anyEntry, 3);
  const pack = () => {
    throw new Error('encoded');
  };
  const unchanged = () => new LazyName(OWNER, ZONE, pack, structuredClone(entries));
  expect(isSameName(unchanged(), unchanged())).toBe(true);
});
