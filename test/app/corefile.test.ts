import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { folderOf, listenPlace } from '../../src/app/corefile.ts';
import { chainProblems } from '../../src/app/problems.ts';
import { loadSettings } from '../../src/config/load.ts';
import type { Settings } from '../../src/config/settings.ts';
import { ListenError } from '../../src/server/listen/listen-error.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

let folder: TempFolder;

beforeEach(() => {
  folder = new TempFolder();
});

afterEach(() => {
  folder.dispose();
});

function settingsOf(corefile: string): Settings {
  folder.write('Corefile', corefile);
  const options = { config: 'Corefile' };
  const { settings, problems } = loadSettings({ options, env: {}, cwd: folder.path });
  if (settings === undefined) throw new Error(JSON.stringify(problems));
  return settings;
}

const failure = (port: number) =>
  new ListenError('taken', { address: '', port, protocol: 'tcp', cause: new Error('taken') });

test('folderOf() is where the Corefile lies, seen from the folder that the program was given', () => {
  folder.write('conf/Corefile', '.:1053 {\nwhoami\n}\n');
  folder.folder('zones');
  const at = (config: string) =>
    loadSettings({ options: { config }, env: {}, cwd: folder.path }).settings!;
  expect(folderOf(at('conf/Corefile'))).toBe(folder.at('conf'));
  expect(folderOf(at(folder.at('conf/Corefile')))).toBe(folder.at('conf'));
  expect(folderOf(at('off'))).toBe(folder.path);
});

describe('listenPlace()', () => {
  const corefile = `.:1053 {
  whoami
  ready
  prometheus 127.0.0.1:9999
}
other.example:1054 example.net:1055 {
  whoami
  health :8081
}
`;

  test.for([
    [1053, 'Corefile:1:1: '],
    [1054, 'Corefile:6:1: '],
    [1055, 'Corefile:6:1: '],
    [8181, 'Corefile:3:3: '],
    [9999, 'Corefile:4:3: '],
    [8081, 'Corefile:8:3: '],
    [4711, ''],
  ] as const)('of port %i is %j', ([port, place]) => {
    expect(listenPlace(settingsOf(corefile), failure(port))).toBe(place);
  });

  test('is nowhere in the built-in Corefile', () => {
    const { settings } = loadSettings({
      options: { manifests: ['zones'] },
      env: {},
      cwd: folder.path,
    });
    expect(listenPlace(settings!, failure(1053))).toBe('');
  });
});

describe('chainProblems()', () => {
  test.for([
    ['reload often', 'Corefile:3:8'],
    ['health {\n lameduck long\n}', 'Corefile:4:11'],
    ['bufsize x', 'Corefile:3:9'],
  ] as const)('finds what is wrong with `%s`', ([lines, place]) => {
    const [problem, ...more] = chainProblems(settingsOf(`.:1053 {\nwhoami\n${lines}\n}\n`));
    const { file, line, column } = problem!.origin;
    expect([`${file}:${line}:${column}`, more]).toEqual([place, []]);
  });
});
