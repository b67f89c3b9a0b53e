import { defineConfig } from 'vitest/config';
import { PATIENCE_MS, TEST_MS } from './test/helpers/patience.ts';

// What needs Debian's tools or root: real clients, network namespaces. One file at a time, because
// the tests share the machine's namespaces and addresses.
export default defineConfig({
  test: {
    // What is kept from one run to the next is no business of a test that does not ask for it.
    env: { SVCDNS_STATE: 'off' },
    include: ['test/system/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: TEST_MS,
    hookTimeout: TEST_MS,
    expect: { poll: { timeout: PATIENCE_MS, interval: 20 } },
  },
});
