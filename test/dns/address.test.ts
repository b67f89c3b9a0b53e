import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressBytes,
  addressText,
  canonicalAddress,
  clearHostBits,
  isPrivateAddress,
  plainAddress,
  reverseLabels,
  unmapped,
} from '../../src/dns/address.ts';
import { runs } from '../helpers/runs.ts';

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

const isPrivate = (text: string) => {
  const bytes = addressBytes(text)!;
  return isPrivateAddress(bytes, bytes.length);
};

describe('isPrivateAddress()', () => {
  test.for(
    (
      '127.0.0.1 127.255.255.255 10.0.0.0 10.255.255.255 172.16.0.0 172.31.255.255 192.168.0.1 ' +
      '169.254.1.1 100.64.0.0 100.127.255.255 ::1 fc00::1 fdff::1 fe80::1 febf::1'
    ).split(' '),
  )('%s is', (address) => expect(isPrivate(address)).toBe(true));

  test.for(
    (
      '126.0.0.1 128.0.0.1 9.255.255.255 11.0.0.0 172.15.255.255 172.32.0.0 ' +
      '192.167.0.1 192.169.0.1 ' +
      '192.0.2.1 169.253.1.1 100.63.255.255 100.128.0.0 0.0.0.0 224.0.0.1 ' +
      ':: ::2 1::1 fbff::1 fe00::1 fe7f::1 fec0::1 2001:db8::1'
    ).split(' '),
  )('%s is not', (address) => expect(isPrivate(address)).toBe(false));
});

test.for([
  ['10.0.0.1', '10.0.0.1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['FD00::0', 'fd00::'],
  ['fe80::1%eth0', 'fe80::1%eth0'],
  ['', ''],
] as const)('plainAddress() of %s is %s', ([text, plain]) => {
  expect(plainAddress(text)).toBe(plain);
});

test.for([
  ['255.255.255.255', 0, '0.0.0.0'],
  ['255.255.255.255', 12, '255.240.0.0'],
  ['255.255.255.255', 32, '255.255.255.255'],
  ['ffff:ffff::ffff', 20, 'ffff:f000::'],
] as const)('clearHostBits() of %s after %i', ([text, bits, network]) => {
  const bytes = addressBytes(text)!;
  clearHostBits(bytes, bytes.length, bits);
  expect(addressText(bytes)).toBe(network);
});

test('addressBytes() takes what Node takes for an address, without an interface', () => {
  const text = fc.string({ unit: fc.constantFrom(...'0123456789abcdefF:.:.'), maxLength: 20 });
  const changed = fc
    .tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(), fc.constantFrom('', ':', '::', '.', '0', 'f'))
    .map(([address, at, by]) => {
      const place = at % (address.length + 1);
      return address.slice(0, place) + by + address.slice(place + 1);
    });
  fc.assert(
    fc.property(fc.oneof(text, changed, fc.ipV6()), (any) => {
      expect(addressBytes(any)?.length).toBe({ 0: undefined, 4: 4, 6: 16 }[isIP(any)]);
    }),
    { numRuns: runs(3_000) },
  );
});
