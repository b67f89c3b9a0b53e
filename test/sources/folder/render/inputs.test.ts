import { relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { problemText } from '../../../../src/kube/problem.ts';
import { realDisk } from '../../../../src/sources/folder/read/disk.ts';
import { inputsOf } from '../../../../src/sources/folder/render/inputs.ts';
import { soakTest } from '../../../helpers/runs.ts';
import { TempFolder } from '../../../helpers/temp-folder.ts';

let folder: TempFolder;
beforeEach(() => {
  folder = new TempFolder();
});
afterEach(() => folder.dispose());

const ofDev = () =>
  inputsOf({ kind: 'kustomize', folder: folder.at('dev') }, realDisk, folder.path);
const paths = () => ofDev().paths.map((path) => relative(folder.path, path));

describe('inputsOf() a kustomization', () => {
  test('is its folder, and those that it names, and so on, in a circle too', () => {
    folder.write('dev/kustomization.yaml', 'resources: [../base, svc.yaml]\ncomponents: [../c]');
    folder.write('base/kustomization.yml', 'bases: [../other, ./inside]');
    folder.write('base/inside/Kustomization', 'resources: [../../dev]');
    folder.write(
      'c/kustomization.yaml',
      'kind: Component\npatchesStrategicMerge: ["a: b\\nc: ../d"]',
    );
    folder.folder('other');
    expect(paths()).toEqual(['dev', 'base', 'c', 'other']);
  });

  test('is also a folder that is not there yet, but no file outside', () => {
    folder.write('a.yaml', '');
    folder.write('dev/kustomization.yaml', 'resources: [../a.yaml, ../base, missing, 3, {}, ""]');
    expect(paths()).toEqual(['dev', 'base']);
  });

  test.for([
    ['[', 'no YAML'],
    ['- resources', 'a list'],
    ['resources: ../base', 'no list'],
    ['', 'nothing'],
  ])('%j, %s, is its folder alone', ([text]) => {
    folder.write('dev/kustomization.yaml', text as string);
    expect(paths()).toEqual(['dev']);
  });

  soakTest('of 1500 folders in a row is the first thousand', () => {
    folder.write('dev/kustomization.yaml', 'resources: [../f0]');
    for (let at = 0; at < 1500; at++) {
      folder.write(`f${at}/kustomization.yaml`, `resources: [../f${at + 1}]`);
    }
    expect(paths()).toHaveLength(1000);
  });
});

describe('inputsOf() refuses what is elsewhere:', () => {
  test.for([
    'https://example.org/all.yaml',
    'http://example.org/all.yaml',
    'github.com/a/b//deploy?ref=v1',
    'git@github.com:a/b.git',
    'ssh://git@host/a',
    'git::https://host/a',
    'file:///a/b.git',
    'user@host.example:a/b',
  ])('%s', (word) => {
    folder.write('dev/kustomization.yaml', 'resources:\n  - ../base\n');
    folder.write('base/kustomization.yaml', `resources:\n  - ${word}\n`);
    const { remote } = ofDev();
    expect(remote && problemText(remote)).toBe(
      `base/kustomization.yaml:2:5: error: Cannot render this: found '${word}', which is not on this machine: expected a path, as nothing is fetched [RENDER_REMOTE]`,
    );
  });

  test('but not a folder of such a name, nor what only looks a little like it', () => {
    folder.folder('dev/github.com/a');
    folder.write('dev/kustomization.yaml', 'resources: [github.com/a, gitlab.company/x, a:b]');
    expect(ofDev().remote).toBeUndefined();
  });
});

test('inputsOf() a chart is the chart and the files of values', () => {
  const source = { kind: 'helm', chart: '/c', values: ['/a', '/b'] } as const;
  const named = { ...source, release: 'r', namespace: 'n' };
  expect(inputsOf(named, realDisk, '/')).toEqual({ paths: ['/c', '/a', '/b'], remote: undefined });
});
