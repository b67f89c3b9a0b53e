import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { textOf } from '../../src/dns/name.ts';
import { parseRecordText } from '../../src/dns/rr-text.ts';
import { recordText } from '../../src/dns/text.ts';
import { MessageWriter } from '../../src/dns/writer.ts';
import { runs } from '../helpers/runs.ts';

/** The record written back as text, or the fault. */
function read(text: string): string {
  const { record, ...rest } = parseRecordText(text);
  return record === undefined ? `fault: ${(rest as { fault: string }).fault}` : recordText(record);
}

/** The data as it is sent, in hexadecimal. */
function dataHex(text: string): string {
  const { record } = parseRecordText(text);
  if (record === undefined) return 'no record';
  const buffer = Buffer.alloc(70_000);
  const writer = new MessageWriter(buffer, 0);
  writer.record(record);
  return buffer.toString('hex', record.owner.length + 11, writer.offset);
}

describe('parseRecordText() reads', () => {
  const cases: [text: string, expected: string][] = [
    ['web.example. 60 IN A 10.0.0.7', 'web.example. 60 IN A 10.0.0.7'],
    ['web.example. A 10.0.0.7', 'web.example. 3600 IN A 10.0.0.7'],
    ['web.example IN 5 a 10.0.0.7', 'web.example. 5 IN A 10.0.0.7'],
    ['Web.Example. 1h30m A 10.0.0.7', 'Web.Example. 5400 IN A 10.0.0.7'],
    ['@ 0 IN NS ns.example.', '. 0 IN NS ns.example.'],
    ['  a. ( 5 IN ; why\n A ) 10.0.0.7 ; done\n', 'a. 5 IN A 10.0.0.7'],
    ['a. 5 AAAA fd00:0::1', 'a. 5 IN AAAA fd00::1'],
    ['a. 5 CNAME B.Example.', 'a. 5 IN CNAME B.Example.'],
    ['7.0.0.10.in-addr.arpa. 5 PTR web.', '7.0.0.10.in-addr.arpa. 5 IN PTR web.'],
    ['a. 5 DNAME b.', 'a. 5 IN DNAME b.'],
    ['a. 5 MX 10 mail.', 'a. 5 IN MX 10 mail.'],
    ['_http._tcp.a. 5 SRV 0 100 8080 b.', '_http._tcp.a. 5 IN SRV 0 100 8080 b.'],
    [
      'a. 5 SOA ns. host\\.master.a. 7 2h 30m 1d 5',
      'a. 5 IN SOA ns. host\\.master.a. 7 7200 1800 86400 5',
    ],
    ['a. 5 TXT one "two three" "q\\"\\\\\\007"', 'a. 5 IN TXT "one" "two three" "q\\"\\\\\\007"'],
    ['a. 5 TXT ""', 'a. 5 IN TXT ""'],
    ['a. 5 TXT "a;b(c)"', 'a. 5 IN TXT "a;b(c)"'],
    ['a. 5 TXT é', 'a. 5 IN TXT "\\195\\169"'],
    [`a. 5 TXT ${'x'.repeat(300)}`, `a. 5 IN TXT "${'x'.repeat(255)}" "${'x'.repeat(45)}"`],
    [`a. 5 TXT ${'x'.repeat(255)}`, `a. 5 IN TXT "${'x'.repeat(255)}"`],
    [`a. 5 TXT ${'x'.repeat(510)}`, `a. 5 IN TXT "${'x'.repeat(255)}" "${'x'.repeat(255)}"`],
    ['a\\.b.c\\032d. 5 A 10.0.0.7', 'a\\.b.c\\032d. 5 IN A 10.0.0.7'],
    ['a. 5 A \\# 4 0a000007', 'a. 5 IN A 10.0.0.7'],
    ['a. 5 TYPE65280 \\# 3 01 02 03', 'a. 5 IN TYPE65280 \\# 3 010203'],
    ['a. 5 TYPE65280 \\# 0', 'a. 5 IN TYPE65280 \\# 0 '],
  ];
  test.each(cases)('%s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });
});

describe('parseRecordText() writes the data of', () => {
  const FOO = '03666f6f076578616d706c6503636f6d00';
  const cases: [data: string, hex: string][] = [
    ['DNAME b.', '016200'],
    [
      'HINFO "ANY obsoleted" "See RFC 8482"',
      '0d414e59206f62736f6c657465640c536565205246432038343832',
    ],
    [
      'NAPTR 100 10 "u" "sip+E2U" "!^.*$!sip:a@b!" .',
      '0064000a0175077369702b4532550e215e2e2a24217369703a6140622100',
    ],
    ['CAA 0 issue "ca.example"', '0005697373756563612e6578616d706c65'],
    ['URI 10 1 "https://a/"', '000a000168747470733a2f2f612f'],
    ['DS 60485 5 1 2BB183AF 5F22', 'ec4505012bb183af5f22'],
    ['SSHFP 4 2 00ff', '040200ff'],
    ['TLSA 3 1 1 abcd', '030101abcd'],
    // RFC 9460, appendix D.
    ['HTTPS 0 foo.example.com.', `0000${FOO}`],
    ['SVCB 1 .', '000100'],
    ['SVCB 16 foo.example.com. port=53', `0010${FOO}000300020035`],
    ['SVCB 1 foo.example.com. key667=hello', `0001${FOO}029b000568656c6c6f`],
    ['SVCB 1 foo.example.com. key667="hello\\210qoo"', `0001${FOO}029b000968656c6c6fd2716f6f`],
    [
      'SVCB 1 foo.example.com. ipv6hint="2001:db8::1,2001:db8::53:1"',
      `0001${FOO}0006002020010db800000000000000000000000120010db8000000000000000000530001`,
    ],
    [
      'SVCB 16 foo.example.com. alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1',
      `0010${FOO}0000000400010004000100090268320568332d313900040004c0000201`,
    ],
    ['HTTPS 1 . alpn="h3" no-default-alpn ech=AAEC', '000100000100030268330002000000050003000102'],
  ];
  test.each(cases)('%s', (data, hex) => {
    expect(dataHex(`a. 5 IN ${data}`)).toBe(hex);
  });
});

describe('parseRecordText() says what is wrong with', () => {
  const cases: [text: string, fault: string][] = [
    ['', 'expected a record, found nothing'],
    ['a.', 'expected a type, as A or TYPE65, found the end'],
    ['a. 5 IN', 'expected a type, as A or TYPE65, found the end'],
    ['a. 5 IN BOGUS x', "expected a type, as A or TYPE65, found 'BOGUS'"],
    ['a. NONE TXT x', "expected a type, as A or TYPE65, found 'NONE'"],
    ['a. 2147483648 A 10.0.0.7', 'expected a TTL of at most 2147483647, found 2147483648'],
    ['a. A', 'expected the data of a record of type A, found the end'],
    ['a. A fd00::1', "expected an IPv4 address, found 'fd00::1'"],
    ['a. AAAA 10.0.0.7', "expected an IPv6 address, found '10.0.0.7'"],
    ['a. A 10.0.0.7 10.0.0.8', "unexpected '10.0.0.8' after the data"],
    ['a. A 10.0.0.7\nb. A 10.0.0.8', "expected one record, found 'b. A 10.0.0.8' after it"],
    ['a..b. A 10.0.0.7', 'Cannot use an empty label in a name'],
    [`${'a'.repeat(64)}. A 10.0.0.7`, 'Cannot use a label of 64 bytes: expected at most 63'],
    ['a. SRV 0 0 70000 b.', "expected a port, 0 to 65535, found '70000'"],
    ['a. SRV 0 0 80', 'expected a name, found the end'],
    ['a. TXT "open', "missing the second '\"' of a string"],
    ['a. TXT \\300', "cannot read the escape '\\300': expected \\DDD up to 255, or \\X"],
    ['a. ( A 10.0.0.7', "missing ')'"],
    ['a. ) A 10.0.0.7', "unexpected ')'"],
    ['a. ANY x', 'there are no records of type ANY'],
    ['a. OPT x', 'there are no records of type OPT'],
    ['a. TYPE65280 x', 'data of type TYPE65280 can only be written as \\# LENGTH HEX (RFC 3597)'],
    ['a. TYPE65280 \\# 2 01', 'expected 2 bytes after \\#, found 1'],
    ['a. TYPE65280 \\# 1 0', "expected the data in hexadecimal, found '0'"],
    ['a. A \\# 3 010203', 'An address has a wrong length'],
    ['a. HTTPS 1 . bogus=1', "unknown parameter 'bogus': expected mandatory, alpn,"],
    ['a. HTTPS 1 . port=1 port=2', "parameter 'port' twice"],
    ['a. HTTPS 1 . port=x', "expected a port, 0 to 65535, found 'x'"],
    ['a. HTTPS 1 . mandatory=mandatory', 'expected other keys, each once'],
    ['a. TXT ' + 'x'.repeat(70_000), 'text of 70007 characters: expected at most 65536'],
  ];
  test.each(cases)('%s', (text, fault) => {
    expect(read(text)).toContain(`fault: ${fault}`);
  });
});

test('parseRecordText() reads back what recordText() writes', () => {
  const label = fc.string({
    unit: fc.nat(255).map((code) => String.fromCharCode(code)),
    minLength: 1,
    maxLength: 12,
  });
  const name = fc
    .array(label, { maxLength: 4 })
    .map((labels) => labels.map((text) => String.fromCharCode(text.length) + text).join(''));
  const strings = fc.array(
    fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)), maxLength: 255 }),
    {
      minLength: 1,
      maxLength: 3,
    },
  );
  fc.assert(
    fc.property(name, fc.nat(0x7fff_ffff), name, strings, (owner, ttl, target, texts) => {
      const address = Uint8Array.of(10, 0, 0, 7);
      const records = [
        { owner, type: 16, ttl, data: { kind: 'strings', strings: texts } },
        {
          owner,
          type: 33,
          ttl,
          data: { kind: 'service', priority: 1, weight: 2, port: 3, target },
        },
        { owner, type: 5, ttl, data: { kind: 'name', name: target } },
        { owner, type: 1, ttl, data: { kind: 'address', address } },
      ] as const;
      for (const record of records) {
        expect(parseRecordText(recordText(record))).toEqual({ record });
      }
    }),
  );
});

test('parseRecordText() takes any text and does not throw', () => {
  const odd = fc.array(
    fc.constantFrom(
      ...'a. 5 IN A TXT SRV SOA HTTPS \\# ( ) ; " \\ 1 x= alpn= 10.0.0.7 \n é \\300 MX'.split(' '),
      ' ',
    ),
    { maxLength: 14 },
  );
  fc.assert(
    fc.property(odd, (words) => {
      const { record } = parseRecordText(words.join(' '));
      expect(record === undefined || textOf(record.owner as never).endsWith('.')).toBe(true);
    }),
    { numRuns: runs(2000) },
  );
});

test('parseRecordText() keeps a class other than IN', () => {
  const record = {
    owner: '\x01a',
    type: 16,
    class: 3,
    ttl: 0,
    data: { kind: 'strings', strings: ['x'] },
  };
  expect(parseRecordText('a. 0 CH TXT x')).toEqual({ record });
  expect(parseRecordText('a. CLASS3 0 TXT x')).toEqual({ record });
});
