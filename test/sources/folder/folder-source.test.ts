import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FolderSettings, FolderSource } from '../../../src/sources/folder/folder-source.ts';
import { realDisk } from '../../../src/sources/folder/read/disk.ts';
import type { SourceChange } from '../../../src/sources/source.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { TempFolder } from '../../helpers/temp-folder.ts';
import { service } from '../../registry/load-text.ts';

const RESCAN_MS = 30_000;

let folder: TempFolder;
let clock: FakeClock;
let source: FolderSource;
let changes: SourceChange[];
let warnings: string[];

beforeEach(() => {
  folder = new TempFolder();
  clock = new FakeClock();
  changes = [];
  warnings = [];
});
afterEach(async () => {
  await source.stop();
  folder.dispose();
});

function start(own: Partial<FolderSettings> = {}): void {
  const settings: FolderSettings = {
    manifests: [folder.at('k8s')],
    watch: false,
    rescanSeconds: RESCAN_MS / 1000,
    holdDeletions: true,
    keepLastGood: true,
    quarantined: [],
    ...own,
  };
  source = new FolderSource(
    settings,
    { clock, disk: realDisk },
    {
      onChange: (change) => void changes.push(change),
      onWarning: (message) => void warnings.push(message),
    },
  );
  source.start();
}

const names = (change: SourceChange | undefined, what: 'put' | 'gone') =>
  change?.[what].map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`);
const many = (count: number) =>
  Array.from({ length: count }, (_, at) => service(`shop/s${at}`)).join('');

describe('FolderSource', () => {
  test('delivers an empty folder once, and then what changes', () => {
    folder.folder('k8s');
    start();
    expect(changes).toMatchObject([{ put: [], gone: [], isSynced: true }]);
    folder.write('k8s/a.yaml', service('shop/web') + service('shop/db'));
    clock.advance(RESCAN_MS);
    expect(names(changes[1], 'put')).toEqual(['Service shop/web', 'Service shop/db']);
    folder.write('k8s/a.yaml', service('shop/web'));
    clock.advance(RESCAN_MS);
    expect([names(changes[2], 'put'), names(changes[2], 'gone')]).toEqual([
      [],
      ['Service shop/db'],
    ]);
    expect(source.report()).toMatchObject({ files: 1, problems: [], refusedDocuments: 0 });
  });

  test('is not synced while a folder is missing, and reports it with what is wrong in files', () => {
    folder.write('other/a.yaml', service('shop/Web'));
    start({ manifests: [folder.at('k8s'), folder.at('other')] });
    expect(changes.at(-1)?.isSynced).toBe(false);
    expect(warnings).toEqual([expect.stringContaining('FOLDER_MISSING')]);
    expect(source.report().problems.map(({ code }) => code)).toEqual([
      'FOLDER_MISSING',
      'SERVICE_INVALID',
    ]);
    folder.folder('k8s');
    clock.advance(RESCAN_MS);
    expect(changes.at(-1)?.isSynced).toBe(true);
  });

  test('holds a mass deletion back until it is seen again, which is no news', () => {
    folder.write('k8s/a.yaml', many(20));
    start();
    folder.write('k8s/a.yaml', service('shop/left'));
    clock.advance(RESCAN_MS);
    const held = changes.at(-1);
    expect([names(held, 'put'), names(held, 'gone')]).toEqual([['Service shop/left'], []]);
    expect(held?.changedAt).toBeDefined();
    expect(warnings).toEqual([expect.stringMatching(/^Held back /)]);
    expect(source.report().held).toEqual({ services: 20, objects: 20 });
    clock.advance(RESCAN_MS);
    expect(names(changes.at(-1), 'gone')).toHaveLength(20);
    expect(changes.at(-1)?.changedAt).toBeUndefined();
    expect(source.report().held).toEqual({ services: 0, objects: 0 });
  });

  test('confirms nothing any more once it is stopped', async () => {
    folder.write('k8s/a.yaml', many(20));
    start();
    folder.write('k8s/a.yaml', service('shop/left'));
    clock.advance(RESCAN_MS);
    await source.stop();
    const before = changes.length;
    clock.advance(2 * RESCAN_MS);
    expect(changes).toHaveLength(before);
    expect(clock.timers).toBe(0);
  });
});
