import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reverseZones } from '../../src/corefile/reverse-zones.ts';

describe('reverseZones', () => {
  const rows: [cidr: string, zones: string | undefined][] = [
    ['10.0.0.0/8', '10.in-addr.arpa'],
    ['10.9.0.0/16', '9.10.in-addr.arpa'],
    ['192.168.17.0/24', '17.168.192.in-addr.arpa'],
    ['192.168.17.5/32', '5.17.168.192.in-addr.arpa'],
    ['10.0.0.0/15', '0.10.in-addr.arpa 1.10.in-addr.arpa'],
    [
      '10.9.3.0/22',
      '0.9.10.in-addr.arpa 1.9.10.in-addr.arpa 2.9.10.in-addr.arpa 3.9.10.in-addr.arpa',
    ],
    ['0.0.0.0/0', 'in-addr.arpa'],
    ['::/0', 'ip6.arpa'],
    ['2001:db8::/32', '8.b.d.0.1.0.0.2.ip6.arpa'],
    [
      '2001:DB8::1/30',
      '8.b.d.0.1.0.0.2.ip6.arpa 9.b.d.0.1.0.0.2.ip6.arpa a.b.d.0.1.0.0.2.ip6.arpa b.b.d.0.1.0.0.2.ip6.arpa',
    ],
    ['fd00::/8', 'd.f.ip6.arpa'],
    ['10.0.0.0/33', undefined],
    ['10.0.0.0/08', undefined],
    ['10.0.0.0/-1', undefined],
    ['10.0.0.0', undefined],
    ['10.0.0/8', undefined],
    ['10.0.0.0/8/8', undefined],
    ['fe80::1%eth0/64', undefined],
    ['example.org/8', undefined],
  ];
  test.for(rows)('%s', ([cidr, zones]) => {
    expect(reverseZones(cidr)?.join(' ')).toBe(zones);
  });

  test('10.0.0.0/27 is 32 names, 128.0.0.0/1 is 128 zones', () => {
    expect(reverseZones('10.0.0.0/27')?.length).toBe(32);
    expect(reverseZones('128.0.0.0/1')?.at(-1)).toBe('255.in-addr.arpa');
    expect(reverseZones('128.0.0.0/1')?.length).toBe(128);
  });

  test('an address is in exactly one of the zones of its network', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, mask) => {
        const name = `.${address.split('.').reverse().join('.')}.in-addr.arpa`;
        const zones = reverseZones(`${address}/${mask}`) ?? [];
        expect(zones.filter((zone) => name.endsWith(`.${zone}`)).length).toBe(1);
      }),
    );
  });
});
