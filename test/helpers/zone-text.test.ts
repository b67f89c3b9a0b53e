import { expect, test } from 'vitest';
import {
  addressNibbles,
  canonicalAddress,
  canonicalName,
  nameLabels,
  reverseName,
  typeName,
} from './zone-text.ts';

test.for([
  ['Web.Shop.', 'web.shop.'],
  ['web.shop', 'web.shop.'],
  ['.', '.'],
  ['a\\.b.c.', 'a\\.b.c.'],
  ['\\097\\000.', 'a\\000.'],
  ['\\K\\205.', 'k\\205.'],
])('canonicalName() of %s is %s', ([text, expected]) => {
  expect(canonicalName(text as string)).toBe(expected);
});

test('nameLabels() tells a dot in a label from one between labels', () => {
  expect(nameLabels('a\\.b.c.')).toEqual([Buffer.from('a.b'), Buffer.from('c')]);
});

test.for(['a..b.', '.a.'])('nameLabels() turns %s down', (name) => {
  expect(() => nameLabels(name)).toThrow('empty label');
});

test.for([
  ['FD00:0:0::01', 'fd00::1'],
  ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
  ['10.0.0.1', '10.0.0.1'],
])('canonicalAddress() of %s is %s', ([text, expected]) => {
  expect(canonicalAddress(text as string)).toBe(expected);
});

test('addressNibbles() writes all 32 digits', () => {
  expect(addressNibbles('fd00:96::1')).toBe('fd000096000000000000000000000001');
  expect(addressNibbles('::')).toBe('0'.repeat(32));
});

test('reverseName() follows RFC 1035 and RFC 3596', () => {
  expect(reverseName('10.96.0.7')).toBe('7.0.96.10.in-addr.arpa.');
  expect(reverseName('::1')).toBe(`1.${'0.'.repeat(31)}ip6.arpa.`);
});

test.for([
  [1, 'A'],
  ['TYPE65', 'HTTPS'],
  ['UNKNOWN_666', 'TYPE666'],
  ['aaaa', 'AAAA'],
])('typeName() of %s is %s', ([type, expected]) => {
  expect(typeName(type as string)).toBe(expected);
});
