import { describe, expect, test } from 'vitest';
import { LoadBalancerPool } from '../../../src/controllers/metallb/load-balancer-pool.ts';

const SIZE = 20_000;

/** A pool of 20,000 addresses, who has which, and how often that was looked up. */
function filledPool() {
  const pool = new LoadBalancerPool({
    kind: 'IPAddressPool',
    namespace: 'metallb-system',
    name: 'main',
    labels: new Map(),
    origin: { file: 'pools.yaml', document: 0, line: 1, column: 1 },
    ranges: [{ first: '10.9.0.0', last: '10.9.78.31' }],
    autoAssign: true,
    avoidBuggyIPs: false,
    allocation: undefined,
  });
  const taken = new Set<string>();
  let lookups = 0;
  const take = () => {
    const address = pool.firstFree('IPv4', (one) => {
      lookups++;
      return taken.has(one);
    });
    if (address !== undefined) taken.add(address);
    return address;
  };
  return { pool, taken, take, lookups: () => lookups };
}

describe('LoadBalancerPool.firstFree()', () => {
  test('walks through a range once, however many ask', () => {
    const { taken, take, lookups } = filledPool();
    for (let i = 0; i < SIZE; i++) take();
    expect(taken.size).toBe(SIZE);
    // Each address twice: when it is given, and when it is found taken.
    expect(lookups()).toBeLessThanOrEqual(2 * SIZE);
  });

  test('does not look again for those who come when all are taken', () => {
    const { take, lookups } = filledPool();
    for (let i = 0; i <= SIZE; i++) take();
    const before = lookups();
    for (let i = 0; i < 2000; i++) expect(take()).toBeUndefined();
    expect(lookups()).toBe(before);
  });

  test('finds what was given back without a walk, the first one first', () => {
    const { pool, taken, take, lookups } = filledPool();
    for (let i = 0; i < SIZE; i++) take();
    const before = lookups();
    for (const address of ['10.9.60.1', '10.9.3.7', '10.9.40.2']) {
      taken.delete(address);
      pool.release(address);
    }
    expect([take(), take(), take(), take()]).toEqual([
      '10.9.3.7',
      '10.9.40.2',
      '10.9.60.1',
      undefined,
    ]);
    expect(lookups() - before).toBeLessThanOrEqual(2 * 3 + 1);
  });
});
