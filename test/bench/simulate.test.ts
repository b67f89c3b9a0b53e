import { describe, expect, test } from 'vitest';
import { clusterOf, poisson, randomOf } from '../../bench/simulate/cluster.ts';
import { costModel, readCosts } from '../../bench/simulate/costs.ts';
import { queriesOf } from '../../bench/simulate/queries.ts';
import { limitsTable, SIZES, scaleTable, supposedTable } from '../../bench/simulate/table.ts';
import { readText } from '../readme-blocks.ts';

const costs = readCosts(new URL('../../bench/simulate/costs.json', import.meta.url));

test.for([
  ['what clusters need', () => scaleTable(costs, SIZES)],
  ['what is supposed', () => supposedTable()],
  ['where limits lie', () => limitsTable(costs)],
] as const)('docs/scale.md has what the simulation prints: %s', ([, print]) => {
  expect(readText('docs/scale.md')).toContain(print());
});

test('docs/scale.md names the first limit', () => {
  const nodes = limitsTable(costs)
    .split('\n')
    .slice(2)
    .map((line) => Number(line.split(' | ')[1]?.replaceAll(/\D/g, '')));
  const first = nodes[0]!;
  expect(Math.min(...nodes)).toBe(first);
  expect(first).toBeGreaterThan(Math.max(...SIZES));
  const { change } = costModel(costs);
  expect(Math.round(100 * (change(101) / change(6) - 1))).toBe(17);
  const page = readText('docs/scale.md').replaceAll('\n', ' ');
  expect(page).toContain('Memory comes first');
  expect(page).toContain(costs.measured);
});

describe('costModel()', () => {
  test('gives what was measured at the points that were', () => {
    const model = costModel(costs);
    for (const { services, endpoints, megabytes } of costs.memory) {
      expect(model.memory(services, endpoints)).toBeCloseTo(megabytes);
    }
    for (const { endpoints, microseconds } of costs.change) {
      expect(model.change(endpoints) * 1e6).toBeCloseTo(microseconds);
    }
    for (const { objects, seconds } of costs.start) {
      expect(model.start(objects)).toBeCloseTo(seconds);
    }
  });

  test('has costs that grow with what there is', () => {
    const model = costModel(costs);
    expect(model.memory(2, 1)).toBeGreaterThan(model.memory(1, 1));
    expect(model.memory(1, 2)).toBeGreaterThan(model.memory(1, 1));
    expect(model.change(2)).toBeGreaterThan(model.change(1));
    expect(model.memory(0, 0)).toBeGreaterThan(0);
    expect(model.change(0)).toBeGreaterThan(0);
  });
});

test.for([0.01, 1, 75])('poisson() has the mean %f', (mean) => {
  const random = randomOf(7);
  const counts = Array.from({ length: 20_000 }, () => poisson(mean, random));
  const found = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  expect(Math.abs(found - mean)).toBeLessThan(5 * Math.sqrt(mean / counts.length));
});

test('queriesOf() counts a search list: 2, 4 or 8 queries for a name', () => {
  const { asked, uncached } = queriesOf(clusterOf(1));
  expect(asked / 30).toBeGreaterThan(2);
  expect(asked / 30).toBeLessThan(8);
  expect(uncached).toBeGreaterThan(0);
  expect(uncached).toBeLessThan(1);
});
