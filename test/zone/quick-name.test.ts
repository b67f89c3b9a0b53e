import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Type } from '../../src/dns/codes.ts';
import { keyFromText, type NameKey } from '../../src/dns/name.ts';
import { nameRecord } from '../../src/dns/record.ts';
import { prepareAnswer } from '../../src/zone/answer.ts';
import { packName } from '../../src/zone/packed-name.ts';
import { quickName, quickPointer } from '../../src/zone/quick-name.ts';
import { answersOf, type Entry } from '../../src/zone/records.ts';
import { runs } from '../helpers/runs.ts';

const LONG = `${'a'.repeat(63)}.`;

const zone = fc.record({
  index: fc.constantFrom(0, 1, 300),
  key: fc
    .constantFrom('cluster.local.', 'a.', 'shop.svc.', `${LONG}${LONG}${LONG}a.`, '.')
    .map(keyFromText),
});

const name = fc
  .constantFrom('web.shop.svc.', 'a.web.shop.svc.', 'b.web.shop.svc.', 'a.', `${LONG}${LONG}svc.`)
  .map(keyFromText);

const address = (bytes: readonly (readonly number[])[]) =>
  fc.constantFrom(...bytes).map((some) => Uint8Array.from(some));
const v4 = address([
  [10, 0, 0, 1],
  [10, 0, 0, 2],
  [10, 0, 1, 1],
]);
const v6 = address([[...Array(15).fill(0), 1], Array.from({ length: 16 }, (_, at) => at * 16)]);

function entryAt(at: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Entry> {
  return fc.record({
    address: at,
    port: fc.constantFrom(1, 80, 65_535),
    portName: fc.constantFrom('', 'http'),
    protocol: fc.constantFrom('tcp', 'udp'),
    target: name,
  });
}

/** What a Service gives: one family, and each place with each port. */
const plain = fc.oneof(
  fc.array(entryAt(v4), { minLength: 1, maxLength: 18 }),
  fc.array(entryAt(v6), { minLength: 1, maxLength: 6 }),
);

const odd: fc.Arbitrary<Entry> = fc.record(
  {
    address: fc.option(fc.oneof(v4, v6), { nil: undefined }),
    port: fc.option(fc.constantFrom(80, 443), { nil: undefined }),
    portName: fc.constant('http'),
    protocol: fc.constant('tcp'),
    target: fc.oneof(name, fc.constant('' as NameKey)),
    isFullName: fc.boolean(),
    host: name,
  },
  { requiredKeys: ['address', 'port', 'portName', 'protocol', 'target'] },
);

const ttl = fc.constantFrom(0, 5, 0x7fff_ffff);

test('a name packed quickly is what its answers are packed to', () => {
  const entries = fc.oneof(plain, fc.array(fc.oneof(odd, entryAt(v4)), { maxLength: 4 }));
  fc.assert(
    fc.property(name, zone, entries, ttl, (relative, { index, key }, some, seconds) => {
      const owner = (relative + key) as NameKey;
      const quick = quickName(owner, { index, key }, some, seconds);
      if (quick === undefined) return;
      expect(quick).toBe(packName(index, answersOf(owner, key, some, seconds)));
    }),
    { numRuns: runs(20_000) },
  );
});

test('the names of an ordinary Service are packed quickly', () => {
  const key = keyFromText('cluster.local.');
  const entry = (label: string, last: number, port: number): Entry => ({
    address: Uint8Array.of(10, 0, 0, last),
    port,
    portName: 'http',
    protocol: 'tcp',
    target: keyFromText(label),
  });
  const owner = keyFromText('web.shop.svc.cluster.local.');
  const isQuick = (...entries: Entry[]) =>
    quickName(owner, { index: 0, key }, entries, 5) !== undefined;
  expect(isQuick(entry('a.web.', 1, 80))).toBe(true);
  expect(isQuick(entry('a.web.', 1, 80), entry('b.web.', 2, 80))).toBe(true);
  expect(isQuick(entry('a.web.', 1, 80), entry('a.web.', 1, 443))).toBe(true);
  expect(isQuick(entry('a.web.', 1, 80), entry('a.web.', 2, 80), entry('b.web.', 3, 80))).toBe(
    true,
  );
  const again = [entry('a.web.', 1, 80), entry('b.web.', 2, 80), entry('a.web.', 3, 80)];
  expect(isQuick(...again)).toBe(false);
  expect(isQuick()).toBe(false);
  expect(isQuick({ ...entry('a.web.', 1, 80), port: undefined })).toBe(false);
  expect(isQuick({ ...entry('a.web.', 1, 80), address: undefined })).toBe(false);
});

test('a pointer packed quickly is what its answer is packed to', () => {
  const reverse = fc.record({
    index: fc.constantFrom(0, 2),
    key: fc.constantFrom('in-addr.arpa.', '10.in-addr.arpa.', 'local.', '.').map(keyFromText),
  });
  const target = fc
    .constantFrom('web.shop.svc.cluster.local.', 'a.notlocal.', 'x.10.in-addr.arpa.')
    .map(keyFromText);
  fc.assert(
    fc.property(name, reverse, target, ttl, (relative, zone, to, seconds) => {
      const owner = (relative + zone.key) as NameKey;
      const quick = quickPointer(zone, to, seconds);
      if (quick === undefined) {
        expect(to.endsWith(zone.key)).toBe(true);
        return;
      }
      const record = nameRecord(owner, Type.PTR, to, seconds);
      expect(quick).toBe(packName(zone.index, [prepareAnswer(owner, zone.key, [record])]));
    }),
    { numRuns: runs(1000) },
  );
});
