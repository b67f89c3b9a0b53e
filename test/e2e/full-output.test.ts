import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ROOT } from '../readme-blocks.ts';

// A disk that is full, as in `svcdns records > zone.db`: what the file lacks must not pass for all.

test.for(['records zones', 'check zones', '--help'])(
  'svcdns %s on a full disk says so and ends with 2',
  (line) => {
    const full = openSync('/dev/full', 'w');
    onTestFinished(() => closeSync(full));
    const argv = [join(ROOT, 'dist/main.js'), ...line.split(' ')];
    const { status, stderr } = spawnSync(process.execPath, argv, {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', full, 'pipe'],
    });
    expect(stderr).toContain('svcdns: Cannot write to standard output: ENOSPC');
    expect(status).toBe(2);
  },
);
