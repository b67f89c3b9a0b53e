import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { TEST_MS } from './test/helpers/patience.ts';

// What takes long: a million queries while files change, and as many over reloads, floods, forged
// replies by the tens of thousands, restarts, and every law as often as it says. Half a minute to
// two each, so not part of every run. One file at a time: each keeps two cores busy.
export default defineConfig({
  test: {
    env: {
      // What is kept from one run to the next is no business of a test that does not ask for it.
      SVCDNS_STATE: 'off',
      TEST_RUNS: 'all',
    },
    include: ['test/soak/**/*.test.ts', ...testsWithRuns()],

    fileParallelism: false,
    testTimeout: 1_500_000,
    hookTimeout: TEST_MS,
  },
});

/** The test files that leave it to test/helpers/runs.ts how often they try. */
function testsWithRuns(): string[] {
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' });
  const tests = files.filter((file) => file.endsWith('.test.ts')).map((file) => `test/${file}`);
  return tests.filter((file) => readFileSync(file, 'utf8').includes('helpers/runs.ts'));
}
