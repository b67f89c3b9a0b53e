import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addressNumber,
  addressRange,
  numberedAddress,
  rangeSize,
} from '../../src/kube/address-range.ts';

test.each([
  ['192.168.10.0/24', '192.168.10.0 192.168.10.255 256'],
  ['192.168.10.77/24', '192.168.10.0 192.168.10.255 256'],
  ['192.168.64.4/32', '192.168.64.4 192.168.64.4 1'],
  ['0.0.0.0/0', '0.0.0.0 255.255.255.255 4294967296'],
  ['10.0.0.250-10.0.1.5', '10.0.0.250 10.0.1.5 12'],
  [' 10.0.0.1 - 10.0.0.1 ', '10.0.0.1 10.0.0.1 1'],
  ['2001:DB8::/126', '2001:db8:: 2001:db8::3 4'],
  ['fd00::ffff-fd00::1:2', 'fd00::ffff fd00::1:2 4'],
  ['::/0', `:: ${'ffff:'.repeat(7)}ffff ${2n ** 128n}`],
])('addressRange reads %s', (text, expected) => {
  const range = addressRange(text);
  if ('fault' in range) throw new Error(range.fault);
  expect(`${range.first} ${range.last} ${rangeSize(range)}`).toBe(expected);
});

test.each([
  ['', 'invalid CIDR ""'],
  ['10.0.0.0', 'invalid CIDR "10.0.0.0"'],
  ['10.0.0.0/', 'invalid CIDR "10.0.0.0/"'],
  ['10.0.0.0/x', 'invalid CIDR "10.0.0.0/x"'],
  ['10.0.0.0/8/8', 'invalid CIDR "10.0.0.0/8/8"'],
  ['010.0.0.0/8', 'invalid CIDR "010.0.0.0/8"'],
  ['10.0.0.0/33', 'at most /32'],
  ['fd00::/129', 'at most /128'],
  ['10.0.0.2-10.0.0.1', 'start IP is after end IP'],
  ['10.0.0.2-fd00::', 'invalid IP range "10.0.0.2-fd00::"'],
  ['10.0.0.2-', 'invalid IP range "10.0.0.2-"'],
  ['10.0.0.1-10.0.0.2-10.0.0.3', 'invalid IP range'],
])('addressRange refuses %j', (text, fault) => {
  expect(addressRange(text)).toEqual({ fault: expect.stringContaining(fault) });
});

test('numberedAddress is the way back from addressNumber', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), (number) => {
      // IPv4-mapped addresses are not addresses here.
      fc.pre(number >> 32n !== 0xffffn);
      expect(addressNumber(numberedAddress(number, 128))).toBe(number);
      const small = number & 0xffff_ffffn;
      expect(addressNumber(numberedAddress(small, 32))).toBe(small);
    }),
  );
});

test('addressRange answers any text with a range or one short line', () => {
  const part = fc.constantFrom('10.0.0.1', 'fd00::1', '/', '-', '8', ' ', '\n', 'x', '.', '::');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const range = addressRange(parts.join(''));
      if ('fault' in range) {
        expect(range.fault).toMatch(/^invalid [^\n]{1,250}$/);
        return;
      }
      expect(rangeSize(range)).toBeGreaterThan(0n);
    }),
  );
});
