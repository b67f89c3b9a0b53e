import { defineConfig } from 'vitest/config';

// A million queries while files change, and as many over reloads: half a minute to two each, so not part of every
// run. One file at a time: each keeps two cores busy.
export default defineConfig({
  test: {
    include: ['test/soak/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 60_000,
  },
});
