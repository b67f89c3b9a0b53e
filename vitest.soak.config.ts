import { defineConfig } from 'vitest/config';

// A million queries while files change: half a minute to two, so not part of every run.
export default defineConfig({
  test: {
    include: ['test/soak/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 60_000,
  },
});
