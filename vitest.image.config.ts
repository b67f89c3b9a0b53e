import { defineConfig } from 'vitest/config';
import { TEST_MS } from './test/helpers/patience.ts';

// What needs a Docker engine: the image and the compose files. One at a time, because the compose
// files share a subnet.
export default defineConfig({
  test: {
    include: ['test/image/**/*.test.ts'],
    fileParallelism: false,
    globalSetup: 'test/image/build.ts',
    testTimeout: TEST_MS,
    hookTimeout: TEST_MS,
  },
});
