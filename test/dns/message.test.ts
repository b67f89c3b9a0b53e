import dnsPacket, { type Answer } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FormatError, readMessage, readRecords } from '../../src/dns/message.ts';
import { encodeQuery } from '../../src/dns/query-writer.ts';
import type { ResourceRecord } from '../../src/dns/record.ts';
import { recordText } from '../../src/dns/text.ts';
import { MessageWriter } from '../../src/dns/writer.ts';
import { countReads } from '../helpers/counted-bytes.ts';
import { encodeName } from '../helpers/query.ts';
import { runs } from '../helpers/runs.ts';

/** A reply about `www.example.org A` with these records in its answer section, byte for byte. */
function reply(records: readonly Buffer[], counts = [1, records.length, 0, 0]): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(0x1234, 0);
  header.writeUInt16BE(0x8180, 2);
  for (const [i, count] of counts.entries()) header.writeUInt16BE(count, 4 + 2 * i);
  const question = Buffer.concat([encodeName('www.example.org'), Buffer.of(0, 1, 0, 1)]);
  return Buffer.concat([header, question, ...records]);
}

/** `owner TYPE` with data in bytes; the owner in bytes too, so that it can be a pointer. */
function record(
  type: number,
  data: Buffer,
  { owner = POINTER, qclass = 1, ttl = 60 } = {},
): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(qclass, 2);
  fixed.writeUInt32BE(ttl, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([owner, fixed, data]);
}

const hex = (text: string) => Buffer.from(text.replace(/ /g, ''), 'hex');
const POINTER = hex('c00c');
const EXAMPLE = 'c010'; // example.org, in the question
const repeat = (count: number, make: (i: number) => Buffer) =>
  Array.from({ length: count }, (_, i) => make(i));

describe('readMessage()', () => {
  const shown: [what: string, record: Buffer, text: string][] = [
    ['A', record(1, hex('c0000201')), 'A 192.0.2.1'],
    ['NS by pointer', record(2, hex(`026e73${EXAMPLE}`)), 'NS ns.example.org.'],
    ['CNAME by pointer', record(5, hex(EXAMPLE)), 'CNAME example.org.'],
    ['PTR', record(12, encodeName('a.b')), 'PTR a.b.'],
    ['DNAME by pointer', record(39, hex(EXAMPLE)), 'DNAME example.org.'],
    ['MX by pointer', record(15, hex(`000a046d61696c${EXAMPLE}`)), 'MX 10 mail.example.org.'],
    [
      'SOA by pointer',
      record(6, hex(`026e73${EXAMPLE}${EXAMPLE}00000001 00000002 00000003 00000004 ffffffff`)),
      'SOA ns.example.org. example.org. 1 2 3 4 4294967295',
    ],
    ['SRV by pointer', record(33, hex(`000100020003${EXAMPLE}`)), 'SRV 1 2 3 example.org.'],
    [
      'MINFO by pointer',
      record(14, hex(`${EXAMPLE}${EXAMPLE}`)),
      `TYPE14 \\# 26 ${`${encodeName('example.org').toString('hex')}`.repeat(2)}`,
    ],
    [
      'NAPTR by pointer',
      record(35, hex(`00010002 0153 0141 0178 ${EXAMPLE}`)),
      `NAPTR \\# 23 00010002015301410178${encodeName('example.org').toString('hex')}`,
    ],
    [
      'RP',
      record(17, Buffer.concat([encodeName('a.b'), encodeName('c')])),
      `TYPE17 \\# 8 01610162000163 00`.replace('163 00', '16300'),
    ],
    [
      'an unknown type that looks like a pointer',
      record(65_280, hex('c00cc00c')),
      'TYPE65280 \\# 4 c00cc00c',
    ],
    [
      'HTTPS, byte for byte',
      record(65, hex('0001000001000302683200')),
      'HTTPS \\# 11 0001000001000302683200',
    ],
    ['an empty unknown type', record(65_281, Buffer.alloc(0)), 'TYPE65281 \\# 0 '],
    ['TXT', record(16, hex('0161 00 03 22005c')), 'TXT "a" "" "\\"\\000\\\\"'],
  ];
  test.for(shown)('%s', ([, bytes, text]) => {
    const { answer } = readMessage(reply([bytes]));
    expect(answer.map(recordText)).toEqual([`www.example.org. 60 IN ${text}`]);
  });

  test('a TTL with the top bit set is zero', () => {
    const { answer } = readMessage(reply([record(1, hex('c0000201'), { ttl: 0x80000001 })]));
    expect(answer[0]?.ttl).toBe(0);
  });

  test('keeps another class, whose addresses are no addresses', () => {
    const { answer } = readMessage(reply([record(1, hex('0161000001'), { qclass: 3 })]));
    expect(answer.map(recordText)).toEqual(['www.example.org. 60 CH A \\# 5 0161000001']);
  });

  test('reads header, question, sections and OPT', () => {
    const bytes = dnsPacket.encode({
      type: 'response',
      id: 7,
      flags: 0x0583,
      questions: [{ type: 'MX', name: 'eXample.org' }],
      authorities: [{ type: 'NS', name: 'org', ttl: 5, data: 'a.b' }],
      additionals: [
        { type: 'A', name: 'a.b', ttl: 5, data: '192.0.2.1' },
        {
          type: 'OPT',
          name: '.',
          udpPayloadSize: 4096,
          extendedRcode: 1,
          ednsVersion: 0,
          flags: 0x8000,
          flag_do: true,
          options: [{ code: 15, data: Buffer.of(0, 22) }] as never,
        } as Answer,
      ],
    });
    const message = readMessage(bytes);
    expect({ ...message, authority: 1, additional: message.additional.length }).toEqual({
      id: 7,
      flags: 0x8583,
      opcode: 0,
      rcode: 19,
      question: { name: '\x07eXample\x03org', type: 15, qclass: 1 },
      answer: [],
      authority: 1,
      additional: 1,
      edns: {
        size: 4096,
        version: 0,
        dnssecOk: true,
        options: [{ code: 15, data: Uint8Array.of(0, 22) }],
      },
    });
  });

  const OPT = record(41, Buffer.alloc(0), { owner: Buffer.of(0), qclass: 1232, ttl: 0 });
  const refused: [what: string, bytes: Buffer][] = [
    ['a short header', Buffer.alloc(11)],
    ['two questions', reply([], [2, 0, 0, 0])],
    ['counts that cannot be', reply([], [1, 65_535, 65_535, 65_535])],
    ['a missing record', reply([record(1, hex('c0000201'))], [1, 2, 0, 0])],
    ['trailing bytes', Buffer.concat([reply([]), Buffer.of(0)])],
    ['a pointer to itself', reply([record(5, hex('c02d'))])],
    ['a pointer forwards', reply([record(1, hex('c0000201'), { owner: hex('c0ff') })])],
    ['a pointer into the header', reply([record(1, hex('c0000201'), { owner: hex('c004') })])],
    ['a pointer cut in half', reply([record(5, hex('c0'))])],
    ['a reserved label', reply([record(5, hex('4161'))])],
    ['a name beyond its data', reply([record(5, hex('0161')), record(1, hex('c0000201'))])],
    ['data beyond its name', reply([record(5, hex('016100ff'))])],
    ['an A of 5 bytes', reply([record(1, hex('c000020100'))])],
    ['an AAAA of 4 bytes', reply([record(28, hex('c0000201'))])],
    ['an SOA without numbers', reply([record(6, hex('0000'))])],
    ['an MX without a name', reply([record(15, hex('000a'))])],
    ['an SRV without a name', reply([record(33, hex('000100020003'))])],
    ['a string beyond its data', reply([record(16, hex('0561'))])],
    ['two OPT records', reply([OPT, OPT], [1, 0, 0, 2])],
    ['an OPT in the answer section', reply([OPT])],
    ['an OPT that is not at the root', reply([record(41, Buffer.alloc(0))], [1, 0, 0, 1])],
    [
      'an option beyond its record',
      reply([record(41, hex('000f0009'), { owner: Buffer.of(0) })], [1, 0, 0, 1]),
    ],
    ['a name of 256 bytes', reply([record(5, longName(256))])],
  ];
  test.for(refused)('%s is refused', ([, bytes]) => {
    expect(() => readMessage(bytes)).toThrow(FormatError);
  });

  test('a name of 255 bytes is read', () => {
    expect(readMessage(reply([record(5, longName(255))])).answer).toHaveLength(1);
  });

  test('throws nothing but FormatError, whatever the bytes', () => {
    const valid = reply([shown[6]![1], shown[9]![1], record(16, hex('0161'))]);
    const near = fc
      .array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map((edits) => {
        const bytes = Buffer.from(valid);
        for (const [at, value] of edits) bytes[at] = value;
        return bytes;
      });
    const any = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(near, any), (bytes) => {
        try {
          readMessage(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
      { numRuns: runs(20_000) },
    );
  });
});

describe('readMessage() of the costliest messages', () => {
  const question = Buffer.concat([encodeName('a.'.repeat(126)), Buffer.of(0, 1, 0, 1)]);
  const bomb = (records: readonly Buffer[]) => {
    const message = reply(records);
    return Buffer.concat([message.subarray(0, 12), question, ...records]).subarray(0, 65_535);
  };
  const pointers = Buffer.concat(
    repeat(7000, (i) =>
      hex((0xc000 | (i === 0 ? 12 : 12 + question.length + 11 + 2 * (i - 1))).toString(16)),
    ),
  );
  const chained = (depth: number) =>
    Buffer.from((0xc000 | (12 + question.length + 11 + 2 * (depth - 1))).toString(16), 'hex');
  const bombs: [what: string, bytes: Buffer][] = [
    ['4,000 addresses', bomb(repeat(4000, () => record(1, hex('c0000201'))))],
    [
      'owners that differ',
      bomb(
        repeat(4000, (i) =>
          record(1, hex('c0000201'), { owner: hex((0xc00c + 2 * (i % 100)).toString(16)) }),
        ),
      ),
    ],
    [
      'names of 255 bytes by pointer',
      bomb(repeat(4500, (i) => record(5, hex(i % 2 ? 'c00c' : 'c00e')))),
    ],
    [
      '5,000 records without data',
      bomb(repeat(5000, () => record(999, Buffer.alloc(0), { owner: Buffer.of(0) }))),
    ],
    [
      '1,500 SOA records',
      bomb(
        repeat(1500, () => record(6, Buffer.alloc(22, 0).fill(0xff, 2), { owner: Buffer.of(0) })),
      ),
    ],
    ['65,000 empty strings', bomb([record(16, Buffer.alloc(65_000))])],
    [
      '2,000 RP records by pointer',
      bomb(repeat(2000, () => record(17, hex('c00cc00e'), { owner: Buffer.of(0) }))),
    ],
    [
      'a chain of 7,000 pointers',
      bomb([
        record(999, pointers, { owner: Buffer.of(0) }),
        ...repeat(3000, () => record(1, hex('c0000201'), { owner: chained(7000) })),
      ]),
    ],
    [
      'chains of 126 pointers',
      bomb([
        record(999, pointers, { owner: Buffer.of(0) }),
        ...repeat(3000, (i) => record(1, hex('c0000201'), { owner: chained(126 - (i % 2)) })),
      ]),
    ],
    [
      'counts of 65,535',
      Buffer.concat([reply([], [1, 65_535, 65_535, 65_535]), Buffer.alloc(65_000)]),
    ],
  ];

  /**
   * About one and a half times what the costliest of them takes; read one by one, each record costs
   * a few.
   */
  const MOST_READ = 128 * 1024;

  test.for(bombs)('%s: 128 Ki bytes are read at most, and 256 KiB of memory taken', ([, bytes]) => {
    const read = (message: Buffer) => {
      try {
        return readMessage(message);
      } catch (error) {
        return error;
      }
    };
    const counted = countReads(bytes);
    const outcome = read(counted.bytes);
    expect(outcome).toEqual(read(bytes));
    expect(counted.read).toBeGreaterThan(0);
    expect(counted.read).toBeLessThan(MOST_READ);

    for (let i = 0; i < 20; i++) read(bytes);
    // Few enough that no collection falls in between, or it only makes the figure smaller once.
    const before = process.memoryUsage();
    for (let i = 0; i < 20; i++) read(bytes);
    const after = process.memoryUsage();
    const garbage = after.heapUsed + after.external - before.heapUsed - before.external;
    expect(garbage / 20).toBeLessThan(256 * 1024);
  });
});

describe('MessageWriter', () => {
  test('writes again what readMessage() read', () => {
    const given: Answer[] = [
      { type: 'MX', name: 'a.org', ttl: 1, data: { preference: 10, exchange: 'mail.a.org' } },
      { type: 'DNAME', name: 'a.org', ttl: 1, data: 'mail.a.org' },
      {
        type: 'SOA',
        name: 'a.org',
        ttl: 1,
        data: {
          mname: 'ns.a.org',
          rname: 'h.a.org',
          serial: 4_000_000_000,
          refresh: 2,
          retry: 3,
          expire: 4,
          minimum: 5,
        },
      },
    ];
    const { answer } = readMessage(dnsPacket.encode({ type: 'response', answers: given }));
    const bytes = Buffer.alloc(512);
    const writer = new MessageWriter(bytes, 12);
    for (const each of answer) {
      expect(writer.hasRoomFor(each)).toBe(true);
      writer.record(each);
    }
    const { records } = readRecords(bytes, 12, 3);
    expect(records).toEqual(answer);
    // RFC 6672 section 2.5: the DNAME's target is written whole, the MX's was a pointer's target.
    expect(bytes.toString('latin1').split('\x04mail\x01a\x03org').length).toBe(2);
  });

  test('writes the class of a record', () => {
    const raw: ResourceRecord = {
      owner: '',
      type: 16,
      class: 3,
      ttl: 0,
      data: { kind: 'strings', strings: ['x'] },
    };
    const bytes = Buffer.alloc(64);
    new MessageWriter(bytes, 0).record(raw);
    expect(bytes.subarray(0, 13).toString('hex')).toBe('00001000030000000000020178');
  });
});

describe('encodeQuery()', () => {
  test('writes a query that dns-packet reads', () => {
    const bytes = encodeQuery({
      id: 0xabcd,
      name: '\x03wWw\x07example\x03org',
      type: 28,
      qclass: 1,
      recursionDesired: true,
      checkingDisabled: true,
      authenticData: true,
      edns: { dnssecOk: true, options: [{ code: 65518, data: Buffer.from('ab') }] },
    });
    const read = dnsPacket.decode(bytes);
    expect(read).toMatchObject({
      type: 'query',
      id: 0xabcd,
      flags: 0x0130,
      questions: [{ name: 'wWw.example.org', type: 'AAAA', class: 'IN' }],
      additionals: [
        {
          type: 'OPT',
          name: '.',
          udpPayloadSize: 1232,
          flag_do: true,
          options: [{ code: 65518, data: Buffer.from('ab') }],
        },
      ],
    });
  });

  test('leaves the OPT record out', () => {
    const plain = { recursionDesired: false, checkingDisabled: false, authenticData: false };
    const bytes = encodeQuery({ id: 1, name: '', type: 2, qclass: 1, ...plain, edns: undefined });
    expect(bytes.toString('hex')).toBe('0001000000010000000000000000020001');
  });
});

/** A name of exactly so many bytes. */
function longName(bytes: number): Buffer {
  const labels: Buffer[] = [];
  let left = bytes - 1;
  while (left > 0) {
    const length = Math.min(63, left - 1);
    labels.push(Buffer.of(length), Buffer.alloc(length, 0x61));
    left -= length + 1;
  }
  return Buffer.concat([...labels, Buffer.of(0)]);
}
