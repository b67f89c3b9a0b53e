import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nameProcess } from '../../src/cli/process-name.ts';
import { ServeProcess } from '../helpers/serve-process.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

let folder: TempFolder;

beforeEach(() => {
  folder = new TempFolder();
});

afterEach(() => folder.dispose());

describe('nameProcess', () => {
  test('writes the name where Linux keeps it, and leaves the command line alone', () => {
    const process = { title: 'node dist/main.js serve --admin off' };
    const file = folder.write('comm', 'node');
    nameProcess('svcdns', ['serve', '--admin', 'off'], process, file);
    expect(readFileSync(file, 'utf8')).toBe('svcdns');
    expect(process.title).toBe('node dist/main.js serve --admin off');
  });

  test('keeps the arguments where there is only one name to give', () => {
    const process = { title: 'node dist/main.js serve --admin off' };
    nameProcess('svcdns', ['serve', '--admin', 'off'], process, folder.at('nowhere/comm'));
    expect(process.title).toBe('svcdns serve --admin off');
  });

  test.runIf(process.platform === 'linux')(
    'shows ps both the name and the arguments of the built program',
    async () => {
      const args = ['--manifests', folder.path, '--listen', '127.0.0.1:0', '--admin', 'off'];
      const server = new ServeProcess(args);
      try {
        await server.until(() => /^Listening on /m.test(server.printed), 'listening');
        const read = (file: string) => readFileSync(`/proc/${server.pid}/${file}`, 'utf8');
        expect(read('comm')).toBe('svcdns\n');
        expect(read('cmdline').split('\0')).toEqual(expect.arrayContaining(['serve', ...args]));
      } finally {
        await server.kill();
      }
    },
  );
});
