import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AccountTable } from '../../../src/server/rate-limit/account-table.ts';

const random = (bytes: number) => new Uint8Array(bytes).fill(7);

function table(size = 64) {
  let evicted = 0;
  const count = (amount: number) => {
    evicted += amount;
  };
  const accounts = new AccountTable(size, random, { add: count });
  const find = (text: string) => accounts.find(Buffer.from(text), text.length);
  return { accounts, find, evicted: () => evicted };
}

/** `=` for a reply that may go, `-` for one that may not. */
function charges(rate: number, window: number, times: readonly number[]): string {
  const { accounts, find } = table();
  return times.map((now) => (accounts.charge(find('web'), rate, window, now) ? '=' : '-')).join('');
}

const each = (ms: number, count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => from + at * ms);

describe('AccountTable', () => {
  test.for([
    ['one second’s worth at once', 3, 15, each(0, 5), '===--'],
    ['as many a second as it earns', 2, 15, each(500, 6), '======'],
    [
      'no more than a second’s worth after a pause',
      2,
      15,
      [...each(0, 2), ...each(0, 4, 60_000)],
      '====--',
    ],
    ['nothing to who goes on asking too much', 2, 5, each(100, 20), `==${'-'.repeat(18)}`],
    ['nothing before the window is over', 1, 3, [...each(10, 50), 4489], `=${'-'.repeat(50)}`],
    ['one when it was quiet for so long', 1, 3, [...each(10, 50), 4490], `=${'-'.repeat(49)}=`],
    ['one sooner to who was but a little behind', 1, 15, [0, 0, 2000], '=-='],
    ['all without a limit', 0, 15, each(0, 50), '='.repeat(50)],
  ] as const)('allows %s', ([, rate, window, times, expected]) => {
    expect(charges(rate, window, times)).toBe(expected);
  });

  test('never allows more than the rate, and a second’s worth once, whatever the times', () => {
    const gaps = fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 300 });
    const rates = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 5 }), gaps, (rate, window, gap) => {
        let now = 0;
        const times = gap.map((ms) => {
          now += ms;
          return now;
        });
        const said = charges(rate, window, times);
        const allowed = times.filter((_, at) => said[at] === '=');
        // Of any two replies that went, so many can lie between.
        for (const [first, start] of allowed.entries()) {
          for (const [last, end] of allowed.entries()) {
            if (last < first) continue;
            const most = rate + (rate * (end - start)) / 1000;
            expect(last - first + 1).toBeLessThanOrEqual(most + 1e-6);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('keeps accounts of different keys apart', () => {
    const { accounts, find } = table();
    expect(accounts.charge(find('a'), 1, 15, 0)).toBe(true);
    expect(accounts.charge(find('a'), 1, 15, 0)).toBe(false);
    expect(accounts.charge(find('b'), 1, 15, 0)).toBe(true);
    expect(accounts.over(find('a'))).toBe(1);
    expect(accounts.over(find('b'))).toBe(0);
    expect(accounts.entries).toBe(2);
  });

  test('never grows: what was charged longest ago gives way', () => {
    const { accounts, find, evicted } = table(8);
    for (let at = 0; at < 8; at++) accounts.charge(find(`${at}`), 1, 15, at);
    accounts.charge(find('0'), 1, 15, 10);
    accounts.charge(find('8'), 1, 15, 11);
    expect([accounts.entries, evicted()]).toEqual([8, 1]);
    // 1 gave way, 0 did not.
    expect(accounts.charge(find('0'), 1, 15, 12)).toBe(false);
    expect(accounts.charge(find('1'), 1, 15, 12)).toBe(true);
    for (let at = 0; at < 1000; at++) accounts.charge(find(`more ${at}`), 1, 15, 20 + at);
    expect([accounts.entries, evicted()]).toEqual([8, 1002]);
  });

  test('is told of once in so long', () => {
    const { accounts, find } = table();
    const told = [0, 1, 59_999, 60_000, 60_001].map((now) => {
      const account = find('a');
      accounts.charge(account, 1, 15, now);
      return accounts.isNews(account, 60_000, now);
    });
    expect(told).toEqual([true, false, false, true, false]);
  });
});
