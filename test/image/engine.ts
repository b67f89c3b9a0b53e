import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE_MS } from '../helpers/patience.ts';
import { ROOT } from '../readme-blocks.ts';

/** @throws Error that says what is missing: a missing tool is no reason to skip these tests. */
export function requireEngine(): void {
  const { status, stderr, error } = spawnSync(
    'docker',
    ['version', '--format', '{{.Server.Version}}'],
    { encoding: 'utf8' },
  );
  if (status === 0) return;
  const where = process.env['DOCKER_HOST'] ?? 'its default socket';
  const found = error?.message ?? stderr.trim();
  throw new Error(
    `No Docker engine at ${where}: ${found}: expected one that runs, or DOCKER_HOST with the address of one`,
  );
}

/**
 * Runs `docker` in the repository and returns what it printed on both streams.
 *
 * @throws Error when it fails.
 */
export function docker(args: readonly string[], timeout = PATIENCE_MS): string {
  return run('docker', args, ROOT, timeout);
}

/** Runs docker compose, the plugin or else the older program, in a folder with a compose.yaml. */
export function compose(folder: string, args: readonly string[]): string {
  const hasPlugin = spawnSync('docker', ['compose', 'version']).status === 0;
  const [program, first] = hasPlugin
    ? (['docker', ['compose']] as const)
    : (['docker-compose', []] as const);
  return run(program, [...first, ...args], folder, PATIENCE_MS);
}

/** Waits until `look` gives a value. */
export async function until<T>(what: string, look: () => T | undefined): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`Waited for ${PATIENCE_MS} ms: ${what}`);
    await sleep(200);
  }
}

function run(program: string, args: readonly string[], cwd: string, timeout: number): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    timeout,
  });
  if (status === 0) return stdout + stderr;
  throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? ''}\n${stdout}${stderr}`);
}
