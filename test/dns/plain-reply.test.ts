import { expect, test } from 'vitest';
import { Rcode, Type } from '../../src/dns/codes.ts';
import { PlainReply } from '../../src/dns/plain-reply.ts';

const HEADER = '1234 8180 0001';
const QUESTION = '0161 076578616d706c65 00 0001 0001'; // a.example. A
const ADDRESS = 'c00c 0001 0001 0000003c 0004 c0000201';
const SOA_DATA = '026e73 c00e 0168 c00e 00000001 00000002 00000003 00000004 0000001e';
const SOA = `c00e 0006 0001 0000003c 001d ${SOA_DATA}`;
const NS = 'c00e 0002 0001 0000003c 0005 026e73 c00e';
/** To `b` in the zone of the question. */
const ALIAS = 'c00c 0005 0001 0000001e 0004 0162 c00e';
const OF_ALIAS = `c027${ADDRESS.slice(4)}`;
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
  ['an alias and its address', bytesOf(HEADER, counts(2, 0, 0), QUESTION, ALIAS, OF_ALIAS), 2, 30],
  ['an alias without one', bytesOf(HEADER, counts(1, 1, 0), QUESTION, ALIAS, SOA), 1, 30],
  [
    'a name server and its address beside the answer',
    bytesOf(HEADER, counts(1, 1, 2), QUESTION, ADDRESS, NS, `c037${ADDRESS.slice(4)}`, OPT),
    1,
    60,
  ],
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
  [
    'an alias of itself',
    bytesOf(HEADER, counts(1, 1, 0), QUESTION, `${ALIAS.slice(0, -12)}0002 c00c`, SOA),
  ],
  ['an address before its alias', bytesOf(HEADER, counts(2, 0, 0), QUESTION, OF_ALIAS, ALIAS)],
  ['two aliases of a name', bytesOf(HEADER, counts(3, 0, 0), QUESTION, ALIAS, ALIAS, OF_ALIAS)],
  ['an alias without a denial', bytesOf(HEADER, counts(1, 0, 0), QUESTION, ALIAS)],
  ['a pointer into a label', denied(`c00f ${SOA.slice(4)}`)],
  ['a pointer to itself', denied(`c01b ${SOA.slice(4)}`)],
  [
    'a pointer to what comes behind it',
    denied(`c027 0006 0001 0000003c 001a ${SOA_DATA.replace('026e73 c00e', 'c00e')}`),
  ],
  ['a pointer into the header', denied(`c004 ${SOA.slice(4)}`)],
])('read() leaves %s to readMessage()', ([, bytes]) => {
  expect(new PlainReply().read(bytes as Buffer, QUESTION_END, Type.A)).toBe(false);
});
