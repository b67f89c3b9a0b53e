import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FairShare } from '../../../src/server/udp/fair-share.ts';

/**
 * Datagrams of clients mixed as their weights say, `count` in all; the part of each that is
 * answered.
 */
function answered(share: FairShare, weights: Record<string, number>, count: number) {
  const order = Object.entries(weights).flatMap(([client, weight]) =>
    Array.from({ length: weight }, (_, at) => ({ client, at: (at + 0.5) / weight })),
  );
  order.sort((one, other) => one.at - other.at);
  const taken = new Map<string, number>();
  const sent = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const { client } = order[i % order.length]!;
    sent.set(client, (sent.get(client) ?? 0) + 1);
    if (share.takes(client, 0)) taken.set(client, (taken.get(client) ?? 0) + 1);
  }
  return Object.fromEntries(
    [...sent].map(([client, all]) => [client, (taken.get(client) ?? 0) / all]),
  );
}

describe('FairShare', () => {
  test('drops the surplus of the busiest, more of it window by window, and nothing of the others', () => {
    const share = new FairShare();
    const mix = { '10.0.0.1': 150, '10.0.0.2': 1, '10.0.0.3': 1 };
    expect(answered(share, mix, 512)).toEqual({ '10.0.0.1': 1, '10.0.0.2': 1, '10.0.0.3': 1 });
    const busiest = Array.from({ length: 6 }, () => {
      const parts = answered(share, mix, 512);
      expect([parts['10.0.0.2'], parts['10.0.0.3']]).toEqual([1, 1]);
      return parts['10.0.0.1']!;
    });
    const sixteenths = busiest.map((part) => Math.round(part * 16));
    expect(sixteenths).toEqual([8, 4, 2, 1, 1, 1]);
  });

  test('drops nothing of a client that sends a burst now and then, and the surplus of one long', () => {
    const share = new FairShare();
    const burst = (weight: number) => ({ '10.0.0.1': 512 - weight, '10.0.0.2': weight });
    const window = (weight: number) => answered(share, burst(weight), 512)['10.0.0.2'];
    answered(share, { '10.0.0.1': 511, '10.0.0.3': 1 }, 6 * 512);
    // A sixteenth is 31. 60 in one of five windows are less than that on the average.
    for (let i = 0; i < 10; i++) {
      expect(window(60)).toBe(1);
      for (let quiet = 0; quiet < 4; quiet++) window(1);
    }
    const long = Array.from({ length: 10 }, () => window(60)!);
    expect(long[0]).toBe(1);
    expect(Math.round(long[9]! * 60)).toBe(28);
  });

  test('lets it have more again when the sockets were emptied', () => {
    const share = new FairShare();
    const mix = { '10.0.0.1': 100, '10.0.0.2': 1 };
    answered(share, mix, 6 * 512);
    const parts = Array.from({ length: 5 }, () => {
      share.emptied();
      return answered(share, mix, 512)['10.0.0.1']!;
    });
    expect(parts.map((part) => Math.round(part * 100))).toEqual([12, 25, 50, 100, 100]);
  });

  test('drops nothing of who sends more than anybody before, while the sockets are emptied', () => {
    const share = new FairShare();
    const alike = Object.fromEntries(Array.from({ length: 32 }, (_, at) => [`10.1.0.${at}`, 16]));
    answered(share, alike, 512);
    share.emptied();
    const parts = answered(share, { ...alike, '10.1.0.1': 32, '10.1.0.2': 1 }, 513);
    expect(new Set(Object.values(parts))).toEqual(new Set([1]));
  });

  test('drops nothing of a client that is alone, and something a second after it was', () => {
    const share = new FairShare();
    for (let i = 0; i < 5000; i++) expect(share.takes('10.0.0.1', i)).toBe(true);
    expect(share.takes('10.0.0.2', 5000)).toBe(true);
    const take = (now: number) => Array.from({ length: 512 }, () => share.takes('10.0.0.1', now));
    expect(take(5100)).toContain(false);
    expect(take(6000)).toContain(false);
    expect(take(6001)).not.toContain(false);
  });

  test('counts a /64 as one client', () => {
    const share = new FairShare();
    const takeAll = () =>
      Array.from({ length: 512 }, (_, i) =>
        share.takes(i % 100 === 0 ? '10.0.0.1' : `2001:db8::${i.toString(16)}`, 0),
      );
    takeAll();
    expect(takeAll().filter(Boolean).length).toBeLessThan(512 * 0.6);
  });

  test('takes everything of whoever sends less than a sixteenth of the busiest', () => {
    const others = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(others, (weights) => {
        const share = new FairShare();
        const polite = weights.map((weight, at) => [`10.1.0.${at}`, weight] as const);
        const mix = Object.fromEntries([...polite, ['10.0.0.1', 100], ['10.0.0.2', 100]]);
        const parts = answered(share, mix, 10 * 512);
        for (const [client] of polite) expect(parts[client]).toBe(1);
      }),
    );
  });
});
