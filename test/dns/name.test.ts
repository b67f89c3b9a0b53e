import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isAtOrBelow,
  keyFromText,
  keyOf,
  labelsOf,
  NameError,
  parentOf,
  textOf,
} from '../../src/dns/name.ts';

const label = fc
  .uint8Array({ minLength: 1, maxLength: 63 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));
const labels = fc.array(label, { maxLength: 3 });

describe('keyFromText()', () => {
  test.for([
    ['web.shop.svc', '\x03web\x04shop\x03svc'],
    ['web.shop.svc.', '\x03web\x04shop\x03svc'],
    ['WEB.Shop.svc', '\x03web\x04shop\x03svc'],
    ['.', ''],
    ['', ''],
    ['a\\.b.c', '\x03a.b\x01c'],
    ['a\\046b.c', '\x03a.b\x01c'],
    ['\\255\\000.c', '\x02\xff\x00\x01c'],
    ['a\\.', '\x02a.'],
    ['a\\\\.', '\x02a\\'],
    ['__proto__.constructor', '\x09__proto__\x0bconstructor'],
  ])('reads %j', ([text, key]) => {
    expect(keyFromText(text as string)).toBe(key);
  });

  test.for(['a..b', '.a', `${'x'.repeat(64)}.a`, 'a\\256', '\u212a.com', `${'x.'.repeat(128)}`])(
    'refuses %j',
    (text) => {
      expect(() => keyFromText(text)).toThrow(NameError);
    },
  );

  test('reads back what textOf() wrote, whatever the bytes', () => {
    fc.assert(
      fc.property(labels, (parts) => {
        const key = keyOf(parts);
        expect(keyFromText(textOf(key))).toBe(key);
        expect(textOf(key)).toMatch(/^[!-~]+$/);
      }),
    );
  });
});

describe('keyOf()', () => {
  test('keeps names apart that look alike as text', () => {
    expect(keyOf(['a.b', 'c'])).not.toBe(keyOf(['a', 'b', 'c']));
  });

  test('folds A to Z and no other byte', () => {
    fc.assert(
      fc.property(labels, (parts) => {
        for (const [at, part] of labelsOf(keyOf(parts)).entries()) {
          const before = Buffer.from(parts[at] as string, 'latin1');
          const after = Buffer.from(part, 'latin1');
          const folded = before.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte));
          expect(after).toEqual(Buffer.from(folded));
        }
      }),
    );
  });
});

describe('isAtOrBelow()', () => {
  test.for([
    ['web.cluster.local', 'cluster.local', true],
    ['cluster.local', 'cluster.local', true],
    ['xcluster.local', 'cluster.local', false],
    ['local', 'cluster.local', false],
    ['web.cluster.local', '.', true],
    // The bytes of the zone's name stand at the end, but inside one label.
    ['a\\007cluster\\005local', 'cluster.local', false],
  ] as const)('%s in %s: %s', ([name, zone, expected]) => {
    expect(isAtOrBelow(keyFromText(name), keyFromText(zone))).toBe(expected);
  });
});

test('parentOf() takes one label away until the root', () => {
  const key = keyFromText('a.b.c');
  expect(textOf(parentOf(key))).toBe('b.c.');
  expect(textOf(parentOf(parentOf(parentOf(parentOf(key)))))).toBe('.');
});
