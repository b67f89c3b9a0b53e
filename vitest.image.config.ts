import { defineConfig } from 'vitest/config';

// What needs a Docker engine: the image and the compose files. One at a time, because the compose
// files share a subnet.
export default defineConfig({
  test: {
    include: ['test/image/**/*.test.ts'],
    fileParallelism: false,
    globalSetup: 'test/image/build.ts',
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
