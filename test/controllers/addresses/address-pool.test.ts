import { expect, test } from 'vitest';
import type { Allocation } from '../../../src/controllers/addresses/address-ledger.ts';
import { AddressPool } from '../../../src/controllers/addresses/address-pool.ts';
import { addressNumber } from '../../../src/kube/address-range.ts';

/** The last numbers of IPv4 addresses; NaN for none. */
const hosts = (addresses: readonly (string | undefined)[]) =>
  addresses.map((address) => Number(address?.split('.')[3]));

const byNumber = (a: string, b: string) => Number(addressNumber(a) - addressNumber(b));

const fill = (pool: AddressPool, count: number) =>
  Array.from({ length: count }, (_, at) => pool.allocate(`shop/web-${at}`));

const numbers = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

// What the API server of Kubernetes 1.34 gives out first, and what only when nothing else is left.
test.each([
  ['10.0.0.0/30', [], numbers(1, 2)],
  ['10.0.0.0/28', [], numbers(1, 14)],
  ['10.0.0.0/27', numbers(1, 16), numbers(17, 30)],
  ['10.0.0.0/24', numbers(1, 16), numbers(17, 254)],
])('AddressPool leaves the static band of %s alone until the rest is full', (cidr, band, rest) => {
  const pool = new AddressPool(cidr);
  expect(hosts(fill(pool, rest.length)).sort((a, b) => a - b)).toEqual(rest);
  const more = Array.from({ length: band.length }, (_, at) => pool.allocate(`infra/mq-${at}`));
  expect(hosts(more).sort((a, b) => a - b)).toEqual(band);
  expect(pool.allocate('one/more')).toBeUndefined();
});

test.each([
  ['10.0.0.0/22', 64, '10.0.0.64'],
  ['10.0.0.0/20', 256, '10.0.1.0'],
  ['10.0.0.0/18', 256, '10.0.1.0'],
  ['fd00::/118', 64, 'fd00::40'],
])('AddressPool has in %s a static band of %i addresses', (cidr, size, last) => {
  const pool = new AddressPool(cidr);
  const given = fill(pool, 2 ** 14).filter((address) => address !== undefined);
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
  const pool = new AddressPool('10.0.0.0/29');
  pool.block('10.0.0.0');
  pool.block('10.0.0.7');
  expect(fill(pool, 7).filter((ip) => ip !== undefined)).toHaveLength(6);
});

test('AddressPool gives an address of somebody gone rather than none, the longest gone first', () => {
  const pool = new AddressPool('10.0.0.0/29');
  const given = fill(pool, 6);
  pool.release(String(given[4]));
  pool.release(String(given[1]));
  expect(pool.allocate('shop/web-1')).toBe(given[1]);
  pool.release(String(given[1]));
  expect(pool.allocate('shop/new')).toBe(given[4]);
  expect(pool.allocate('shop/newer')).toBe(given[1]);
  expect(pool.allocate('shop/newest')).toBeUndefined();
});

test('AddressPool takes an address of somebody gone before one of the static band', () => {
  const pool = new AddressPool('10.0.0.0/27');
  const given = fill(pool, 14);
  pool.release(String(given[3]));
  expect(pool.allocate('shop/new')).toBe(given[3]);
});

test('AddressPool gives back the address that another manifest named meanwhile', () => {
  const pool = new AddressPool('10.0.0.0/30');
  const given = fill(pool, 2);
  expect(pool.block(String(given[0]))).toBe('shop/web-0');
  expect(pool.block(String(given[0]))).toBeUndefined();
  expect(pool.allocate('shop/web-0')).toBeUndefined();
  pool.unblock(String(given[0]));
  expect(pool.keeps('shop/web-0')).toBe(false);
  pool.unblock(String(given[0]));
  expect(pool.keeps('shop/web-0')).toBe(true);
  expect(pool.allocate('shop/web-0')).toBe(given[0]);
});

test('AddressPool finds the one address of many that is no longer named', () => {
  const pool = new AddressPool('10.0.0.0/24');
  for (const host of numbers(1, 254)) pool.block(`10.0.0.${host}`);
  expect(pool.allocate('shop/web')).toBeUndefined();
  for (const host of [17, 100, 254, 16, 1]) {
    pool.unblock(`10.0.0.${host}`);
    expect(pool.allocate(`shop/web-${host}`)).toBe(`10.0.0.${host}`);
  }
});

test('AddressPool finds an address that was skipped as used before', () => {
  const pool = new AddressPool('10.0.0.0/24');
  for (const host of numbers(17, 253)) pool.block(`10.0.0.${host}`);
  expect(pool.allocate('shop/web')).toBe('10.0.0.254');
  pool.unblock('10.0.0.30');
  expect(pool.allocate('shop/db')).toBe('10.0.0.30');
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
  const pool = new AddressPool('10.0.0.0/28', new Map([['default/kubernetes', 1]]));
  const remembered: Allocation[] = [
    { owner: 'shop/web', address: '10.0.0.9' },
    { owner: 'shop/db', address: '10.0.0.9' },
    { owner: 'shop/mq', address: '10.0.0.1' },
    { owner: 'shop/old', address: '192.168.0.4' },
    { owner: 'shop/six', address: 'fd00::9' },
    { owner: 'shop/none', address: '10.0.0.0' },
  ];
  pool.remember(remembered);
  expect([...pool.allocations()]).toEqual([{ owner: 'shop/web', address: '10.0.0.9' }]);
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
  const pool = new AddressPool('10.0.0.0/16');
  const given = fill(pool, 10_003);
  for (const address of given) pool.release(String(address));
  const owners = [...pool.allocations()].map(({ owner }) => owner);
  expect(owners).toHaveLength(10_000);
  expect(owners[0]).toBe('shop/web-3');
});

test('AddressPool finds out at once that a large range is full, however many ask', () => {
  const pool = new AddressPool('10.0.0.0/16');
  fill(pool, 65_534);
  let searched = 0;
  for (let at = 0; at < 100_000; at++) searched += pool.allocate(`late/web-${at}`) ? 1 : 0;
  expect(searched).toBe(0);
});
