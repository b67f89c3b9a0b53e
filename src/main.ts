#!/usr/bin/env node
import { nodeVersionFault, openFilesFault } from './cli/requirements.ts';
import { openFilesLimit } from './support/process.ts';

// Everything else is imported after this: an old Node.js would stop at its syntax, and all of them
// are open at once.
const fault = nodeVersionFault(process.versions.node) ?? openFilesFault(openFilesLimit());
if (fault !== undefined) {
  process.stderr.write(`${fault}\n`);
  process.exit(1);
}
const [{ run }, { processIo }, { nameProcess }] = await Promise.all([
  import('./cli/run.ts'),
  import('./cli/process-io.ts'),
  import('./cli/process-name.ts'),
]);
const args = process.argv.slice(2);
nameProcess('svcdns', args, process);
process.exitCode = await run(args, processIo());
// Nothing that lingers, a socket or a thread, may keep a finished command alive.
setTimeout(() => process.exit(), 1000).unref();
