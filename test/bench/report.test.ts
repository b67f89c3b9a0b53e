import { expect, test } from 'vitest';
import { chart } from '../../bench/chart.ts';
import { markdown } from '../../bench/report.ts';
import { loadName, Results } from '../../bench/results.ts';

const none = { p50: undefined, p99: undefined, p999: undefined };

function sample(): Results {
  const results = new Results();
  const load = loadName(100, { transport: 'udp', mix: 'pod' });
  for (const [server, user, system] of [
    ['svcdns', 2, 6],
    ['svcdns', 1, 5],
    ['svcdns', 3, 20],
    ['knot <3>', 1, 3],
  ] as const) {
    results.add(load, server, {
      queriesPerSecond: 1000.4,
      lost: 1,
      user,
      system,
      ...none,
      p50: 0.2,
    });
  }
  const start = { seconds: 0.5, cpu: 0.25, memory: 60, memoryAfter: 70 };
  results.addStart(100, 'svcdns', start);
  return results;
}

test('markdown has medians with their spread, and what the first server needs of each', () => {
  expect(markdown(sample())).toBe(`### 100 udp pod

| server | queries/s | lost | CPU a query, µs | user + system | half load: p50, p99, p99.9, ms | svcdns needs |
|---|---|---|---|---|---|---|
| svcdns | 1000 | 3 | 8.0 (6.0–23.0) | 2.0 + 6.0 | 0.20, –, – | 1.00 × |
| knot <3> | 1000 | 1 | 4.0 (4.0–4.0) | 1.0 + 3.0 | 0.20, –, – | 2.00 × |

### Start with 100 Services

| server | first right answer, s | CPU, s | memory, MB | after the loads, MB |
|---|---|---|---|---|
| svcdns | 0.50 (0.50–0.50) | 0.25 | 60 | 70 |
`);
});

test('Results.cpuOf is the median of user and system together', () => {
  expect(sample().cpuOf('svcdns', '100 udp pod')).toBe(8);
  expect(sample().cpuOf('svcdns', '100 udp hit')).toBeUndefined();
});

test('chart draws the longest bar whole, marks svcdns, and escapes names', () => {
  const drawn = chart('CPU <µs>', sample().rows('100 udp pod'));
  expect(drawn).toContain('<title>CPU &lt;µs&gt;</title>');
  expect(drawn).toContain('<g class="own"><text x="120" y="61" text-anchor="end">svcdns</text>');
  expect(drawn).toContain('<rect class="user" x="130" y="46" width="100" height="20"/>');
  expect(drawn).toContain('<rect class="system" x="230" y="46" width="300" height="20"/>');
  expect(drawn).toContain('>knot &lt;3&gt;</text>');
  expect(drawn).toContain('@media (prefers-color-scheme: dark)');
});
