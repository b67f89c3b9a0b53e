import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { TRIES_ALL } from '../helpers/runs.ts';
import { ServerHere } from './server-here.ts';

// Two branches of a repository of manifests, and what the server says after a checkout.

const COREFILE = '.:0 {\n  bind 127.0.0.1\n  kubernetes cluster.local\n}\n';
const BASE = manifest('base', 1);

function manifest(name: string, host: number): string {
  return `apiVersion: v1\nkind: Service\nmetadata: { name: ${name}, namespace: shop }\nspec: { clusterIP: 10.96.0.${host}, ports: [{ port: 80 }] }\n`;
}

/** What each branch has besides `objects.yaml`: many files, some in a folder of their own. */
function branch(prefix: string, first: number): [path: string, text: string][] {
  return Array.from({ length: 30 }, (_, at) => {
    const name = `${prefix}${at}`;
    const path = at < 15 ? `${name}.yaml` : join(prefix, `${name}.yaml`);
    return [path, manifest(name, first + at)];
  });
}

const OLD = branch('old', 10);
const NEW = branch('new', 50);

function write(folder: string, files: readonly (readonly [string, string])[]): void {
  for (const [path, text] of files) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Ways from the old branch to the new one: what to do first, and then. */
interface Checkout {
  readonly prepare: (folder: string) => void;
  readonly switch: (folder: string) => void;
}

const git = (folder: string, ...args: readonly string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

const byGit: Checkout = {
  prepare: (folder) => {
    git(folder, 'init', '--quiet', '--initial-branch', 'old');
    git(folder, 'add', '.');
    git(folder, 'commit', '--quiet', '--message', 'old');
    git(folder, 'checkout', '--quiet', '-b', 'new');
    for (const [path] of OLD) git(folder, 'rm', '--quiet', path);
    write(folder, NEW);
    git(folder, 'add', '.');
    git(folder, 'commit', '--quiet', '--message', 'new');
    git(folder, 'checkout', '--quiet', 'old');
  },
  switch: (folder) => void git(folder, 'checkout', '--quiet', 'new'),
};

/** Removes one file after the other and folders that are empty then, and puts new ones in place. */
const asGit: Checkout = {
  prepare: () => {},
  switch: (folder) => {
    for (const [path] of OLD) rmSync(join(folder, path));
    if (readdirSync(join(folder, 'old')).length === 0)
      rmSync(join(folder, 'old'), { recursive: true });
    for (const [path, text] of NEW) {
      write(folder, [[`${path}.lock`, text]]);
      renameSync(join(folder, `${path}.lock`), join(folder, path));
    }
  },
};

function hasGit(): boolean {
  try {
    return execFileSync('git', ['--version']).length > 0;
  } catch {
    return false;
  }
}

describe('the server follows a checkout of another branch within seconds', () => {
  test.runIf(hasGit())('of git', () => follows(byGit));
  test.runIf(TRIES_ALL || !hasGit())('in the steps of git', () => follows(asGit));
});

async function follows(checkout: Checkout): Promise<void> {
  const server = await ServerHere.start(COREFILE, BASE);
  const rcodes = async (names: readonly string[]) => {
    const replies = names.map((name) => server.ask(`${name}.shop.svc.cluster.local.`, 'A'));
    return (await Promise.all(replies)).map(({ rcode }) => rcode);
  };
  write(server.manifests, OLD);
  checkout.prepare(server.manifests);
  await eventually(async () => {
    expect(await rcodes(['base', 'old0', 'old29', 'new0'])).toEqual([
      'NOERROR',
      'NOERROR',
      'NOERROR',
      'NXDOMAIN',
    ]);
  });

  checkout.switch(server.manifests);
  await eventually(async () => {
    expect(await rcodes(['base', 'old0', 'old29', 'new0', 'new29'])).toEqual([
      'NOERROR',
      'NXDOMAIN',
      'NXDOMAIN',
      'NOERROR',
      'NOERROR',
    ]);
  });
  // What is held for longer is logged.
  expect(server.printed).not.toContain('Held back');
}
