import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressBytes, ipFamily } from '../../src/dns/address.ts';
import { canonicalIp, ipFault, isCidr, mappedIpv4, specialIpFault } from '../../src/kube/ip.ts';

test.each([
  ['10.9.8.7', '10.9.8.7'],
  ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['::0001', '::1'],
  ['fd00:0010:96::', 'fd00:10:96::'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ['010.9.8.7', undefined],
  ['10.9.8', undefined],
  ['10.9.8.256', undefined],
  ['::ffff:10.9.8.7', undefined],
  ['fe80::1%eth0', undefined],
  ['', undefined],
  ['1'.repeat(1000), undefined],
])('canonicalIp writes %s as %s', (text, expected) => {
  expect(canonicalIp(text)).toBe(expected);
});

test.each([
  ['::ffff:10.9.8.7', '10.9.8.7'],
  ['::FFFF:a09:807', '10.9.8.7'],
  ['::10.9.8.7', undefined],
  ['64:ff9b::10.9.8.7', undefined],
  ['::ffff:10.9.8.7%eth0', undefined],
  ['10.9.8.7', undefined],
])('mappedIpv4 finds in %s: %s', (text, expected) => {
  expect(mappedIpv4(text)).toBe(expected);
});

test.each([
  ['10.9.8.7', undefined],
  ['010.9.8.7', 'must not have leading 0s'],
  ['10.9.08.7', 'must not have leading 0s'],
  ['::ffff:a09:807', 'must not be an IPv4-mapped IPv6 address'],
  ['10.9.8', 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
  ['fe80::1%eth0', 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
])('ipFault says of %s: %s', (text, fault) => {
  expect(ipFault(text)).toBe(fault);
});

test.each([
  ['0.0.0.0', 'may not be unspecified (0.0.0.0)'],
  ['::', 'may not be unspecified (::)'],
  ['127.3.2.1', 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  ['::1', 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  ['169.254.1.1', 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  ['febf::1', 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  ['224.0.0.9', 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
  ['ff02::1', 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
  ['12.7.0.1', undefined],
  ['fec0::1', undefined],
])('specialIpFault says of %s: %s', (ip, fault) => {
  expect(specialIpFault(ip)).toBe(fault);
});

test('canonicalIp is its own fixed point, and keeps the address, for every IPv6 address', () => {
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      fc.pre(!(groups[5] === 0xffff && groups.slice(0, 5).every((value) => value === 0)));
      const canonical = canonicalIp(groups.map((value) => value.toString(16)).join(':')) ?? '';
      expect(isIPv6(canonical)).toBe(true);
      const bytes = groups.flatMap((value) => [value >> 8, value & 0xff]);
      expect([...addressBytes(canonical)!]).toEqual(bytes);
      expect(canonicalIp(canonical)).toBe(canonical);
      expect(ipFamily(canonical)).toBe('IPv6');
    }),
  );
});

test('ipFault and canonicalIp agree on every text', () => {
  const text = fc.oneof(fc.string(), fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(text, (any) => {
      expect(ipFault(any) === undefined).toBe(canonicalIp(any) !== undefined);
    }),
  );
});

test.each([
  '10.9.8.0/24',
  '10.9.8.7/24',
  '010.9.8.0/8',
  '0.0.0.0/0',
  '::/0',
  '2001:db8::/64',
  'fd00::1/128',
])('isCidr takes %s', (text) => {
  expect(isCidr(text)).toBe(true);
});

test.each([
  '',
  '/',
  '10.9.8.0',
  '10.9.8.0/',
  '10.9.8.0/33',
  '10.9.8.0/-1',
  '10.9.8/24',
  '::/129',
  'fe80::%1/64',
  '10.0.0.0/8/8',
  'x/8',
])('isCidr refuses %j', (text) => {
  expect(isCidr(text)).toBe(false);
});
