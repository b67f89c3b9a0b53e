import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { TempFolder } from '../helpers/temp-folder.ts';
import { ROOT } from '../readme-blocks.ts';

// What V8 compiled at the build, for the Node.js that these tests run with.

const COMPILED = `dist/compiled/${process.version}-${process.arch}`;

let folder: string;

beforeEach(() => {
  const temporary = new TempFolder();
  onTestFinished(() => temporary.dispose());
  folder = temporary.path;
  cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true, preserveTimestamps: true });
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
});

const node = (...args: string[]) =>
  execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });

test('what a start loads was compiled at the build, and V8 takes it', () => {
  const program = `
    const { COMPILED, loaderWith } = require('./dist/load.cjs');
    const read = (file) => require('node:fs').readFileSync(require('node:path').join(COMPILED, file));
    const { load, scripts } = loaderWith(read);
    for (const file of ['./start.cjs', './cli.cjs', './server.cjs', './worker-program.cjs']) load(file);
    for (const [file, script] of scripts) console.log(file, script.cachedDataRejected);
  `;
  const lines = node('--eval', program).trim().split('\n');
  expect(lines).toContain('./control.cjs false');
  expect(lines.filter((line) => !line.endsWith(' false'))).toEqual([]);
});

test('what is damaged, or compiled for another Node.js, is compiled anew', () => {
  const compiled = join(folder, COMPILED, 'cli.cjs');
  writeFileSync(compiled, readFileSync(compiled).fill(0, 0, 64));
  writeFileSync(join(folder, COMPILED, 'start.cjs'), '');
  expect(node('dist/main.js', '--version')).toMatch(/^svcdns \d/);
});

test('a file that has changed since is loaded as it is now', () => {
  const file = join(folder, 'dist/cli.cjs');
  const text = readFileSync(file, 'latin1');
  const changed = text.replace('`svcdns ${', '`SVCDNS ${');
  expect([changed === text, changed.length]).toEqual([false, text.length]);
  writeFileSync(file, changed, 'latin1');
  const later = new Date(Date.now() + 60_000);
  utimesSync(file, later, later);
  expect(node('dist/main.js', '--version')).toMatch(/^SVCDNS \d/);
});
