import { execFileSync } from 'node:child_process';
import { openSync, writeSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigFiles } from '../../src/cli/config-files.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

let folder: TempFolder;

beforeEach(() => {
  folder = new TempFolder();
});

afterEach(() => {
  folder.dispose();
});

/** A named pipe that holds this text. The test itself keeps it open, so that nothing waits for a writer. */
function pipe(name: string, text: string): string {
  const path = folder.at(name);
  execFileSync('mkfifo', [path]);
  writeSync(openSync(path, 'r+'), text);
  return path;
}

test('ConfigFiles reads a file again each time', () => {
  const files = new ConfigFiles();
  expect(files.read(folder.write('Corefile', 'one'), 10)).toBe('one');
  files.started();
  expect(files.read(folder.write('Corefile', 'two'), 10)).toBe('two');
});

test('ConfigFiles reads a device no further than it may', () => {
  expect(() => new ConfigFiles().read('/dev/zero', 100_000)).toThrow('file too large');
});

test('ConfigFiles keeps what it read of a device', () => {
  const files = new ConfigFiles();
  expect(files.read('/dev/null', 10)).toBe('');
  files.started();
  expect(files.read('/dev/null', 10)).toBe('');
});

test('ConfigFiles refuses a pipe that comes after the start, rather than wait for its writer', () => {
  const files = new ConfigFiles();
  files.started();
  const path = pipe('Corefile', 'text');
  expect(() => files.read(path, 10)).toThrow('it is a pipe or a device: expected a file');
});

test.for([
  ['a file that is not there', 'nowhere', 'ENOENT'],
  ['a folder', '.', 'EISDIR'],
] as const)('ConfigFiles fails for %s', ([, name, code]) => {
  expect(() => new ConfigFiles().read(folder.at(name), 10)).toThrow(
    expect.objectContaining({ code }),
  );
});
