import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_QUERY_BYTES, readQuery, Verdict } from '../../src/dns/intake.ts';
import { keyFromText, textOf } from '../../src/dns/name.ts';
import { Query } from '../../src/dns/query.ts';
import { keySum } from '../../src/zone/table.ts';
import { arrived } from '../helpers/arrived.ts';
import { ednsOption, nameBytes, packet } from '../helpers/packet.ts';
import { runs } from '../helpers/runs.ts';

const read = (bytes: Buffer) => {
  const query = arrived(bytes, { offset: 5 });
  return { verdict: readQuery(query), query };
};
const question = (name: Buffer) => Buffer.concat([name, Buffer.of(0, 1, 0, 1)]);
const record = (owner: Buffer, type: number, data: Buffer) => {
  const head = Buffer.alloc(10);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(1, 2);
  head.writeUInt16BE(data.length, 8);
  return Buffer.concat([owner, head, data]);
};

describe('readQuery() judges the header', () => {
  test.for<[string, Buffer, Verdict]>([
    ['an ordinary query', packet(), Verdict.ANSWER],
    ['no byte at all', Buffer.alloc(0), Verdict.IGNORE],
    ['11 bytes', packet().subarray(0, 11), Verdict.IGNORE],
    ['QR=1', packet({ flags: 0x8100 }), Verdict.IGNORE],
    ['QR=1 with another opcode', packet({ flags: 0xa000 }), Verdict.IGNORE],
    ['opcode IQUERY', packet({ flags: 0x0800 }), Verdict.NOT_IMPLEMENTED],
    ['opcode STATUS', packet({ flags: 0x1000 }), Verdict.NOT_IMPLEMENTED],
    ['opcode NOTIFY', packet({ flags: 0x2000 }), Verdict.NOT_IMPLEMENTED],
    ['opcode UPDATE', packet({ flags: 0x2800 }), Verdict.NOT_IMPLEMENTED],
    [
      'opcode 15, header only',
      packet({ flags: 0x7800, question: Buffer.alloc(0) }),
      Verdict.NOT_IMPLEMENTED,
    ],
    ['no question', packet({ question: Buffer.alloc(0) }), Verdict.MALFORMED],
    ['two questions', packet({ counts: [2, 0, 0, 0] }), Verdict.MALFORMED],
    ['all counts 65535', packet({ counts: [65535, 65535, 65535, 65535] }), Verdict.MALFORMED],
    ['two answers', packet({ counts: [1, 2, 0, 0] }), Verdict.MALFORMED],
    ['two authorities', packet({ counts: [1, 0, 2, 0] }), Verdict.MALFORMED],
    ['three additionals', packet({ counts: [1, 0, 0, 3] }), Verdict.MALFORMED],
    ['class CH', packet({ qclass: 3 }), Verdict.OTHER_CLASS],
    ['class ANY', packet({ qclass: 255 }), Verdict.OTHER_CLASS],
    ['class 0', packet({ qclass: 0 }), Verdict.OTHER_CLASS],
    [
      'the largest query',
      packet({ trailing: Buffer.alloc(MAX_QUERY_BYTES - packet().length) }),
      Verdict.ANSWER,
    ],
    ['a query over 4,096 bytes', packet({ trailing: Buffer.alloc(4096) }), Verdict.MALFORMED],
    ['every header bit that a query may set', packet({ flags: 0x07f0 }), Verdict.ANSWER],
  ])('%s', ([, bytes, verdict]) => {
    expect(read(bytes).verdict).toBe(verdict);
  });
});

describe('readQuery() judges the question', () => {
  const long = (bytes: number) =>
    Buffer.concat([
      ...Array.from({ length: Math.floor((bytes - 1) / 64) }, () =>
        Buffer.concat([Buffer.of(63), Buffer.alloc(63, 120)]),
      ),
      ...((bytes - 1) % 64 === 0
        ? []
        : [Buffer.of(((bytes - 1) % 64) - 1), Buffer.alloc(((bytes - 1) % 64) - 1, 120)]),
      Buffer.of(0),
    ]);
  test.for<[string, Buffer, Verdict]>([
    ['a name of 255 bytes', question(long(255)), Verdict.ANSWER],
    ['a name of 256 bytes', question(long(256)), Verdict.MALFORMED],
    [
      'a label of 64 bytes',
      question(Buffer.concat([Buffer.of(64), Buffer.alloc(64, 120), Buffer.of(0)])),
      Verdict.MALFORMED,
    ],
    ['a reserved label type', question(Buffer.of(0x80, 0)), Verdict.MALFORMED],
    ['a pointer to itself', question(Buffer.of(0xc0, 0x0c)), Verdict.MALFORMED],
    ['a pointer into the header', question(Buffer.of(0xc0, 0x00)), Verdict.MALFORMED],
    ['a pointer after a label', question(Buffer.of(1, 97, 0xc0, 0x0c)), Verdict.MALFORMED],
    ['a name that never ends', Buffer.of(3, 97, 98, 99), Verdict.MALFORMED],
    ['a name that ends with the message', nameBytes('web'), Verdict.MALFORMED],
    ['a type but no class', Buffer.concat([nameBytes('web'), Buffer.of(0, 1)]), Verdict.MALFORMED],
    ['nothing behind the header', Buffer.alloc(0), Verdict.MALFORMED],
    ['the root', question(Buffer.of(0)), Verdict.ANSWER],
  ])('%s', ([, bytes, verdict]) => {
    expect(read(packet({ question: bytes, counts: [1, 0, 0, 0] })).verdict).toBe(verdict);
  });

  test('folds A to Z only, and says that it did', () => {
    const { query } = read(packet({ question: question(Buffer.of(4, 0x41, 0xc1, 0x5a, 0x5b, 0)) }));
    expect(textOf(query.key)).toBe('a\\193z[.');
    expect(query.hasUpperCase).toBe(true);
    expect(read(packet({ name: 'web' })).query.hasUpperCase).toBe(false);
  });

  test('sums the folded bytes, as the table does', () => {
    const { query } = read(packet({ name: 'WeB.Shop.svc.cluster.local' }));
    expect(query.key).toBe(keyFromText('web.shop.svc.cluster.local'));
    expect(query.sum).toBe(keySum(query.key));
  });
});

describe('readQuery() judges EDNS', () => {
  const root = Buffer.of(0);
  test.for<[string, Buffer, Verdict]>([
    ['EDNS 0', packet({ opt: {} }), Verdict.ANSWER],
    ['EDNS 1', packet({ opt: { version: 1 } }), Verdict.BAD_VERSION],
    ['EDNS 100', packet({ opt: { version: 100 } }), Verdict.BAD_VERSION],
    ['EDNS 1 in class CH', packet({ opt: { version: 1 }, qclass: 3 }), Verdict.BAD_VERSION],
    ['an unknown option', packet({ opt: { data: ednsOption(100) } }), Verdict.ANSWER],
    ['an unknown flag', packet({ opt: { flags: 0x0080 } }), Verdict.ANSWER],
    ['two OPT records', packet({ opt: [{}, {}] }), Verdict.MALFORMED],
    [
      'an OPT record that is not owned by the root',
      packet({ opt: { owner: nameBytes('a') } }),
      Verdict.MALFORMED,
    ],
    ['an option cut short', packet({ opt: { data: Buffer.of(0, 3, 0, 5, 1) } }), Verdict.MALFORMED],
    ['half an option header', packet({ opt: { data: Buffer.of(0, 3) } }), Verdict.MALFORMED],
    ['an OPT record cut short', packet({ opt: {} }).subarray(0, -1), Verdict.MALFORMED],
    ['ANCOUNT without a record', packet({ counts: [1, 1, 0, 0] }), Verdict.MALFORMED],
    ['NSCOUNT without a record', packet({ counts: [1, 0, 1, 0] }), Verdict.MALFORMED],
    ['ARCOUNT without a record', packet({ counts: [1, 0, 0, 1] }), Verdict.MALFORMED],
    ['ARCOUNT 2 with one record', packet({ counts: [1, 0, 0, 2], opt: {} }), Verdict.MALFORMED],
    [
      'an OPT record behind another record',
      packet({
        counts: [1, 0, 0, 2],
        trailing: Buffer.concat([
          record(root, 250, Buffer.alloc(4)),
          packet({ question: root, opt: {} }).subarray(13),
        ]),
      }),
      Verdict.ANSWER,
    ],
    [
      'an SOA record in the authority section, as IXFR has one',
      packet({ counts: [1, 0, 1, 0], trailing: record(nameBytes('a'), 6, Buffer.alloc(22)) }),
      Verdict.ANSWER,
    ],
    ['trailing bytes', packet({ opt: {}, trailing: Buffer.alloc(9, 7) }), Verdict.ANSWER],
  ])('%s', ([, bytes, verdict]) => {
    expect(read(bytes).verdict).toBe(verdict);
  });

  test('reads size, version and DO', () => {
    const { query } = read(packet({ opt: { size: 4096, flags: 0x8000 } }));
    expect(query).toMatchObject({ edns: true, ednsSize: 4096, ednsVersion: 0, dnssecOk: true });
  });

  test('finds the OPT record of a message that it turns away', () => {
    for (const bytes of [
      packet({ flags: 0x2800, opt: {} }),
      packet({ question: Buffer.alloc(0), opt: {} }),
      packet({
        question: Buffer.concat([question(nameBytes('a')), question(nameBytes('b'))]),
        counts: [2, 0, 0, 1],
        opt: {},
      }),
    ]) {
      expect(read(bytes).query.edns).toBe(true);
    }
  });
});

describe('readQuery() and arbitrary bytes', () => {
  test('never throws and never reads past the length it was given', () => {
    const query = new Query();
    const near = fc
      .tuple(
        fc.constantFrom(packet(), packet({ opt: { data: ednsOption(10, Buffer.alloc(8)) } })),
        fc.array(fc.tuple(fc.nat(80), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
      )
      .map(([base, edits]) => {
        const bytes = Buffer.from(base);
        for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
        return bytes;
      });
    const any = fc.oneof(
      fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
      near,
    );
    fc.assert(
      fc.property(any, fc.nat(600), (bytes, cut) => {
        const length = Math.min(cut, bytes.length);
        query.input = bytes;
        query.length = length;
        const verdict = readQuery(query);
        if (verdict !== Verdict.IGNORE) expect(query.questionEnd).toBeLessThanOrEqual(length);
        const { key, questionEnd, optionsStart, optionsEnd, cookieAt } = query;
        const read = { key, questionEnd, optionsStart, optionsEnd, cookieAt };
        query.input = bytes.subarray(0, length);
        expect(readQuery(query)).toBe(verdict);
        const elsewhere = Object.assign(arrived(query.input, { offset: 7 }), {
          optionsStart,
          optionsEnd,
        });
        expect(readQuery(elsewhere)).toBe(verdict);
        if (verdict !== Verdict.IGNORE) expect(elsewhere).toMatchObject(read);
      }),
      { numRuns: runs(5000) },
    );
  });
});
