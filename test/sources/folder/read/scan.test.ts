import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { problemText } from '../../../../src/kube/problem.ts';
import { MAX_FILES, MAX_FOLDER_DEPTH } from '../../../../src/sources/folder/limits.ts';
import { type Disk, realDisk } from '../../../../src/sources/folder/read/disk.ts';
import { type Scan, scanFolders } from '../../../../src/sources/folder/read/scan.ts';
import { globFault, manifestsBut } from '../../../../src/sources/folder/read/selection.ts';
import { TempFolder } from '../../../helpers/temp-folder.ts';

let temp: TempFolder;
beforeEach(() => {
  temp = new TempFolder();
  temp.folder('zones');
});
afterEach(() => temp.dispose());

const scan = (roots = ['zones'], disk: Disk = realDisk): Scan =>
  scanFolders(roots, disk, temp.path);
const files = (roots?: string[]): string[] =>
  scan(roots).files.map(({ file, real, refusal }) => {
    if (refusal !== undefined) return `${file} refused: ${refusal.message}`;
    const target = relative(temp.path, real);
    return target === file ? file : `${file} -> ${target}`;
  });
const warnings = (roots?: string[]): string[] => scan(roots).warnings.map(problemText);

describe('scanFolders lists manifests', () => {
  test('of three endings, in all folders, without dot names, sorted', () => {
    for (const name of ['z.yaml', 'b/x.yml', 'a.json', 'b/c/y.yaml', 'b.yaml', 'B.yaml', 'C.YML']) {
      temp.write(`zones/${name}`, '');
    }
    for (const name of ['.h.yaml', '.git/x.yaml', '..data/x.yaml', 'x.yaml~', 'x.txt', 'yaml']) {
      temp.write(`zones/${name}`, '');
    }
    expect(files()).toEqual([
      'zones/B.yaml',
      'zones/C.YML',
      'zones/a.json',
      'zones/b.yaml',
      'zones/b/c/y.yaml',
      'zones/b/x.yml',
      'zones/z.yaml',
    ]);
    expect(warnings()).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('but none with a name that is not UTF-8', () => {
    const named = (name: string) =>
      Buffer.concat([Buffer.from(temp.at('zones/')), Buffer.from(name, 'latin1')]);
    mkdirSync(named('\xe9'));
    for (const name of ['\xe9.txt', '\xe9.yaml']) writeFileSync(named(name), '');
    temp.write('zones/x\ufffd.yaml', ''); // the character itself, in UTF-8
    expect(files()).toEqual([
      'zones/x\ufffd.yaml',
      'zones/\ufffd.yaml refused: Cannot read this file: found bytes in its name that are not UTF-8, expected a name without',
    ]);
    expect(warnings()).toEqual([
      'zones/\ufffd:1:1: warning: Cannot look into this folder: found bytes in its name that are not UTF-8, expected a name without [FOLDER_UNREADABLE]',
    ]);
  });

  test('of several paths, a file named by itself, and each file once', () => {
    temp.write('zones/sub/a.yaml', '');
    temp.write('one.conf', '');
    expect(files(['one.conf', 'zones/sub', 'zones', temp.at('zones')])).toEqual([
      'one.conf',
      'zones/sub/a.yaml',
    ]);
  });

  test('or says of a folder that it has none, and what else is there', () => {
    const empty = (roots?: string[]) => scan(roots).empty.map(problemText);
    const nothing =
      'zones:1:1: warning: Found no manifests in this folder: expected files *.yaml, *.yml or *.json';
    expect(empty()).toEqual([`${nothing} [FOLDER_EMPTY]`]);
    for (const name of ['d.j2', 'sub/c.txt', 'a.yaml.j2', 'b.md']) temp.write(`zones/${name}`, '');
    expect(empty()).toEqual([
      `${nothing}, found other files: 'a.yaml.j2', 'b.md', 'c.txt', … [FOLDER_EMPTY]`,
    ]);
    temp.write('zones/sub/x.YAML', '');
    expect(empty(['zones/sub', 'zones', 'zones'])).toEqual([]);
  });

  test('of a ConfigMap volume, through its links', () => {
    temp.swapConfigMap('zones', '2024_01', { 'svc.yaml': '', 'sub/pod.yaml': '' });
    temp.link('zones/svc.yaml', '..data/svc.yaml');
    temp.link('zones/sub', '..data/sub');
    expect(files()).toEqual([
      'zones/sub/pod.yaml -> zones/..2024_01/sub/pod.yaml',
      'zones/svc.yaml -> zones/..2024_01/svc.yaml',
    ]);
  });

  test('of a watched folder that is a link itself', () => {
    temp.write('releases/7/a.yaml', '');
    temp.link('current', 'releases/7');
    expect(files(['current'])).toEqual(['current/a.yaml -> releases/7/a.yaml']);
  });

  test('under the name of the file, not of a link to it', () => {
    temp.write('zones/m.yaml', '');
    temp.link('zones/a.yaml', 'm.yaml');
    expect(files()).toEqual(['zones/m.yaml']);
  });

  test('once each, where links lead round in a circle', () => {
    temp.write('zones/a/x.yaml', '');
    temp.link('zones/a/up', '..');
    temp.link('zones/b', 'a');
    temp.link('zones/self', '.');
    temp.link('zones/l1.yaml', 'l2.yaml');
    temp.link('zones/l2.yaml', 'l1.yaml');
    expect(files()).toEqual([
      'zones/a/x.yaml',
      'zones/l1.yaml refused: Cannot read this file: cannot follow this link: its links lead round in a circle (ELOOP)',
      'zones/l2.yaml refused: Cannot read this file: cannot follow this link: its links lead round in a circle (ELOOP)',
    ]);
  });
});

describe('scanFolders leaves out', () => {
  const left = (exclude: readonly string[], roots = ['zones']): string[] =>
    scanFolders(roots, realDisk, temp.path, manifestsBut(exclude)).files.map(({ file }) => file);

  test('packages, the repository, and templates of charts', () => {
    for (const name of ['node_modules/x', '.git', 'charts/web/templates', 'a/charts/b/templates']) {
      temp.write(`zones/${name}/a.yaml`, '');
    }
    for (const name of ['templates', 'charts/templates', 'charts/web/other/templates']) {
      temp.write(`zones/${name}/kept.yaml`, '');
    }
    expect(left([])).toEqual([
      'zones/charts/templates/kept.yaml',
      'zones/charts/web/other/templates/kept.yaml',
      'zones/templates/kept.yaml',
    ]);
  });

  test.for([
    ['a.yaml', 'b/c/d.yaml b/x.yaml'],
    ['./a.yaml/', 'b/c/d.yaml b/x.yaml'],
    ['b', 'a.yaml'],
    ['c', 'a.yaml b/a.yaml b/x.yaml'],
    ['b/*.yaml', 'a.yaml b/c/a.yaml b/c/d.yaml'],
    ['/b/c', 'a.yaml b/a.yaml b/x.yaml'],
    ['zones/b', 'a.yaml'],
    ['**/c', 'a.yaml b/a.yaml b/x.yaml'],
    ['b/**', 'a.yaml'],
    ['b/**/a.yaml', 'a.yaml b/c/d.yaml b/x.yaml'],
    ['[!a-c].yaml', 'a.yaml b/a.yaml b/c/a.yaml'],
    ['?.yaml', ''],
    ['*.y+ml', 'a.yaml b/a.yaml b/c/a.yaml b/c/d.yaml b/x.yaml'],
  ] as const)('%s: %s stays', ([glob, expected]) => {
    for (const name of ['a', 'b/a', 'b/x', 'b/c/a', 'b/c/d']) temp.write(`zones/${name}.yaml`, '');
    expect(
      left([glob])
        .map((file) => relative('zones', file))
        .join(' '),
    ).toBe(expected);
  });

  test('nothing that is named itself', () => {
    temp.write('zones/node_modules/a.yaml', '');
    expect(left(['a.yaml'], ['zones/node_modules'])).toEqual([]);
    expect(left(['a.yaml'], ['zones/node_modules/a.yaml'])).toEqual(['zones/node_modules/a.yaml']);
  });
});

test.for([
  ['[z-a]', "Cannot use '[z-a]': expected a short pattern as in .gitignore"],
  ['[ab', undefined],
  ['{a,b}(c)|$^.+', undefined],
] as const)('globFault(%s)', ([glob, fault]) => {
  expect(globFault(glob)).toBe(fault);
});

describe('scanFolders refuses', () => {
  test.for([
    ['kustomization.yaml', 'kustomize'],
    ['kustomization.yml', 'kustomize'],
    ['Kustomization', 'kustomize'],
    ['Chart.yaml', 'helm'],
  ] as const)('the folder of a %s, with all that is below it', ([name, renderer]) => {
    for (const file of ['a.yaml', `b/${name}`, 'b/patch.yaml', 'b/base/c.yaml', 'd.yaml']) {
      temp.write(`zones/${file}`, '');
    }
    const refused = `zones/b/${name} refused: Cannot read the files beside this one as manifests: they are to be rendered: expected ${renderer}:zones/b in their place, or --exclude ${name} for the files as they stand`;
    expect(files()).toEqual(['zones/a.yaml', refused, 'zones/d.yaml']);
    expect(files(['zones/b'])).toEqual([refused]);
    expect(files([`zones/b/${name}`])).toEqual([
      `zones/b/${name} refused: Cannot read this file as a manifest: it says how others are rendered: expected ${renderer}:zones/b in its place`,
    ]);
    expect(scan().files.map(({ refusal }) => refusal?.severity)).toContain('error');
    expect(scan(['zones/b']).empty).toEqual([]);
    const all = scanFolders(['zones'], realDisk, temp.path, manifestsBut([name]));
    expect(all.files.every(({ refusal }) => refusal === undefined)).toBe(true);
    expect(all.files).toHaveLength(4);
  });

  test('links that leave the watched folder, naming link and target', () => {
    temp.write('zones-of-others/secret.yaml', 'a: 1');
    temp.link('zones/passwd.yaml', '/etc/passwd');
    temp.link('zones/up.yaml', '../zones-of-others/secret.yaml');
    temp.link('zones/folder', '../zones-of-others');
    temp.link('zones/notes.txt', '/etc/passwd');
    const below = `expected one that stays below '${temp.at('zones')}'`;
    expect(files()).toEqual([
      `zones/passwd.yaml refused: Cannot read this file: found a link to '/etc/passwd', ${below}`,
      `zones/up.yaml refused: Cannot read this file: found a link to '${temp.at('zones-of-others/secret.yaml')}', ${below}`,
    ]);
    expect(warnings()).toEqual([
      `zones/folder:1:1: warning: Cannot look into this folder: found a link to '${temp.at('zones-of-others')}', ${below} [MANIFEST_LINK]`,
    ]);
  });

  test('links to nothing, with a warning', () => {
    temp.link('zones/gone.yaml', 'nowhere.yaml');
    temp.link('zones/gone', 'nowhere');
    expect(files()).toEqual([]);
    expect(warnings()).toEqual([
      'zones/gone.yaml:1:1: warning: Cannot follow this link: nothing is where it points to [MANIFEST_LINK]',
    ]);
  });

  test('pipes, sockets and devices', async () => {
    execFileSync('mkfifo', [temp.at('zones/pipe.yaml'), temp.at('zones/pipe.txt')]);
    temp.link('zones/zero.yaml', '/dev/zero');
    const server = createServer();
    await new Promise<void>((listening) => server.listen(temp.at('zones/s.yaml'), listening));
    try {
      expect(files()).toEqual([
        'zones/pipe.yaml refused: Cannot read this file: found a named pipe, expected a regular file',
        'zones/s.yaml refused: Cannot read this file: found a socket, expected a regular file',
        expect.stringContaining(
          "zones/zero.yaml refused: Cannot read this file: found a link to '/dev/zero'",
        ),
      ]);
      expect(files(['/dev/null'])).toEqual([
        '/dev/null refused: Cannot read this file: found a device, expected a folder',
      ]);
    } finally {
      await new Promise((closed) => server.close(closed));
    }
  });
});

describe('scanFolders knows what it could not see', () => {
  test('a missing path is a fault, and what it held may still be there', () => {
    const result = scan(['zones', 'gone']);
    expect(result.missingRoots).toEqual([temp.at('gone')]);
    expect(result.warnings.map(problemText)).toEqual([
      'gone:1:1: error: Cannot look into this watched path: nothing is there; what it held is kept until it is back [FOLDER_MISSING]',
    ]);
    expect(result.mayHold(temp.at('gone/a.yaml'))).toBe(true);
    expect(result.mayHold(temp.at('gone2/a.yaml'))).toBe(false);
    expect(result.mayHold(temp.at('zones/a.yaml'))).toBe(false);
  });

  test('a folder without permission is skipped with a warning', () => {
    temp.write('zones/a.yaml', '');
    temp.write('zones/locked/b.yaml', '');
    const disk: Disk = {
      ...realDisk,
      entries: (folder, limit) => {
        if (folder.endsWith('locked')) throw Object.assign(new Error(), { code: 'EACCES' });
        return realDisk.entries(folder, limit);
      },
    };
    const result = scan(['zones'], disk);
    expect(result.files.map(({ file }) => file)).toEqual(['zones/a.yaml']);
    expect(result.warnings.map(problemText)).toEqual([
      'zones/locked:1:1: warning: Cannot look into this folder: permission denied (EACCES); what it held is kept [FOLDER_UNREADABLE]',
    ]);
    expect(result.mayHold(temp.at('zones/locked/b.yaml'))).toBe(true);
    expect(result.mayHold(temp.at('zones/c.yaml'))).toBe(false);
  });

  test('folders nested too deep are skipped with a warning', () => {
    const deep = (levels: number): string => 'd/'.repeat(levels);
    temp.write(`zones/${deep(MAX_FOLDER_DEPTH)}last.yaml`, '');
    temp.write(`zones/${deep(MAX_FOLDER_DEPTH + 1)}over.yaml`, '');
    expect(files()).toEqual([`zones/${deep(MAX_FOLDER_DEPTH)}last.yaml`]);
    expect(warnings()).toEqual([expect.stringContaining('over 32 folders deep')]);
  });

  test('more than 100 warnings are not listed, which is said, and errors are', () => {
    for (let at = 0; at < 150; at++) temp.link(`zones/${1000 + at}.yaml`, 'nowhere');
    expect(warnings(['zones', 'gone']).slice(99)).toEqual([
      'zones/1099.yaml:1:1: warning: Cannot follow this link: nothing is where it points to [MANIFEST_LINK]',
      'zones:1:1: warning: Cannot list all warnings about files and folders: from here on there are more than these 100 [FOLDER_LIMIT]',
      expect.stringMatching(/^gone:1:1: error: .* \[FOLDER_MISSING\]$/),
    ]);
  });

  test('too many files stop the scan, and then nothing counts as removed', () => {
    const names = Array.from({ length: MAX_FILES + 5 }, (_, index) => `${index}.yaml`);
    const disk: Disk = {
      ...realDisk,
      entries: () => names.map((name) => ({ name, kind: 'file' as const })),
    };
    const result = scan(['zones'], disk);
    expect(result.files).toHaveLength(MAX_FILES);
    expect(result.warnings.map(({ code }) => code)).toEqual(['FOLDER_LIMIT']);
    expect(result.mayHold(temp.at('zones/anything.yaml'))).toBe(true);
  });

  test('a folder with too many names is not read to its end', () => {
    let asked = 0;
    const disk: Disk = {
      ...realDisk,
      entries: (_folder, limit) => {
        asked = limit;
        return Array.from({ length: limit }, (_, index) => ({ name: `${index}`, kind: 'file' }));
      },
    };
    const result = scan(['zones'], disk);
    expect(asked).toBe(100_001);
    expect(result.warnings.map(({ message }) => message)).toEqual([
      'Cannot take in more files from here on: found over 100000 names to look at, expected fewer',
    ]);
  });
});

describe('realDisk', () => {
  test('read() opens neither pipes nor links, and reads no more than allowed', () => {
    execFileSync('mkfifo', [temp.at('pipe')]);
    expect(realDisk.read(temp.at('pipe'), 100)).toMatchObject({
      kind: 'refused',
      stamp: { kind: 'pipe' },
    });
    temp.link('link', 'zones');
    expect(() => realDisk.read(temp.at('link'), 100)).toThrow('ELOOP');
    const file = temp.write('file', 'hello');
    expect(realDisk.read(file, 4)).toMatchObject({ kind: 'refused', stamp: { size: 5 } });
    expect(realDisk.read(file, 5)).toMatchObject({ kind: 'content', bytes: Buffer.from('hello') });
  });
});
