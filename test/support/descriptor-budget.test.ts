import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  descriptorBudget,
  isTight,
  LEAST_OPEN_FILES,
} from '../../src/support/descriptor-budget.ts';
import { openFilesLimit } from '../../src/support/process.ts';
import { Places } from '../../src/support/slots.ts';

describe('descriptorBudget', () => {
  test.for([
    // limit, TCP, of one client, forward, admin, reserve, tight
    [160, 48, 4, 36, 12, 64, true],
    [256, 96, 9, 72, 24, 64, true],
    [1024, 448, 44, 384, 64, 128, true],
    [4096, 2000, 200, 1520, 64, 512, false],
    [1_048_576, 2000, 200, 1_046_000, 64, 512, false],
    [Number.POSITIVE_INFINITY, 2000, 200, Number.POSITIVE_INFINITY, 64, 512, false],
  ] as const)('of %d files: TCP %d, a client %d, forward %d, admin %d, the rest %d', (row) => {
    const [limit, tcpConnections, tcpConnectionsPerClient, outgoing, admin, reserve, tight] = row;
    const expected = { limit, tcpConnections, tcpConnectionsPerClient, outgoing, admin, reserve };
    const budget = descriptorBudget(limit);
    expect(budget).toEqual(expected);
    expect(isTight(budget)).toBe(tight);
  });

  test('never more than there are, each use has some, and a larger limit takes nothing away', () => {
    const limits = fc.integer({ min: LEAST_OPEN_FILES, max: 10_000 });
    fc.assert(
      fc.property(limits, (limit) => {
        const { limit: _, tcpConnectionsPerClient, ...uses } = descriptorBudget(limit);
        const all = Object.values(uses).reduce((sum, files) => sum + files, 0);
        expect(all).toBeLessThanOrEqual(limit);
        expect(Math.min(tcpConnectionsPerClient, ...Object.values(uses))).toBeGreaterThanOrEqual(4);
        expect(tcpConnectionsPerClient).toBeLessThanOrEqual(uses.tcpConnections);
        const more = descriptorBudget(limit + 1);
        expect(more.tcpConnections).toBeGreaterThanOrEqual(uses.tcpConnections);
        expect(more.admin).toBeGreaterThanOrEqual(uses.admin);
      }),
    );
  });
});

describe('openFilesLimit', () => {
  const limits = (soft: string) =>
    `Limit                     Soft Limit           Hard Limit           Units     
Max processes             62987                62987                processes 
Max open files            ${soft.padEnd(20)} 524288               files     
`;

  test.for([
    ['1024', 1024],
    ['unlimited', Number.POSITIVE_INFINITY],
  ] as const)('%s is told by the kernel', ([soft, expected]) => {
    expect(openFilesLimit(() => limits(soft))).toBe(expected);
  });

  test.for([
    ['there is no such file', undefined],
    ['it says something else', 'Max processes 1 2 processes\n'],
  ] as const)('4,096 where %s', ([, text]) => {
    const read = () => {
      if (text === undefined) throw new Error('ENOENT');
      return text;
    };
    expect(openFilesLimit(read)).toBe(4096);
  });

  test('of this machine is a number', () => {
    expect(openFilesLimit()).toBeGreaterThan(0);
  });
});

describe('Places', () => {
  test('as many as there are, each given back once', () => {
    const places = new Places(2);
    const [first, second] = [places.take(), places.take()];
    expect(places.take()).toBeUndefined();
    first?.();
    first?.();
    expect(places.taken).toBe(1);
    expect(places.take()).toBeDefined();
    expect(places.take()).toBeUndefined();
    second?.();
    expect(places.taken).toBe(1);
  });
});
