import { expect, test } from 'vitest';
import type { Allocation } from '../../../src/controllers/addresses/address-ledger.ts';
import { AddressPool } from '../../../src/controllers/addresses/address-search.ts';
import { addressNumber } from '../../../src/kube/address-range.ts';

/** The last numbers of IPv4 addresses; NaN for none. */
const hosts = (addresses: readonly (string | undefined)[]) =>
  addresses.map((address) => Number(address?.split('.')[3]));

const byNumber = (a: string, b: string) => Number(addressNumber(a) - addressNumber(b));

const fill = (allocator: AddressPool, count: number) =>
  Array.from({ length: count }, (_, at) => allocator.allocate(`shop/web-${at}`));

const numbers = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

// What the API server of Kubernetes 1.34 gives out first, and what only when nothing else is left.
test.each([
  ['10.0.0.0/30', [], numbers(1, 2)],
  ['10.0.0.0/28', [], numbers(1, 14)],
  ['10.0.0.0/27', numbers(1, 16), numbers(17, 30)],
  ['10.0.0.0/24', numbers(1, 16), numbers(17, 254)],
])('AddressPool leaves the static band of %s alone until the rest is full', (cidr, band, rest) => {
  const allocator = new AddressPool(cidr);
  expect(hosts(fill(allocator, rest.length)).sort((a, b) => a - b)).toEqual(rest);
  const more = Array.from({ length: band.length }, (_, at) => allocator.allocate(`infra/mq-${at}`));
  expect(hosts(more).sort((a, b) => a - b)).toEqual(band);
  expect(allocator.allocate('one/more')).toBeUndefined();
});

test.each([
  ['10.0.0.0/22', 64, '10.0.0.64'],
  ['10.0.0.0/20', 256, '10.0.1.0'],
  ['10.0.0.0/18', 256, '10.0.1.0'],
  ['fd00::/118', 64, 'fd00::40'],
])('AddressPool has in %s a static band of %i addresses', (cidr, size, last) => {
  const allocator = new AddressPool(cidr);
  const given = fill(allocator, 2 ** 14).filter((address) => address !== undefined);
  // The band is what comes at the very end, and its last address is among it.
  expect(given.slice(-size)).toContain(last);
  expect(given.slice(0, -size)).not.toContain(last);
  expect(given.slice(-size).sort(byNumber).at(-1)).toBe(last);
});

test('AddressPool gives neither the address of the network nor that of an IPv4 broadcast', () => {
  const ipv4 = new AddressPool('10.0.0.0/29');
  expect(['10.0.0.0', '10.0.0.1', '10.0.0.6', '10.0.0.7'].map((ip) => ipv4.has(ip))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  const ipv6 = new AddressPool('fd00::/125');
  expect(['fd00::', 'fd00::1', 'fd00::7', 'fd00::8'].map((ip) => ipv6.has(ip))).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

test('AddressPool.block of an address that nobody can have leaves as many addresses as there were', () => {
  const allocator = new AddressPool('10.0.0.0/29');
  allocator.block('10.0.0.0');
  allocator.block('10.0.0.7');
  expect(fill(allocator, 7).filter((ip) => ip !== undefined)).toHaveLength(6);
});

test('AddressPool gives an address of somebody gone rather than none, the longest gone first', () => {
  const allocator = new AddressPool('10.0.0.0/29');
  const given = fill(allocator, 6);
  allocator.release(String(given[4]));
  allocator.release(String(given[1]));
  expect(allocator.allocate('shop/web-1')).toBe(given[1]);
  allocator.release(String(given[1]));
  expect(allocator.allocate('shop/new')).toBe(given[4]);
  expect(allocator.allocate('shop/newer')).toBe(given[1]);
  expect(allocator.allocate('shop/newest')).toBeUndefined();
});

test('AddressPool takes an address of somebody gone before one of the static band', () => {
  const allocator = new AddressPool('10.0.0.0/27');
  const given = fill(allocator, 14);
  allocator.release(String(given[3]));
  expect(allocator.allocate('shop/new')).toBe(given[3]);
});

test('AddressPool gives back the address that another manifest named meanwhile', () => {
  const allocator = new AddressPool('10.0.0.0/30');
  const given = fill(allocator, 2);
  expect(allocator.block(String(given[0]))).toBe('shop/web-0');
  expect(allocator.block(String(given[0]))).toBeUndefined();
  expect(allocator.allocate('shop/web-0')).toBeUndefined();
  allocator.unblock(String(given[0]));
  expect(allocator.keeps('shop/web-0')).toBe(false);
  allocator.unblock(String(given[0]));
  expect(allocator.keeps('shop/web-0')).toBe(true);
  expect(allocator.allocate('shop/web-0')).toBe(given[0]);
});

test('AddressPool finds the one address of many that is no longer named', () => {
  const allocator = new AddressPool('10.0.0.0/24');
  for (const host of numbers(1, 254)) allocator.block(`10.0.0.${host}`);
  expect(allocator.allocate('shop/web')).toBeUndefined();
  for (const host of [17, 100, 254, 16, 1]) {
    allocator.unblock(`10.0.0.${host}`);
    expect(allocator.allocate(`shop/web-${host}`)).toBe(`10.0.0.${host}`);
  }
});

test('AddressPool finds an address that was skipped as used before', () => {
  const allocator = new AddressPool('10.0.0.0/24');
  for (const host of numbers(17, 253)) allocator.block(`10.0.0.${host}`);
  expect(allocator.allocate('shop/web')).toBe('10.0.0.254');
  allocator.unblock('10.0.0.30');
  expect(allocator.allocate('shop/db')).toBe('10.0.0.30');
});

test('AddressPool.remember gives everybody the address of the run before, in whatever order they come', () => {
  const before = new AddressPool('10.0.0.0/26');
  const given = fill(before, 60);
  const after = new AddressPool('10.0.0.0/26');
  after.remember(before.allocations());
  const order = given.map((_, at) => at).reverse();
  expect(order.map((at) => after.allocate(`shop/web-${at}`))).toEqual(order.map((at) => given[at]));
});

test('AddressPool.remember passes over what cannot be had: other ranges, doubles, the reserved', () => {
  const allocator = new AddressPool('10.0.0.0/28', new Map([['default/kubernetes', 1]]));
  const remembered: Allocation[] = [
    { owner: 'shop/web', address: '10.0.0.9' },
    { owner: 'shop/db', address: '10.0.0.9' },
    { owner: 'shop/mq', address: '10.0.0.1' },
    { owner: 'shop/old', address: '192.168.0.4' },
    { owner: 'shop/six', address: 'fd00::9' },
    { owner: 'shop/none', address: '10.0.0.0' },
  ];
  allocator.remember(remembered);
  expect([...allocator.allocations()]).toEqual([{ owner: 'shop/web', address: '10.0.0.9' }]);
});

test('AddressPool remembers all owners of a run before while they are not back yet', () => {
  const count = 12_000;
  const before = new AddressPool('10.0.0.0/16');
  const given = fill(before, count);
  const after = new AddressPool('10.0.0.0/16');
  after.remember(before.allocations());
  expect(fill(after, count)).toEqual(given);
});

test('AddressPool.allocations has no more of those that are gone than 10,000, the last ones', () => {
  const allocator = new AddressPool('10.0.0.0/16');
  const given = fill(allocator, 10_003);
  for (const address of given) allocator.release(String(address));
  const owners = [...allocator.allocations()].map(({ owner }) => owner);
  expect(owners).toHaveLength(10_000);
  expect(owners[0]).toBe('shop/web-3');
});

test('AddressPool finds out at once that a large range is full, however many ask', () => {
  const allocator = new AddressPool('10.0.0.0/16');
  fill(allocator, 65_534);
  let searched = 0;
  for (let at = 0; at < 100_000; at++) searched += allocator.allocate(`late/web-${at}`) ? 1 : 0;
  expect(searched).toBe(0);
});
