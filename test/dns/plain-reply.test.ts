import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Rcode, Type } from '../../src/dns/codes.ts';
import { readMessage, readSections } from '../../src/dns/message.ts';
import { isAtOrBelow, keyFromText, keyOfWire } from '../../src/dns/name.ts';
import { PlainReply } from '../../src/dns/plain-reply.ts';
import { runs } from '../helpers/runs.ts';

const HEADER = '1234 8180 0001';
const QUESTION = '0161 076578616d706c65 00 0001 0001'; // a.example. A
const ADDRESS = 'c00c 0001 0001 0000003c 0004 c0000201';
const SOA_DATA = '026e73 c00e 0168 c00e 00000001 00000002 00000003 00000004 0000001e';
const SOA = `c00e 0006 0001 0000003c 001d ${SOA_DATA}`;
const OPT = '00 0029 04d0 00000000 0000';
const QUESTION_END = 12 + 15;

function bytesOf(...hex: string[]): Buffer {
  return Buffer.from(hex.join('').replaceAll(' ', ''), 'hex');
}

function counts(answers: number, authorities: number, additionals: number): string {
  return [answers, authorities, additionals].map((n) => `000${n}`).join('');
}

test.for([
  ['an address', bytesOf(HEADER, counts(1, 0, 0), QUESTION, ADDRESS), 1, 60],
  ['an address, with EDNS', bytesOf(HEADER, counts(1, 0, 1), QUESTION, ADDRESS, OPT), 1, 60],
  ['two addresses', bytesOf(HEADER, counts(2, 0, 0), QUESTION, ADDRESS, ADDRESS), 2, 60],
  ['a denial for as long as its MINIMUM says', denied(SOA), 0, 30],
  ['a denial by the root', denied(`00 ${SOA.slice(4)}`), 0, 30],
  ['a zone that is written out', denied(`076578616d706c6500 ${SOA.slice(4)}`), 0, 30],
] as const)('read() takes %s', ([, bytes, answers, ttl]) => {
  const plain = new PlainReply();
  expect(plain.read(bytes, QUESTION_END, Type.A)).toBe(true);
  expect([plain.rcode, plain.answers, plain.ttl]).toEqual([Rcode.NOERROR, answers, ttl]);
});

function denied(soa: string): Buffer {
  return bytesOf(HEADER, counts(0, 1, 0), QUESTION, soa);
}

test.for([
  ['nothing at all', bytesOf(HEADER, counts(0, 0, 0), QUESTION)],
  [
    'an address of another name',
    bytesOf(HEADER, counts(1, 0, 0), QUESTION, `c00e${ADDRESS.slice(4)}`),
  ],
  [
    'an extended error',
    bytesOf(HEADER, counts(1, 0, 1), QUESTION, ADDRESS, `${OPT.slice(0, -4)}0006 000f 0002 0016`),
  ],
  ['bytes behind the last record', bytesOf(HEADER, counts(1, 0, 0), QUESTION, ADDRESS, '00')],
  ['fewer bytes than its counts say', bytesOf(HEADER, counts(2, 0, 0), QUESTION, ADDRESS)],
  ['a zone beside the name', denied(`0162076578616d706c6500 ${SOA.slice(4)}`)],
  ['a zone that ends within a label', denied(`066d706c6500 ${SOA.slice(4)}`)],
  ['a zone in capitals that may be ours', denied(`076578616d506c6500 ${SOA.slice(4)}`)],
  ['a pointer into a label', denied(`c00f ${SOA.slice(4)}`)],
  [
    'a pointer to a TTL',
    denied(`c00e 0006 0001 00000000 001d ${SOA_DATA.replace('c00e', 'c022')}`),
  ],
])('read() leaves %s to readMessage()', ([, bytes]) => {
  expect(new PlainReply().read(bytes as Buffer, QUESTION_END, Type.A)).toBe(false);
});

const damaged = fc
  .tuple(
    fc.constantFrom(
      ...[bytesOf(HEADER, counts(2, 0, 1), QUESTION, ADDRESS, ADDRESS, OPT), denied(SOA)],
      bytesOf(HEADER, counts(0, 1, 1), QUESTION, SOA, OPT),
    ),
    fc.array(fc.tuple(fc.nat(120), fc.oneof(fc.nat(255), fc.constantFrom(0, 12, 14, 192))), {
      maxLength: 3,
    }),
    fc.integer({ min: -3, max: 3 }),
  )
  .map(([whole, changes, more]) => {
    const bytes = Buffer.alloc(whole.length + more);
    whole.copy(bytes);
    for (const [at, byte] of changes) if (at >= QUESTION_END - 12) bytes[at % bytes.length] = byte;
    bytesOf(QUESTION).copy(bytes, 12); // which the caller has compared
    return bytes;
  });

test('what read() takes is what readMessage() reads, and fit to stand behind the question', () => {
  fc.assert(
    fc.property(damaged, (bytes) => {
      const plain = new PlainReply();
      if (!plain.read(bytes, QUESTION_END, Type.A)) return;
      const message = readMessage(Buffer.from(bytes));
      const { answer, authority, additional } = message;
      expect(additional).toEqual([]);
      expect([message.flags, message.rcode]).toEqual([plain.flags, plain.rcode]);
      const sent = Buffer.concat([
        bytes.subarray(0, QUESTION_END),
        Buffer.from(plain.wire(), 'latin1'),
      ]);
      const lengths = [answer.length, authority.length, 0] as const;
      const settled = [answer, authority].map((section) =>
        section.map((record) => ({ ...record, ttl: plain.ttl })),
      );
      expect(readSections(sent, QUESTION_END, lengths).slice(0, 2)).toEqual(settled);
      const ttls = [...answer, ...authority].map(({ ttl }) => ttl);
      expect(plain.ttl).toBeLessThanOrEqual(Math.min(...ttls));
      expect(plain.answers).toBe(answer.length);
      for (const { owner } of authority) {
        expect(isAtOrBelow(keyFromText('a.example.'), keyOfWire(owner))).toBe(true);
      }
    }),
    { numRuns: runs(200_000) },
  );
});
