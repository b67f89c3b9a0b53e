import { docker, requireEngine } from './engine.ts';

/** Builds the image once for all test files, as the README says. */
export default function setup(): void {
  requireEngine();
  // The network of the machine: its set-up for registries and proxies holds in the build too.
  docker(['build', '--network', 'host', '--tag', 'svcdns', '.'], 900_000);
}
