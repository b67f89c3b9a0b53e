import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Rcode } from '../../src/dns/codes.ts';
import { IGNORE, MAX_QUERY_BYTES, readQuery } from '../../src/dns/intake.ts';
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
  test.for<[string, Buffer, number]>([
    ['an ordinary query', packet(), Rcode.NOERROR],
    ['no byte at all', Buffer.alloc(0), IGNORE],
    ['11 bytes', packet().subarray(0, 11), IGNORE],
    ['QR=1', packet({ flags: 0x8100 }), IGNORE],
    ['QR=1 with another opcode', packet({ flags: 0xa000 }), IGNORE],
    ['opcode IQUERY', packet({ flags: 0x0800 }), Rcode.NOTIMP],
    ['opcode STATUS', packet({ flags: 0x1000 }), Rcode.NOTIMP],
    ['opcode NOTIFY', packet({ flags: 0x2000 }), Rcode.NOTIMP],
    ['opcode UPDATE', packet({ flags: 0x2800 }), Rcode.NOTIMP],
    ['opcode 15, header only', packet({ flags: 0x7800, question: Buffer.alloc(0) }), Rcode.NOTIMP],
    ['no question', packet({ question: Buffer.alloc(0) }), Rcode.FORMERR],
    ['two questions', packet({ counts: [2, 0, 0, 0] }), Rcode.FORMERR],
    ['all counts 65535', packet({ counts: [65535, 65535, 65535, 65535] }), Rcode.FORMERR],
    ['two answers', packet({ counts: [1, 2, 0, 0] }), Rcode.FORMERR],
    ['two authorities', packet({ counts: [1, 0, 2, 0] }), Rcode.FORMERR],
    ['three additionals', packet({ counts: [1, 0, 0, 3] }), Rcode.FORMERR],
    ['class CH', packet({ klass: 3 }), Rcode.REFUSED],
    ['class ANY', packet({ klass: 255 }), Rcode.REFUSED],
    ['class 0', packet({ klass: 0 }), Rcode.REFUSED],
    [
      'the largest query',
      packet({ trailing: Buffer.alloc(MAX_QUERY_BYTES - packet().length) }),
      Rcode.NOERROR,
    ],
    ['a query over 4,096 bytes', packet({ trailing: Buffer.alloc(4096) }), Rcode.FORMERR],
    ['every header bit that a query may set', packet({ flags: 0x07f0 }), Rcode.NOERROR],
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
  test.for<[string, Buffer, number]>([
    ['a name of 255 bytes', question(long(255)), Rcode.NOERROR],
    ['a name of 256 bytes', question(long(256)), Rcode.FORMERR],
    [
      'a label of 64 bytes',
      question(Buffer.concat([Buffer.of(64), Buffer.alloc(64, 120), Buffer.of(0)])),
      Rcode.FORMERR,
    ],
    ['a reserved label type', question(Buffer.of(0x80, 0)), Rcode.FORMERR],
    ['a pointer to itself', question(Buffer.of(0xc0, 0x0c)), Rcode.FORMERR],
    ['a pointer into the header', question(Buffer.of(0xc0, 0x00)), Rcode.FORMERR],
    ['a pointer after a label', question(Buffer.of(1, 97, 0xc0, 0x0c)), Rcode.FORMERR],
    ['a name that never ends', Buffer.of(3, 97, 98, 99), Rcode.FORMERR],
    ['a name that ends with the message', nameBytes('web'), Rcode.FORMERR],
    ['a type but no class', Buffer.concat([nameBytes('web'), Buffer.of(0, 1)]), Rcode.FORMERR],
    ['nothing behind the header', Buffer.alloc(0), Rcode.FORMERR],
    ['the root', question(Buffer.of(0)), Rcode.NOERROR],
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
  test.for<[string, Buffer, number]>([
    ['EDNS 0', packet({ opt: {} }), Rcode.NOERROR],
    ['EDNS 1', packet({ opt: { version: 1 } }), Rcode.BADVERS],
    ['EDNS 100', packet({ opt: { version: 100 } }), Rcode.BADVERS],
    ['EDNS 1 in class CH', packet({ opt: { version: 1 }, klass: 3 }), Rcode.BADVERS],
    ['an unknown option', packet({ opt: { data: ednsOption(100) } }), Rcode.NOERROR],
    ['an unknown flag', packet({ opt: { flags: 0x0080 } }), Rcode.NOERROR],
    ['two OPT records', packet({ opt: [{}, {}] }), Rcode.FORMERR],
    [
      'an OPT record that is not owned by the root',
      packet({ opt: { owner: nameBytes('a') } }),
      Rcode.FORMERR,
    ],
    ['an option cut short', packet({ opt: { data: Buffer.of(0, 3, 0, 5, 1) } }), Rcode.FORMERR],
    ['half an option header', packet({ opt: { data: Buffer.of(0, 3) } }), Rcode.FORMERR],
    ['an OPT record cut short', packet({ opt: {} }).subarray(0, -1), Rcode.FORMERR],
    ['ANCOUNT without a record', packet({ counts: [1, 1, 0, 0] }), Rcode.FORMERR],
    ['NSCOUNT without a record', packet({ counts: [1, 0, 1, 0] }), Rcode.FORMERR],
    ['ARCOUNT without a record', packet({ counts: [1, 0, 0, 1] }), Rcode.FORMERR],
    ['ARCOUNT 2 with one record', packet({ counts: [1, 0, 0, 2], opt: {} }), Rcode.FORMERR],
    [
      'an OPT record behind another record',
      packet({
        counts: [1, 0, 0, 2],
        trailing: Buffer.concat([
          record(root, 250, Buffer.alloc(4)),
          packet({ question: root, opt: {} }).subarray(13),
        ]),
      }),
      Rcode.NOERROR,
    ],
    [
      'an SOA record in the authority section, as IXFR has one',
      packet({ counts: [1, 0, 1, 0], trailing: record(nameBytes('a'), 6, Buffer.alloc(22)) }),
      Rcode.NOERROR,
    ],
    ['trailing bytes', packet({ opt: {}, trailing: Buffer.alloc(9, 7) }), Rcode.NOERROR],
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
        if (verdict !== IGNORE) expect(query.questionEnd).toBeLessThanOrEqual(length);
        const { key, questionEnd, optionsStart, optionsEnd, cookieAt } = query;
        const read = { key, questionEnd, optionsStart, optionsEnd, cookieAt };
        query.input = bytes.subarray(0, length);
        expect(readQuery(query)).toBe(verdict);
        const elsewhere = Object.assign(arrived(query.input, { offset: 7 }), {
          optionsStart,
          optionsEnd,
        });
        expect(readQuery(elsewhere)).toBe(verdict);
        if (verdict !== IGNORE) expect(elsewhere).toMatchObject(read);
      }),
      { numRuns: runs(5000) },
    );
  });
});
