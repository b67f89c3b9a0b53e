#!/usr/bin/env node
import { nodeVersionFault } from './cli/node-version.ts';

// Everything else is imported after this: an old Node.js would stop at its syntax.
const fault = nodeVersionFault(process.versions.node);
if (fault !== undefined) {
  process.stderr.write(`${fault}\n`);
  process.exit(1);
}
// Newer versions of Node.js call their main thread node-MainThread, and ps and ss would show that.
process.title = 'svcdns';
const [{ run }, { processIo }] = await Promise.all([
  import('./cli/run.ts'),
  import('./cli/process-io.ts'),
]);
process.exitCode = await run(process.argv.slice(2), processIo());
// Nothing that lingers, a socket or a thread, may keep a finished command alive.
setTimeout(() => process.exit(), 1000).unref();
