import { nodeVersionFault, openFilesFault } from './cli/requirements.ts';
import { openFilesLimit } from './support/process.ts';

// The program; dist/main.js loads it. Everything else is imported after this: an old Node.js would
// stop at its syntax.
const fault = nodeVersionFault(process.versions.node) ?? openFilesFault(openFilesLimit());
if (fault === undefined) void main(process.argv.slice(2));
else {
  process.stderr.write(`${fault}\n`);
  process.exit(1);
}

async function main(args: readonly string[]): Promise<void> {
  const [{ run }, { processIo }, { nameProcess }] = await Promise.all([
    import('./cli/run.ts'),
    import('./cli/process-io.ts'),
    import('./cli/process-name.ts'),
  ]);
  nameProcess('svcdns', args, process);
  process.exitCode = await run(args, processIo());
  // Nothing that lingers, a socket or a thread, may keep a finished command alive.
  setTimeout(() => process.exit(), 1000).unref();
}
