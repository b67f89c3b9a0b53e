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
    kind: 'folder',
    manifests: [folder.at('k8s')],
    watch: false,
    rescanSeconds: RESCAN_MS / 1000,
    holdDeletions: true,
    keepLastGood: true,
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
  void source.start();
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
    expect(warnings).toEqual([
      'Held back the removal of 20 of 21 Services for up to 30 s, until a second look at the folder confirms it: shop/s0, shop/s1, shop/s10 and 17 more. --hold-deletions off takes such changes at once',
    ]);
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

/** From a removal to its being believed, when it is seen without being confirmed. */
const MISSING_MS = 100;
const QUIET_MS = 2000;

describe('FolderSource and files that are gone', () => {
  const gone = () => changes.flatMap((change) => names(change, 'gone') ?? []).length;
  /** A Service a file: `k8s/a0.yaml` to `k8s/a19.yaml`, and in the subfolder `b` as many. */
  const startWithFiles = () => {
    for (let at = 0; at < 20; at++) {
      folder.write(`k8s/a${at}.yaml`, service(`shop/a${at}`));
      folder.write(`k8s/b/b${at}.yaml`, service(`shop/b${at}`));
    }
    start();
  };
  const remove = (part: 'a' | 'b/b', most = 20) => {
    for (let at = 0; at < most; at++) folder.remove(`k8s/${part}${at}.yaml`);
  };
  /** A rescan sees what has changed. */
  const look = () => clock.advance(RESCAN_MS + MISSING_MS);
  const HELD = [
    expect.stringMatching(/^Held back the removal of \d+ of 40 Services for up to 30 s, /),
  ];

  test('believes them after two quiet seconds, without a word, in a folder with others', () => {
    startWithFiles();
    remove('a', 19);
    look();
    expect([gone(), source.report().held.services]).toEqual([0, 19]);
    clock.advance(QUIET_MS);
    expect([gone(), source.report().held.services]).toEqual([19, 0]);
    expect(warnings).toEqual([]);
  });

  test('waits for quiet as long as more changes come', () => {
    startWithFiles();
    remove('a', 15);
    look();
    folder.write('k8s/new.yaml', service('shop/new'));
    clock.advance(QUIET_MS);
    expect([changes.flatMap((change) => names(change, 'put')).at(-1), gone()]).toEqual([
      'Service shop/new',
      0,
    ]);
    clock.advance(QUIET_MS);
    expect(gone()).toBe(15);
  });

  test('believes them when their folder is gone as well, and the one above has others', () => {
    startWithFiles();
    remove('b/b');
    folder.remove('k8s/b');
    look();
    clock.advance(QUIET_MS);
    expect([gone(), warnings]).toEqual([20, []]);
  });

  test.for<[what: string, act: () => void, lost: number]>([
    ['a subfolder that is empty, as without its mount', () => remove('b/b'), 20],
    [
      'a watched folder that is empty',
      () => {
        remove('a');
        remove('b/b');
        folder.remove('k8s/b');
      },
      40,
    ],
    [
      'a watched folder that is another one now',
      () => {
        folder.rename('k8s', 'old');
        folder.write('k8s/a0.yaml', service('shop/a0'));
      },
      39,
    ],
  ])('holds %s until it is seen again', ([, act, lost]) => {
    startWithFiles();
    act();
    look();
    clock.advance(QUIET_MS);
    expect([gone(), source.report().held.services]).toEqual([0, lost]);
    expect(warnings).toEqual(HELD);
    clock.advance(RESCAN_MS);
    expect(gone()).toBe(lost);
  });

  test('believes files that are gone while it holds one that was cut', () => {
    folder.write('k8s/many.yaml', many(20));
    startWithFiles();
    remove('a', 15);
    folder.write('k8s/many.yaml', service('shop/s0'));
    look();
    clock.advance(QUIET_MS);
    expect([gone(), source.report().held.services]).toEqual([15, 19]);
    expect(warnings).toHaveLength(1);
  });
});
