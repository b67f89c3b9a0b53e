import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../helpers/free-port.ts';
import { soakTest } from '../helpers/runs.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { blocksOf, ROOT } from '../readme-blocks.ts';

// The jobs for CI that the README shows: their commands are run as they stand, in a project with
// manifests. `npx` runs the built program instead of a published one.

const README = blocksOf('README.md');

const JOBS = {
  github: (job: GithubJob) => job.jobs.names.steps.flatMap(({ run }) => run ?? []),
  gitlab: (job: GitlabJob) => [job.names.script.join('\n')],
};

interface GithubJob {
  readonly jobs: { readonly names: { readonly steps: readonly { readonly run?: string }[] } };
}

interface GitlabJob {
  readonly names: { readonly script: readonly string[] };
}

describe.each(['github', 'gitlab'] as const)('the job for %s', (kind) => {
  /** `check` is the first command of both: one shows what it does to a job. */
  const once = kind === 'github' ? test : soakTest;

  test('passes, with the address that the last command asks for', async () => {
    const { status, printed } = await runJob(kind, manifests());
    expect(printed).toMatch(/^10\.96\.7\.7$/m);
    expect(status).toBe(0);
  });

  once('fails on a manifest with a mistake, before it starts anything', async () => {
    const wrong = manifests().replace('port: 80', 'port: 80000');
    const { status, printed } = await runJob(kind, wrong);
    expect(printed).toContain('k8s/api.yaml:');
    expect(printed).not.toContain('10.96.7.7');
    expect(status).toBe(1);
  });
});

/** The first manifest of the README, which has the name that the jobs ask for. */
function manifests(): string {
  return README.find(({ info }) => info === 'yaml manifest')?.text ?? '';
}

async function runJob(
  kind: keyof typeof JOBS,
  manifest: string,
): Promise<{ status: number | null; printed: string }> {
  const project = new TempFolder();
  onTestFinished(() => project.dispose());
  project.write('k8s/api.yaml', manifest);
  const main = join(ROOT, 'dist/main.js');
  const npx = `#!/bin/sh\nshift 2\nexec '${process.execPath}' '${main}' "$@"\n`;
  chmodSync(project.write('bin/npx', npx), 0o755);
  const text = README.find(({ info }) => info === `yaml ${kind}`)?.text ?? '';
  const steps = JOBS[kind](load(text) as GithubJob & GitlabJob);
  expect(steps.join('\n')).toContain('npx --yes svcdns ');
  expect(steps.join('\n').match(/npx (?!--yes svcdns )/)).toBeNull();
  // A shell for each step that stops at the first error, as the runners have it.
  const files = steps.map((step, at) => project.write(`steps/${at}`, `${step}\n`));
  const all = files.map((file) => `bash -e ${file}`).join('\n');
  const own = {
    PATH: `${project.at('bin')}:${process.env['PATH']}`,
    SVCDNS_LISTEN: `127.0.0.1:${freePort()}`,
    SVCDNS_ADMIN: 'off',
    SVCDNS_FORWARD: 'off',
  };
  const job = spawn('bash', ['-e', '-c', all], {
    cwd: project.path,
    env: { ...process.env, ...own },
    detached: true, // so that what runs in the background can be ended with it
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const keep = (bytes: Buffer): void => {
    printed += bytes;
  };
  job.stdout.on('data', keep);
  job.stderr.on('data', keep);
  const [status] = (await once(job, 'close')) as [number | null];
  try {
    process.kill(-(job.pid ?? 0), 'SIGKILL');
  } catch {
    // Nothing was left in the background.
  }
  return { status, printed };
}
