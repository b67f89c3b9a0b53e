import { defineConfig } from 'vitest/config';

// What needs a real API server: etcd of Debian, kube-apiserver and CoreDNS built by Go. One file at
// a time: each has a cluster of its own. CLUSTER_QUESTIONS and CLUSTER_CHANGES say how much is tried.
export default defineConfig({
  test: {
    // What is kept from one run to the next is no business of a test that does not ask for it.
    env: { SVCDNS_STATE: 'off' },
    include: ['test/cluster/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 1_500_000,
    // The programs are built once, which takes a quarter of an hour on two cores.
    hookTimeout: 2_400_000,
  },
});
