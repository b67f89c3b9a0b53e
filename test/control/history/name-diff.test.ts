import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diffNames, recordsAt } from '../../../src/control/history/name-diff.ts';
import { Type } from '../../../src/dns/codes.ts';
import { keyFromText, type NameKey } from '../../../src/dns/name.ts';
import { nameRecord } from '../../../src/dns/record.ts';
import { prepareAnswer } from '../../../src/zone/answer.ts';
import { type PackedName, packName } from '../../../src/zone/packed-name.ts';
import { answersOf, type Entry } from '../../../src/zone/records.ts';
import { runs } from '../../helpers/runs.ts';

const PLACE = keyFromText('web.shop.svc.cluster.local.');
const ZONE = keyFromText('cluster.local.');

const entry: fc.Arbitrary<Entry> = fc.record({
  address: fc.oneof(
    fc.integer({ min: 0, max: 9 }).map((last) => Uint8Array.of(10, 0, 0, last)),
    fc.constant(Uint8Array.of(0xfd, ...new Array<number>(14).fill(0), 1)),
    fc.constant(undefined),
  ),
  port: fc.constantFrom(undefined, 0, 80, 443),
  portName: fc.constant('http'),
  protocol: fc.constant('tcp'),
  target: fc.constantFrom('a.svc.', 'b.svc.', 'lb.example.').map(keyFromText),
  isFullName: fc.boolean(),
});
const name: fc.Arbitrary<PackedName | undefined> = fc.oneof(
  fc
    .tuple(fc.array(entry, { maxLength: 12 }), fc.constantFrom(5, 30))
    .map(([entries, ttl]) => packName(0, answersOf(PLACE, ZONE, entries, ttl))),
  fc.uniqueArray(fc.constantFrom('a.b.c.', 'b.c.', 'x.b.c.', 'cluster.local.')).map((targets) => {
    const records = targets.map((target) => nameRecord(PLACE, Type.PTR, keyFromText(target), 5));
    return packName(0, records.length === 0 ? [] : [prepareAnswer(PLACE, ZONE, records)]);
  }),
  fc.constant(undefined),
);

test('diffNames finds the records whose texts are of one form only', () => {
  const texts = (place: NameKey, one: PackedName | undefined) => [...recordsAt(place, one).keys()];
  fc.assert(
    fc.property(name, name, (before, after) => {
      const [old, now] = [texts(PLACE, before), texts(PLACE, after)];
      const wanted = [
        ...old.filter((text) => !now.includes(text)).map((text) => `- ${text}`),
        ...now.filter((text) => !old.includes(text)).map((text) => `+ ${text}`),
      ];
      const found = diffNames([{ place: PLACE, before, after }]);
      expect(found.map(({ sign, text }) => `${sign} ${text}`).sort()).toEqual(wanted.sort());
    }),
    { numRuns: runs(1000) },
  );
});
