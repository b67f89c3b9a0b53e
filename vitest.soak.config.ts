import { defineConfig } from 'vitest/config';

// What takes long: a million queries while files change, and as many over reloads, floods, forged replies by the
// tens of thousands, restarts. Half a minute to two each, so not part of every run. One file at a time: each keeps
// two cores busy.
export default defineConfig({
  test: {
    // What is kept from one run to the next is no business of a test that does not ask for it.
    env: { SVCDNS_STATE: 'off' },
    include: ['test/soak/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 60_000,
  },
});
