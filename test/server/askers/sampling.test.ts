import { describe, expect, test } from 'vitest';
import { Sampling } from '../../../src/server/askers/sampling.ts';
import { randomIndexFrom } from '../../../src/support/random.ts';

/** Queries a second for some seconds: how many were looked at, and what those stand for. */
function sampled(sampling: Sampling, perSecond: number, seconds: number, from = 0) {
  let looked = 0;
  let stoodFor = 0;
  let gap = 1;
  for (let at = 0; at < perSecond * seconds; at++) {
    if (--gap > 0) continue;
    looked++;
    stoodFor += sampling.oneIn;
    gap = sampling.gap(from + (at / perSecond) * 1000);
  }
  return { looked, stoodFor };
}

/** As even as numbers get. */
function spread() {
  let state = 1;
  return randomIndexFrom((bytes) =>
    Uint8Array.from({ length: bytes }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return state >> 16;
    }),
  );
}

describe('Sampling', () => {
  test('looks at each query while few come', () => {
    const { looked, stoodFor } = sampled(new Sampling(spread()), 100, 20);
    expect([looked, stoodFor]).toEqual([2000, 2000]);
  });

  test.for([1000, 10_000, 100_000])('looks at few of %d a second, which stand for all', (rate) => {
    const { looked, stoodFor } = sampled(new Sampling(spread()), rate, 10);
    expect(looked).toBeLessThan(20_000);
    expect(stoodFor / (rate * 10)).toBeGreaterThan(0.9);
    expect(stoodFor / (rate * 10)).toBeLessThan(1.1);
  });

  test('looks at each again soon after a flood', () => {
    const sampling = new Sampling(spread());
    sampled(sampling, 100_000, 3);
    expect(sampling.oneIn).toBeGreaterThan(50);
    sampled(sampling, 100, 10, 3000);
    expect(sampling.oneIn).toBe(1);
  });
});
