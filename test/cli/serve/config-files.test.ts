import { execFileSync, spawn } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigFiles } from '../../../src/cli/serve/config-files.ts';
import { TempFolder } from '../../helpers/temp-folder.ts';

let folder: TempFolder;

beforeEach(() => {
  folder = new TempFolder();
});

afterEach(() => {
  folder.dispose();
});

/** A named pipe that somebody writes this text into, once. */
function pipe(name: string, text: string): string {
  const path = folder.at(name);
  execFileSync('mkfifo', [path]);
  spawn('sh', ['-c', `printf ${text} > ${path}`]);
  return path;
}

test('ConfigFiles reads a file again each time', () => {
  const files = new ConfigFiles();
  expect(files.read(folder.write('Corefile', 'one'), 10)).toBe('one');
  files.started();
  expect(files.read(folder.write('Corefile', 'two'), 10)).toBe('two');
});

test('ConfigFiles keeps what it read of a stream, which gives it only once', () => {
  const files = new ConfigFiles();
  const path = pipe('stdin', 'text');
  expect(files.readStream(path, 4)).toBe('text');
  files.started();
  expect(files.readStream(path, 4)).toBe('text');
});

test('ConfigFiles refuses a stream that comes after the start, rather than wait for its writer', () => {
  const files = new ConfigFiles();
  files.started();
  expect(() => files.readStream(folder.at('stdin'), 10)).toThrow(
    'it can be read only at the start: expected a file',
  );
});

test('ConfigFiles refuses a pipe that stands where a file should', () => {
  execFileSync('mkfifo', [folder.at('Corefile')]);
  expect(() => new ConfigFiles().read(folder.at('Corefile'), 10)).toThrow(
    'it is a pipe: expected a file',
  );
});

test.for([
  ['a file that is not there', 'nowhere', 'ENOENT'],
  ['a folder', '.', 'EISDIR'],
] as const)('ConfigFiles fails for %s', ([, name, code]) => {
  expect(() => new ConfigFiles().read(folder.at(name), 10)).toThrow(
    expect.objectContaining({ code }),
  );
});
