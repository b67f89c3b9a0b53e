import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // What is kept from one run to the next is no business of a test that does not ask for it.
    env: { SVCDNS_STATE: 'off' },
    include: ['test/**/*.test.ts'],
    exclude: ['test/system/**', 'test/soak/**'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
