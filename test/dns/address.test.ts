import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressBytes,
  addressText,
  canonicalAddress,
  reverseLabels,
  unmapped,
} from '../../src/dns/address.ts';

describe('canonicalAddress()', () => {
  test.for([
    ['10.96.0.1', '10.96.0.1'],
    ['010.96.0.1', undefined],
    ['10.1', undefined],
    ['::', '::'],
    ['::1', '::1'],
    ['FD00:0:0:0:0:0:0:5', 'fd00::5'],
    ['fd00::', 'fd00::'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
    ['::ffff:a00:1', '::ffff:10.0.0.1'],
    ['fe80::1%eth0', undefined],
    ['web', undefined],
    ['', undefined],
  ] as const)('%s is %s', ([text, canonical]) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });

  test('reads back what addressText() wrote', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc
        .array(fc.constantFrom(0, 0, 0, 1), { minLength: 16, maxLength: 16 })
        .map((a) => Uint8Array.from(a)),
    );
    fc.assert(
      fc.property(bytes, (address) => {
        const text = addressText(address);
        expect(isIP(text)).not.toBe(0);
        expect(addressBytes(text)).toEqual(address);
      }),
    );
  });
});

test('unmapped() finds the IPv4 address inside a mapped one', () => {
  expect([...unmapped(addressBytes('::ffff:1.2.3.4')!)]).toEqual([1, 2, 3, 4]);
  expect(unmapped(addressBytes('::1')!)).toHaveLength(16);
});

test.for([
  ['10.96.0.7', '7.0.96.10.in-addr.arpa'],
  ['fd00::5', '5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa'],
] as const)('reverseLabels() of %s', ([address, name]) => {
  expect(reverseLabels(addressBytes(address)!).join('.')).toBe(name);
});
