import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FolderWatcher } from '../../../../src/sources/folder/watch/folder-watcher.ts';
import { systemClock } from '../../../../src/support/clock.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { TempFolder } from '../../../helpers/temp-folder.ts';
import { Model } from './model.ts';

// The real clock, the real file system, chokidar. Without rescans: only what is noticed can be
// seen. A missing path is looked for every second as well, so those tests also hold without a
// guard.

let temp: TempFolder;
let model: Model;
let source: FolderWatcher;

const openWatches = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'FSEventWrap').length;

async function start(...paths: string[]): Promise<void> {
  source = new FolderWatcher({
    paths,
    clock: systemClock,
    watch: true,
    rescanMs: 0,
    onChange: model.take,
    workingFolder: temp.path,
  });
  source.start();
  await watchesAreUp(paths.length);
}

/** Returns when a new file in `zones` is noticed. */
async function watchesAreUp(count: number): Promise<void> {
  await eventually(() => expect(openWatches()).toBeGreaterThan(count));
  let v = 0;
  const probe = async (): Promise<void> => {
    v += 1;
    temp.write('zones/probe.yaml', `v: ${v}`);
    await vi.waitFor(() => expect(model.files.get('zones/probe.yaml')).toEqual([v]));
  };
  await eventually(probe);
  temp.remove('zones/probe.yaml');
  await sees('zones/probe.yaml', undefined);
}

async function sees(file: string, values: unknown[] | undefined): Promise<void> {
  await eventually(() => expect(model.files.get(file)).toEqual(values));
}

beforeEach(() => {
  temp = new TempFolder();
  temp.write('zones/a.yaml', 'v: 1');
  model = new Model();
});
afterEach(async () => {
  await source.stop();
  temp.dispose();
});

describe('FolderWatcher notices a change', () => {
  test('made in place, by renaming over, by removal, and in a new file', async () => {
    await start('zones');
    temp.write('zones/a.yaml', 'v: 2');
    await sees('zones/a.yaml', [2]);
    temp.write('zones/.a.yaml.tmp', 'v: 3');
    temp.rename('zones/.a.yaml.tmp', 'zones/a.yaml');
    await sees('zones/a.yaml', [3]);
    temp.write('zones/b.yaml', 'v: 4');
    await sees('zones/b.yaml', [4]);
    temp.remove('zones/a.yaml');
    await sees('zones/a.yaml', undefined);
  });

  test('in new folders, made and filled in one go, and in replaced ones', async () => {
    await start('zones');
    temp.write('zones/x/y/z/c.yaml', 'v: 1');
    await sees('zones/x/y/z/c.yaml', [1]);
    temp.write('zones/x/y/z/c.yaml', 'v: 2');
    await sees('zones/x/y/z/c.yaml', [2]);
    temp.write('next/z/c.yaml', 'v: 3');
    temp.rename('zones/x/y', 'old');
    temp.rename('next', 'zones/x/y');
    await sees('zones/x/y/z/c.yaml', [3]);
    temp.write('zones/x/y/z/c.yaml', 'v: 4');
    await sees('zones/x/y/z/c.yaml', [4]);
  });

  test('of a ConfigMap volume, again and again', async () => {
    temp.swapConfigMap('zones', 'v1', { 'svc.yaml': 'v: 1', 'sub/pod.yaml': 'v: 1' });
    temp.link('zones/svc.yaml', '..data/svc.yaml');
    temp.link('zones/sub', '..data/sub');
    await start('zones');
    for (const v of [2, 3, 4]) {
      temp.swapConfigMap('zones', `v${v}`, { 'svc.yaml': `v: ${v}`, 'sub/pod.yaml': `v: ${v}` });
      temp.remove(`zones/..v${v - 1}`);
      await sees('zones/svc.yaml', [v]);
      await sees('zones/sub/pod.yaml', [v]);
    }
  });

  test('of every kind, while those of another file never pause', async () => {
    temp.swapConfigMap('zones', 'v1', { 'svc.yaml': 'v: 1' });
    temp.link('zones/svc.yaml', '..data/svc.yaml');
    await start('zones');
    let v = 0;
    const busy = setInterval(() => temp.write('zones/busy.yaml', `v: ${v++}`), 5);
    const seen = () => model.changes.filter((line) => line.startsWith('zones/busy.yaml')).length;
    try {
      // By then nothing rings any more.
      await eventually(() => expect(seen()).toBeGreaterThan(12));
      temp.write('zones/a.yaml', 'v: 2');
      await sees('zones/a.yaml', [2]);
      temp.write('zones/.a.yaml.tmp', 'v: 3');
      temp.rename('zones/.a.yaml.tmp', 'zones/a.yaml');
      await sees('zones/a.yaml', [3]);
      temp.write('zones/new/b.yaml', 'v: 1');
      await sees('zones/new/b.yaml', [1]);
      temp.write('zones/new/b.yaml', 'v: 2');
      await sees('zones/new/b.yaml', [2]);
      temp.write('next/b.yaml', 'v: 3');
      temp.rename('zones/new', 'old');
      temp.rename('next', 'zones/new');
      await sees('zones/new/b.yaml', [3]);
      temp.write('zones/new/b.yaml', 'v: 4');
      await sees('zones/new/b.yaml', [4]);
      temp.swapConfigMap('zones', 'v2', { 'svc.yaml': 'v: 2' });
      await sees('zones/svc.yaml', [2]);
      temp.remove('zones/a.yaml');
      await sees('zones/a.yaml', undefined);
    } finally {
      clearInterval(busy);
    }
    await sees('zones/busy.yaml', [v - 1]);
    temp.write('zones/a.yaml', 'v: 5');
    await sees('zones/a.yaml', [5]);
  });

  test('after the watched folder was removed and made again', async () => {
    await start('zones');
    for (const v of [2, 3]) {
      temp.remove('zones');
      temp.write('zones/a.yaml', `v: ${v}`);
      await sees('zones/a.yaml', [v]);
      temp.write('zones/a.yaml', `v: ${v}${v}`);
      await sees('zones/a.yaml', [v * 11]);
    }
  });

  test('after the watched folder was replaced by renaming', async () => {
    await start('zones');
    temp.write('next/a.yaml', 'v: 2');
    temp.rename('zones', 'old');
    temp.rename('next', 'zones');
    await sees('zones/a.yaml', [2]);
    temp.write('old/a.yaml', 'v: 9');
    temp.write('zones/a.yaml', 'v: 3');
    await sees('zones/a.yaml', [3]);
    expect(model.told().join()).not.toContain('9');
  });

  test('after a folder above the watched one was removed and made again', async () => {
    temp.write('top/inner/zones/a.yaml', 'v: 1');
    await start('top/inner/zones', 'zones');
    temp.remove('top');
    await eventually(() => expect(model.told()).toContain('top/inner/zones FOLDER_MISSING'));
    temp.write('top/inner/zones/a.yaml', 'v: 2');
    await sees('top/inner/zones/a.yaml', [2]);
    temp.write('top/inner/zones/a.yaml', 'v: 3');
    await sees('top/inner/zones/a.yaml', [3]);
  });

  test('when a link to the watched folder is swapped, as git-sync does', async () => {
    temp.write('r1/zones/a.yaml', 'v: 1');
    temp.write('r2/zones/a.yaml', 'v: 2');
    temp.link('current', 'r1');
    await start('current/zones', 'zones');
    await sees('current/zones/a.yaml', [1]);
    temp.link('next', 'r2');
    temp.rename('next', 'current');
    await sees('current/zones/a.yaml', [2]);
    temp.write('r2/zones/a.yaml', 'v: 3');
    await sees('current/zones/a.yaml', [3]);
  });

  test('of a watched file, in place, renamed over, and behind a link', async () => {
    temp.write('one.conf', 'v: 1');
    temp.write('t1.yaml', 'v: 1');
    temp.write('t2.yaml', 'v: 2');
    temp.link('linked.yaml', 't1.yaml');
    await start('one.conf', 'linked.yaml', 'zones');
    temp.write('one.conf', 'v: 2');
    await sees('one.conf', [2]);
    temp.write('one.tmp', 'v: 3');
    temp.rename('one.tmp', 'one.conf');
    await sees('one.conf', [3]);
    temp.write('one.conf', 'v: 4');
    await sees('one.conf', [4]);
    temp.link('next', 't2.yaml');
    temp.rename('next', 'linked.yaml');
    await sees('linked.yaml', [2]);
    temp.write('t2.yaml', 'v: 5');
    await sees('linked.yaml', [5]);
  });
});

describe('FolderWatcher.stop()', () => {
  test('lets go of every watch, so that the process can exit', async () => {
    await start('zones');
    expect(openWatches()).toBeGreaterThan(1);
    await source.stop();
    await eventually(() => expect(openWatches()).toBe(0));
    temp.write('zones/a.yaml', 'v: 2');
    expect(model.files.get('zones/a.yaml')).toEqual([1]);
  });
});
