import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { PATIENCE_MS, TEST_MS } from './test/helpers/patience.ts';

export default defineConfig({
  test: {
    // What is kept from one run to the next is no business of a test that does not ask for it.
    env: { SVCDNS_STATE: 'off' },
    include: ['test/**/*.test.ts'],
    exclude: ['test/cluster/**', 'test/image/**', 'test/system/**', 'test/soak/**'],
    // A process runs one file after the other and loads every module once: a process for each file
    // takes twice the CPU.
    isolate: false,
    restoreMocks: true,
    // Tests wait for sockets and files too, so two are at work even on the smallest machine.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: TEST_MS,
    hookTimeout: TEST_MS,
    expect: { poll: { timeout: PATIENCE_MS, interval: 20 } },
  },
});
