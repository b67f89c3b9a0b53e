import { expect, test } from 'vitest';
import { AddressAllocator } from '../../../src/controllers/addresses/address-allocator.ts';
import type { Allocation } from '../../../src/controllers/addresses/address-ledger.ts';
import { addressNumber } from '../../../src/kube/address-range.ts';
import { rounds, TRIES_ALL } from '../../helpers/runs.ts';

/** Of one range. */
const allocatorOf = (cidr: string, remembered: Iterable<Allocation> = []) => {
  const isIPv6 = cidr.includes(':');
  const ranges = { ipv4: isIPv6 ? undefined : cidr, ipv6: isIPv6 ? cidr : undefined };
  return new AddressAllocator(ranges, remembered);
};

/** The last numbers of IPv4 addresses; NaN for none. */
const hosts = (addresses: readonly (string | undefined)[]) =>
  addresses.map((address) => Number(address?.split('.')[3]));

const byNumber = (a: string, b: string) => Number(addressNumber(a) - addressNumber(b));

const fill = (allocator: AddressAllocator, count: number) =>
  Array.from({ length: count }, (_, at) => allocator.claim(`shop/web-${at}`)[0]);

const numbers = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

// What the API server of Kubernetes 1.34 gives out first, and what only when nothing else is left.
test.each([
  ['10.0.0.0/30', [], numbers(1, 2)],
  ['10.0.0.0/28', [], numbers(1, 14)],
  ['10.0.0.0/27', numbers(1, 16), numbers(17, 30)],
  ['10.0.0.0/24', numbers(1, 16), numbers(17, 254)],
])(
  'AddressAllocator leaves the static band of %s alone until the rest is full',
  (cidr, band, rest) => {
    const allocator = allocatorOf(cidr);
    expect(hosts(fill(allocator, rest.length)).sort((a, b) => a - b)).toEqual(rest);
    const more = Array.from(
      { length: band.length },
      (_, at) => allocator.claim(`infra/mq-${at}`)[0],
    );
    expect(hosts(more).sort((a, b) => a - b)).toEqual(band);
    expect(allocator.claim('one/more')[0]).toBeUndefined();
  },
);

test.each([
  ['10.0.0.0/22', 64, '10.0.0.64'],
  ['10.0.0.0/20', 256, '10.0.1.0'],
  ['10.0.0.0/18', 256, '10.0.1.0'],
  ['fd00::/118', 64, 'fd00::40'],
])('AddressAllocator has in %s a static band of %i addresses', (cidr, size, last) => {
  const allocator = allocatorOf(cidr);
  const given = fill(allocator, 2 ** 14).filter((address) => address !== undefined);
  // The band is what comes at the very end, and its last address is among it.
  expect(given.slice(-size)).toContain(last);
  expect(given.slice(0, -size)).not.toContain(last);
  expect(given.slice(-size).sort(byNumber).at(-1)).toBe(last);
});

test('AddressAllocator gives neither the address of the network nor that of an IPv4 broadcast', () => {
  const ipv4 = allocatorOf('10.0.0.0/29');
  expect(['10.0.0.0', '10.0.0.1', '10.0.0.6', '10.0.0.7'].map((ip) => ipv4.has(ip))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  const ipv6 = allocatorOf('fd00::/125');
  expect(['fd00::', 'fd00::1', 'fd00::7', 'fd00::8'].map((ip) => ipv6.has(ip))).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

test('AddressAllocator.name() of an address that nobody can have leaves as many addresses as there were', () => {
  const allocator = allocatorOf('10.0.0.0/29');
  allocator.name('10.0.0.0');
  allocator.name('10.0.0.7');
  expect(fill(allocator, 7).filter((ip) => ip !== undefined)).toHaveLength(6);
});

test('AddressAllocator gives an address of somebody gone rather than none, the longest gone first', () => {
  const allocator = allocatorOf('10.0.0.0/29');
  const given = fill(allocator, 6);
  allocator.release('shop/web-4');
  allocator.release('shop/web-1');
  expect(allocator.claim('shop/web-1')[0]).toBe(given[1]);
  allocator.release('shop/web-1');
  expect(allocator.claim('shop/new')[0]).toBe(given[4]);
  expect(allocator.claim('shop/newer')[0]).toBe(given[1]);
  expect(allocator.claim('shop/newest')[0]).toBeUndefined();
});

test('AddressAllocator takes an address of somebody gone before one of the static band', () => {
  const allocator = allocatorOf('10.0.0.0/27');
  const given = fill(allocator, 14);
  allocator.release('shop/web-3');
  expect(allocator.claim('shop/new')[0]).toBe(given[3]);
});

test('AddressAllocator gives back the address that another manifest named meanwhile', () => {
  const allocator = allocatorOf('10.0.0.0/30');
  const given = fill(allocator, 2);
  expect(allocator.name(String(given[0]))).toBe('shop/web-0');
  expect(allocator.name(String(given[0]))).toBeUndefined();
  expect(allocator.claim('shop/web-0')[0]).toBeUndefined();
  allocator.unname(String(given[0]));
  expect(allocator.keeps('shop/web-0')).toBe(false);
  allocator.unname(String(given[0]));
  expect(allocator.keeps('shop/web-0')).toBe(true);
  expect(allocator.claim('shop/web-0')[0]).toBe(given[0]);
});

test('AddressAllocator finds the one address of many that is no longer named', () => {
  const allocator = allocatorOf('10.0.0.0/24');
  for (const host of numbers(1, 254)) allocator.name(`10.0.0.${host}`);
  expect(allocator.claim('shop/web')[0]).toBeUndefined();
  for (const host of [17, 100, 254, 16, 1]) {
    allocator.unname(`10.0.0.${host}`);
    expect(allocator.claim(`shop/web-${host}`)[0]).toBe(`10.0.0.${host}`);
  }
});

test('AddressAllocator finds an address that was skipped as used before', () => {
  const allocator = allocatorOf('10.0.0.0/24');
  for (const host of numbers(17, 253)) allocator.name(`10.0.0.${host}`);
  expect(allocator.claim('shop/web')[0]).toBe('10.0.0.254');
  allocator.unname('10.0.0.30');
  expect(allocator.claim('shop/db')[0]).toBe('10.0.0.30');
});

test('AddressAllocator gives everybody the address of the run before, in whatever order they come', () => {
  const before = allocatorOf('10.0.0.0/26');
  const given = fill(before, 60);
  const after = allocatorOf('10.0.0.0/26', before.allocations());
  const order = given.map((_, at) => at).reverse();
  expect(order.map((at) => after.claim(`shop/web-${at}`)[0])).toEqual(order.map((at) => given[at]));
});

test('AddressAllocator remembers nothing that cannot be had: other ranges, doubles, the reserved', () => {
  const remembered: Allocation[] = [
    { owner: 'shop/web', address: '10.0.0.9' },
    { owner: 'shop/db', address: '10.0.0.9' },
    { owner: 'shop/mq', address: '10.0.0.1' },
    { owner: 'shop/old', address: '192.168.0.4' },
    { owner: 'shop/six', address: 'fd00::9' },
    { owner: 'shop/none', address: '10.0.0.0' },
  ];
  const ranges = { ipv4: '10.0.0.0/28', ipv6: undefined };
  const allocator = new AddressAllocator(ranges, remembered, new Map([['default/kubernetes', 1]]));
  expect([...allocator.allocations()]).toEqual([{ owner: 'shop/web', address: '10.0.0.9' }]);
});

test('AddressAllocator remembers all owners of a run before while they are not back yet', () => {
  const count = 12_000;
  const before = allocatorOf('10.0.0.0/16');
  const given = fill(before, count);
  const after = allocatorOf('10.0.0.0/16', before.allocations());
  expect(fill(after, count)).toEqual(given);
});

test('AddressAllocator.allocations has no more of those that are gone than 10,000, the last ones', () => {
  const allocator = allocatorOf('10.0.0.0/16');
  const given = fill(allocator, 10_003);
  for (const at of given.keys()) allocator.release(`shop/web-${at}`);
  const owners = [...allocator.allocations()].map(({ owner }) => owner);
  expect(owners).toHaveLength(10_000);
  expect(owners[0]).toBe('shop/web-3');
});

test('AddressAllocator finds out at once that a large range is full, however many ask', () => {
  const allocator = allocatorOf(TRIES_ALL ? '10.0.0.0/16' : '10.0.0.0/18');
  fill(allocator, TRIES_ALL ? 65_534 : 16_382);
  let searched = 0;
  for (let at = 0; at < rounds(10_000, 100_000); at++)
    searched += allocator.claim(`late/web-${at}`)[0] ? 1 : 0;
  expect(searched).toBe(0);
});
