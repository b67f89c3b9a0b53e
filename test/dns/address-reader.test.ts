import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressBytes, addressText, unmapped } from '../../src/dns/address.ts';
import { readAddress } from '../../src/dns/address-reader.ts';

function read(text: string): string | undefined {
  const bytes = new Uint8Array(16).fill(0xaa);
  const length = readAddress(text, bytes);
  return length === 0 ? undefined : Buffer.from(bytes.subarray(0, length)).toString('hex');
}

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex');

describe('readAddress()', () => {
  test.for([
    ['192.0.2.7', 'c0000207'],
    ['255.255.255.255', 'ffffffff'],
    ['0.0.0.0', '00000000'],
    ['::', '0'.repeat(32)],
    ['::1', `${'0'.repeat(31)}1`],
    ['2001:db8::', `20010db8${'0'.repeat(24)}`],
    ['2001:DB8::9', `20010db8${'0'.repeat(23)}9`],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['fe80::1%eth0', `fe80${'0'.repeat(27)}1`],
    ['64:ff9b::192.0.2.1', '0064ff9b0000000000000000c0000201'],
    ['::ffff:192.0.2.7', 'c0000207'],
    ['::ffff:c000:207', 'c0000207'],
    ['', undefined],
    ['web', undefined],
    ['1.2.3', undefined],
    ['1.2.3.4.5', undefined],
    ['1.2.3.256', undefined],
    ['1.2.03.4', undefined],
    ['1..2.3', undefined],
    ['1.2.3.', undefined],
    [':', undefined],
    [':::', undefined],
    ['1:', undefined],
    ['1::2::3', undefined],
    ['1:2:3:4:5:6:7', undefined],
    ['1:2:3:4:5:6:7:8:9', undefined],
    ['1:2:3:4:5:6:7:8::', undefined],
    ['12345::', undefined],
    ['g::', undefined],
    ['::1.2.3', undefined],
  ] as const)('%s is %s', ([text, bytes]) => {
    expect(read(text)).toBe(bytes);
  });

  test('reads every address as addressBytes() does', () => {
    const some = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }).map(addressText),
      fc.uint8Array({ minLength: 16, maxLength: 16 }).map(addressText),
      fc
        .array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 })
        .map((bytes) => addressText(Uint8Array.from(bytes))),
      fc.ipV6(),
    );
    fc.assert(
      fc.property(some, (text) => {
        const bytes = addressBytes(text);
        expect(read(text)).toBe(hex(bytes && unmapped(bytes)));
      }),
    );
  });

  test('never throws, whatever the text', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123456789abcdefg:.%'), maxLength: 45 });
    fc.assert(
      fc.property(text, (any) => {
        const bytes = addressBytes(any);
        if (bytes !== undefined) expect(read(any)).toBe(hex(unmapped(bytes)));
        else expect([0, 4, 16]).toContain(readAddress(any, new Uint8Array(16)));
      }),
    );
  });
});
