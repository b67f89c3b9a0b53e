import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyFromText } from '../../../src/dns/name.ts';
import type { ResourceRecord } from '../../../src/dns/record.ts';
import { newEntry } from '../../../src/plugins/cache/entry.ts';
import {
  MAX_PACKED_BYTES,
  MAX_PACKED_RECORDS,
  packSections,
  unpackSections,
} from '../../../src/plugins/cache/packed-records.ts';
import { Slots } from '../../../src/plugins/cache/slots.ts';
import { question, record, replyWith } from '../../helpers/plugin-harness.ts';

const NAME = keyFromText('www.example.org');
const NOTHING = { answer: [], authority: [], additional: [] };

const label = fc.string({
  unit: fc.constantFrom('a', 'B', 'z', '-', '.', '\u0000', '\u00ff'),
  minLength: 1,
  maxLength: 6,
});
/** Names that share ends with the question and with one another, in this case and in that. */
const name = fc.oneof(
  fc.constantFrom(
    '',
    '\x03www\x07example\x03org',
    '\x03WWW\x07example\x03org',
    '\x07example\x03org',
  ),
  fc
    .tuple(fc.array(label, { maxLength: 4 }), fc.constantFrom('', NAME, '\x07example\x03ORG'))
    .map(
      ([labels, end]) => labels.map((one) => String.fromCharCode(one.length) + one).join('') + end,
    ),
);
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const uint16 = fc.nat(0xffff);
const rdata: fc.Arbitrary<Pick<ResourceRecord, 'type' | 'data'>> = fc.oneof(
  bytes(4).map((address) => ({ type: 1, data: { kind: 'address', address } }) as const),
  bytes(16).map((address) => ({ type: 28, data: { kind: 'address', address } }) as const),
  fc
    .tuple(fc.constantFrom(2, 5, 12, 39), name)
    .map(([type, target]) => ({ type, data: { kind: 'name', name: target } }) as const),
  fc
    .tuple(uint16, name)
    .map(
      ([preference, exchange]) =>
        ({ type: 15, data: { kind: 'exchange', preference, exchange } }) as const,
    ),
  fc
    .tuple(uint16, uint16, uint16, name)
    .map(
      ([priority, weight, port, target]) =>
        ({ type: 33, data: { kind: 'service', priority, weight, port, target } }) as const,
    ),
  fc
    .array(fc.constantFrom('', 'x', '\u00ff'.repeat(255)), { minLength: 1, maxLength: 4 })
    .map((strings) => ({ type: 16, data: { kind: 'strings', strings } }) as const),
  fc.tuple(name, name, fc.nat(2 ** 32 - 1)).map(([mname, rname, serial]) => {
    const times = { refresh: 7200, retry: 1800, expire: 86_400, minimum: 60 };
    return { type: 6, data: { kind: 'start', start: { mname, rname, serial, ...times } } } as const;
  }),
  fc
    .uint8Array({ maxLength: 300 })
    .map((raw) => ({ type: 65_280, data: { kind: 'raw', bytes: raw } }) as const),
);
const section = fc.array(
  fc
    .tuple(name, fc.nat(2 ** 31 - 1), rdata)
    .map(([owner, ttl, rest]): ResourceRecord => ({ owner, ttl, ...rest })),
  { maxLength: 6 },
);

test('unpackSections() gives back what packSections() took, record for record, letters kept', () => {
  fc.assert(
    fc.property(section, section, section, (answer, authority, additional) => {
      const sections = { answer, authority, additional };
      const packed = packSections(sections, NAME);
      expect(packed && unpackSections(packed, NAME)).toEqual(sections);
    }),
  );
});

test('unpackSections() gives owners the letters of the question, and only them', () => {
  const lines = [
    'www.example.org. 5 IN CNAME web.Example.org.',
    'web.Example.org. 5 IN A 192.0.2.1',
    'b.www.example.org. 5 IN A 192.0.2.1',
  ];
  const packed = packSections({ ...NOTHING, answer: lines.map(record) }, NAME);
  const asked = question('wWw.eXample.ORG. A').name;
  expect(packed && unpackSections(packed, asked).answer).toEqual([
    { ...record(lines[0]!), owner: asked },
    record(lines[1]!),
    { ...record(lines[2]!), owner: `\x01b${asked}` },
  ]);
});

test('newEntry() has the records as a hit for the same question has them', () => {
  const asked = fc.constantFrom('www.example.org. A', 'wWw.example.ORG. A').map(question);
  const few = section.map((records) => records.slice(0, 2));
  const content = { kind: 'positive', everyType: false, ttl: 5, storedAt: 0 } as const;
  fc.assert(
    fc.property(asked, few, few, few, (request, answer, authority, additional) => {
      const sections = { answer, authority, additional };
      const reply = replyWith([]);
      const made = newEntry(request, new Slots(request), { ...content, reply, sections });
      expect(made?.sections).toEqual(made && unpackSections(made.entry, request.name));
    }),
  );
});

test('packSections() refuses what is longer than it keeps, and takes what is as long', () => {
  const text = (bytes: number) => ({
    ...record('. 5 IN TYPE65280 00'),
    data: { kind: 'raw', bytes: new Uint8Array(bytes) } as const,
  });
  const most = MAX_PACKED_BYTES - 11; // the root, type, class, TTL, length
  expect(packSections({ ...NOTHING, answer: [text(most)] }, NAME)?.wire.length).toBe(
    MAX_PACKED_BYTES,
  );
  expect(packSections({ ...NOTHING, answer: [text(most + 1)] }, NAME)).toBeUndefined();
});

test('packSections() takes as many of the shortest records as there may be', () => {
  const data = { kind: 'raw', bytes: new Uint8Array() } as const;
  const shortest = { owner: '', type: 65_280, ttl: 60, data };
  const answer = Array.from({ length: MAX_PACKED_RECORDS + 1 }, () => shortest);
  expect(packSections({ ...NOTHING, answer }, NAME)).toBeUndefined();
  expect(packSections({ ...NOTHING, answer: answer.slice(1) }, NAME)?.answers).toBe(
    MAX_PACKED_RECORDS,
  );
});
