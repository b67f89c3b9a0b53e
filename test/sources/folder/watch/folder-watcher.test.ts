import { execFileSync } from 'node:child_process';
import { statSync, truncateSync, utimesSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAX_FILE_BYTES } from '../../../../src/sources/folder/limits.ts';
import { type Disk, realDisk } from '../../../../src/sources/folder/read/disk.ts';
import type { Doorbell, OpenDoorbell } from '../../../../src/sources/folder/watch/doorbell.ts';
import { FolderWatcher } from '../../../../src/sources/folder/watch/folder-watcher.ts';
import { FakeClock } from '../../../helpers/fake-clock.ts';
import { TempFolder } from '../../../helpers/temp-folder.ts';
import { Model } from './model.ts';

const RESCAN_MS = 30_000;

let temp: TempFolder;
let clock: FakeClock;
let model: Model;
let disk: Disk;
let source: FolderWatcher | undefined;
let bell: {
  ring: () => void;
  failure: string | undefined;
  retries: number;
  isOpen: boolean;
  isArmed: boolean;
  /** What it has heard; undefined when it cannot tell. */
  heard: Set<string> | undefined;
  /** While it rests, it hears of all that happens. */
  hears: boolean;
};

const openDoorbell: OpenDoorbell = (_disk, ring): Doorbell => {
  const state = { isOpen: true, isArmed: false, heard: undefined, hears: false };
  bell = { ring, failure: undefined, retries: 0, ...state };
  return {
    rest: () => {
      bell.isArmed = false;
      return bell.hears;
    },
    heard: () => {
      const { heard } = bell;
      if (heard !== undefined) bell.heard = new Set();
      return heard;
    },
    arm: (_paths, _scan, isRetry) => {
      bell.isArmed = true;
      if (isRetry && bell.failure !== undefined) bell.retries += 1;
    },
    get failure() {
      return bell.failure;
    },
    close: async () => {
      bell.isOpen = false;
    },
  };
};

function start(paths = ['zones'], rescanMs = RESCAN_MS): string[] {
  source = new FolderWatcher({
    paths,
    clock,
    watch: true,
    rescanMs,
    onChange: model.take,
    disk,
    openDoorbell,
    workingFolder: temp.path,
  });
  source.start();
  return model.told();
}

/** Rings the bell and lets the debounce run out. */
function ring(): string[] {
  bell.ring();
  clock.advance(60);
  return model.told();
}

function after(ms: number): string[] {
  clock.advance(ms);
  return model.told();
}

beforeEach(() => {
  temp = new TempFolder();
  temp.folder('zones');
  // Long after the files were written, so that their times can be trusted.
  clock = new FakeClock(Math.floor(Date.now() / 1000) + 1000);
  model = new Model();
  disk = { ...realDisk };
});
afterEach(async () => {
  await source?.stop();
  expect(clock.timers).toBe(0);
  temp.dispose();
});

describe('FolderWatcher', () => {
  test('start() delivers everything at once, sorted by path', () => {
    temp.write('zones/b.yaml', 'v: 1\n---\nv: 2');
    temp.write('zones/a/x.json', '{"v": 3}');
    expect(start()).toEqual(['zones/a/x.json = 3', 'zones/b.yaml = 1 2']);
    expect(model.isSynced).toBe(true);
  });

  test('start() delivers once even when there is nothing', () => {
    let deliveries = 0;
    source = new FolderWatcher({
      paths: ['zones'],
      clock,
      watch: false,
      rescanMs: 0,
      onChange: ({ changed, isSynced }) => {
        deliveries += 1;
        expect([changed, isSynced]).toEqual([[], true]);
      },
      workingFolder: temp.path,
    });
    source.start();
    source.start();
    expect(deliveries).toBe(1);
    expect(clock.timers).toBe(0);
  });

  test('a ring is answered once things are quiet, and tells only what differs', () => {
    temp.write('zones/a.yaml', 'v: 1');
    temp.write('zones/b.yaml', 'v: 1');
    start();
    temp.write('zones/b.yaml', 'v: 22');
    temp.write('zones/c.yaml', 'v: 3');
    bell.ring();
    expect(after(50)).toEqual([]);
    bell.ring();
    expect(after(59)).toEqual([]);
    expect(after(1)).toEqual(['zones/b.yaml = 22', 'zones/c.yaml = 3']);
    expect(ring()).toEqual([]);
  });

  test('a bell that keeps ringing is answered within 150 ms', () => {
    start();
    temp.write('zones/a.yaml', 'v: 1');
    for (let at = 0; at < 150; at += 10) {
      expect(model.told()).toEqual([]);
      bell.ring();
      clock.advance(10);
    }
    expect(model.told()).toEqual(['zones/a.yaml = 1']);
  });

  test('without a ring a change is seen at the next rescan', () => {
    temp.write('zones/a.yaml', 'v: 1');
    start();
    temp.write('zones/a.yaml', 'v: 2');
    temp.write('zones/new/b.yaml', 'v: 3');
    expect(after(RESCAN_MS - 1)).toEqual([]);
    expect(after(1)).toEqual(['zones/a.yaml = 2', 'zones/new/b.yaml = 3']);
  });

  test('a change that leaves size and times as they were is seen by reading at the rescan', () => {
    const file = temp.write('zones/a.yaml', 'v: 1');
    const frozen = realDisk.lstat(file);
    disk.lstat = () => frozen;
    start();
    temp.write('zones/a.yaml', 'v: 2');
    expect(ring()).toEqual([]);
    expect(after(RESCAN_MS)).toEqual(['zones/a.yaml = 2']);
  });

  test('times set back do not hide a change', () => {
    const file = temp.write('zones/a.yaml', 'v: 1');
    const { atime, mtime } = statSync(file);
    start();
    temp.write('zones/a.yaml', 'v: 2');
    utimesSync(file, atime, mtime);
    expect(ring()).toEqual(['zones/a.yaml = 2']);
  });

  test.for([
    ['not trusted', { hasFineTimes: true, ageMs: 10 }, ['zones/a.yaml = 2']],
    [
      'not trusted where they are whole seconds',
      { hasFineTimes: false, ageMs: 200 },
      ['zones/a.yaml = 2'],
    ],
    ['trusted a few ticks later', { hasFineTimes: true, ageMs: 200 }, []],
  ] as const)('times close to now are %s', ([, times, told]) => {
    clock = new FakeClock(Math.floor(Date.now() / 1000));
    const file = temp.write('zones/a.yaml', 'v: 1');
    const frozen = realDisk.lstat(file);
    disk.read = (path, maxBytes) => {
      const outcome = realDisk.read(path, maxBytes);
      if (outcome.kind !== 'content') return outcome;
      return { ...outcome, before: { ...outcome.before, ...times } };
    };
    start();
    disk.lstat = () => frozen;
    temp.write('zones/a.yaml', 'v: 2');
    expect(ring()).toEqual(told);
  });

  test('where changes never pause, looks come sooner than that', () => {
    start();
    const seen: number[] = [];
    for (let at = 1; at <= 60; at++) {
      temp.write('zones/a.yaml', `v: ${at}`);
      bell.ring();
      clock.advance(10);
      if (model.told().length > 0) seen.push(at * 10);
    }
    expect(seen).toEqual([150, 300, 360, 420, 480, 540, 600]);
  });

  test('where changes never pause, the doorbell rests until a look finds none', () => {
    start();
    const looks: string[] = [];
    for (let at = 1; at <= 10; at++) {
      temp.write('zones/a.yaml', `v: ${at}`);
      if (bell.isArmed) bell.ring();
      clock.advance(60);
      looks.push(`${model.told().join()} ${bell.isArmed ? 'armed' : 'resting'}`);
    }
    const told = looks.map((_, at) => `zones/a.yaml = ${at + 1}`);
    expect(looks).toEqual(told.map((text, at) => `${text} ${at < 1 ? 'armed' : 'resting'}`));
    // The look that finds nothing, and the one that has it watched again.
    expect([after(60), bell.isArmed]).toEqual([[], false]);
    expect([after(150), bell.isArmed]).toEqual([[], true]);
    expect(clock.timers).toBe(1);
    temp.write('zones/a.yaml', 'v: 11');
    expect(ring()).toEqual(['zones/a.yaml = 11']);
  });

  test.for([
    ['hears of changes', true, 30],
    ['does not', false, 60],
  ] as const)('after 50 changes at once the doorbell rests; when it %s', ([, hears, waitMs]) => {
    const write = (v: number) => {
      for (let at = 0; at < 50; at++) temp.write(`zones/${at}.yaml`, `v: ${v}`);
    };
    write(1);
    start();
    bell.hears = hears;
    write(2);
    expect([ring().length, bell.isArmed]).toEqual([50, false]);
    // Nobody rings for these.
    write(3);
    expect(after(waitMs - 1)).toEqual([]);
    expect(after(1)).toHaveLength(50);
    after(1000);
    expect([bell.isArmed, clock.timers]).toEqual([true, 1]);
  });

  describe('where changes never pause', () => {
    let looked: string[];
    let scans: number;

    beforeEach(() => {
      looked = [];
      scans = 0;
      disk.lstat = (path) => {
        looked.push(path);
        return realDisk.lstat(path);
      };
      disk.entries = (folder, limit) => {
        scans += 1;
        return realDisk.entries(folder, limit);
      };
      for (const name of ['a', 'b', 'c']) temp.write(`zones/${name}.yaml`, 'v: 0');
      start();
      for (let v = 1; bell.isArmed; v += 1) {
        temp.write('zones/a.yaml', `v: ${v}`);
        bell.ring();
        after(60);
      }
      // Once more at all files: what happened before it rested has not been heard.
      temp.write('zones/a.yaml', 'v: 99');
      after(60);
      bell.heard = new Set();
      looked = [];
      scans = 0;
    });

    /** Writes files, of which that is heard; returns what is told within 60 ms. */
    function hear(files: Readonly<Record<string, string>>): string[] {
      for (const [file, text] of Object.entries(files)) {
        temp.write(file, text);
        bell.heard?.add(temp.at(file));
      }
      return after(60);
    }

    test('the files alone are looked at where something has happened', () => {
      expect(hear({ 'zones/b.yaml': 'v: 5', 'zones/.b.swp': '' })).toEqual(['zones/b.yaml = 5']);
      expect(hear({ 'zones/c.yaml': 'v: 6' })).toEqual(['zones/c.yaml = 6']);
      expect([looked, scans]).toEqual([
        ['zones/.b.swp', 'zones/b.yaml', 'zones/c.yaml'].map((file) => temp.at(file)),
        0,
      ]);
    });

    test('all files are looked at within a second, as some may not be heard of', () => {
      temp.write('zones/c.yaml', 'v: 7');
      const told: string[] = [];
      for (let v = 100; v < 120; v += 1) told.push(...hear({ 'zones/b.yaml': `v: ${v}` }));
      expect(told).toContain('zones/c.yaml = 7');
      expect(scans).toBe(1);
    });

    test.for([
      ['a file is new', () => hear({ 'zones/d.yaml': 'v: 8' }), ['zones/d.yaml = 8']],
      [
        'a file is gone',
        () => {
          temp.remove('zones/c.yaml');
          return hear({ 'zones/b.yaml': 'v: 8', 'zones/c.yaml': 'v: 9' }).concat(after(200));
        },
        ['zones/b.yaml = 8', 'zones/c.yaml = 9'],
      ],
      [
        'what happens is not heard',
        () => {
          bell.heard = undefined;
          temp.write('zones/c.yaml', 'v: 8');
          return after(60);
        },
        ['zones/c.yaml = 8'],
      ],
      [
        'it rings all the same',
        () => {
          temp.write('zones/c.yaml', 'v: 8');
          bell.ring();
          return after(60);
        },
        ['zones/c.yaml = 8'],
      ],
    ] as const)('all files are looked at when %s', ([, change, told]) => {
      expect(change()).toEqual(told);
    });

    test('a file that is gone is told as ever', () => {
      temp.remove('zones/c.yaml');
      bell.heard?.add(temp.at('zones/c.yaml'));
      expect(hear({ 'zones/b.yaml': 'v: 8' })).toEqual(['zones/b.yaml = 8']);
      expect(after(100)).toEqual(['zones/c.yaml removed']);
    });
  });

  test('a file touched but not changed is not told', () => {
    temp.write('zones/a.yaml', 'v: 1');
    start();
    temp.write('zones/a.yaml', 'v: 1');
    expect(ring()).toEqual([]);
    expect(after(RESCAN_MS)).toEqual([]);
  });

  test('a file that is not touched is not read again before the rescan', () => {
    temp.write('zones/a.yaml', 'v: 1');
    let reads = 0;
    disk.read = (path, maxBytes) => {
      reads += 1;
      return realDisk.read(path, maxBytes);
    };
    start();
    ring();
    ring();
    expect(reads).toBe(1);
    after(RESCAN_MS);
    expect(reads).toBe(2);
  });

  test('a ConfigMap swap is one change, also when size and times stay the same', () => {
    const then = new Date(1e12);
    const version = (name: string, v: number): void => {
      temp.swapConfigMap('zones', name, { 'svc.yaml': `v: ${v}`, 'sub/pod.yaml': `v: ${v}` });
      for (const file of ['svc.yaml', 'sub/pod.yaml']) {
        utimesSync(temp.at(`zones/..${name}/${file}`), then, then);
      }
    };
    version('2024_01', 1);
    temp.link('zones/svc.yaml', '..data/svc.yaml');
    temp.link('zones/sub', '..data/sub');
    expect(start()).toEqual(['zones/sub/pod.yaml = 1', 'zones/svc.yaml = 1']);
    version('2024_02', 2);
    temp.remove('zones/..2024_01');
    expect(ring()).toEqual(['zones/sub/pod.yaml = 2', 'zones/svc.yaml = 2']);
  });

  test('stop() ends everything, also what is due', async () => {
    start();
    temp.write('zones/a.yaml', 'v: 1');
    bell.ring();
    await source?.stop();
    bell.ring();
    expect(after(2 * RESCAN_MS)).toEqual([]);
    expect([clock.timers, bell.isOpen]).toEqual([0, false]);
  });
});

describe('FolderWatcher keeps the last good content', () => {
  test('of a file that cannot be read as text, and tells the problem once', () => {
    temp.write('zones/a.yaml', 'v: 1');
    start();
    temp.write('zones/a.yaml', Buffer.from([0x76, 0xff]));
    expect(ring()).toEqual([expect.stringContaining('zones/a.yaml MANIFEST_ENCODING')]);
    expect(ring()).toEqual([]);
    expect(model.files.get('zones/a.yaml')).toEqual([1]);
    temp.write('zones/a.yaml', 'v: 1');
    expect(ring()).toEqual(['zones/a.yaml = 1']);
  });

  test('of a file without permission, and tells the content again when it can be read', () => {
    temp.write('zones/a.yaml', 'v: 1');
    temp.write('zones/b.yaml', 'v: 1');
    start();
    let isLocked = true;
    disk.read = (path, maxBytes) => {
      if (isLocked && path.endsWith('a.yaml')) throw Object.assign(new Error(), { code: 'EACCES' });
      return realDisk.read(path, maxBytes);
    };
    const message =
      'zones/a.yaml MANIFEST_UNREADABLE Cannot read this file: permission denied (EACCES)';
    expect(after(RESCAN_MS)).toEqual([message]);
    expect(after(RESCAN_MS)).toEqual([]);
    isLocked = false;
    expect(ring()).toEqual(['zones/a.yaml = 1']);
    expect(ring()).toEqual([]);
  });

  test('of a file that has become too large, is sparse, or is a pipe', () => {
    temp.write('zones/large.yaml', 'v: 1');
    temp.write('zones/pipe.yaml', 'v: 1');
    temp.write('zones/sparse.yaml', '');
    truncateSync(temp.at('zones/sparse.yaml'), 10 * 2 ** 30);
    const refused = (size: number) =>
      `Cannot read this file: found ${size} bytes, expected at most ${MAX_FILE_BYTES}: split it into several files`;
    expect(start()).toEqual([
      'zones/large.yaml = 1',
      'zones/pipe.yaml = 1',
      `zones/sparse.yaml MANIFEST_LIMIT ${refused(10 * 2 ** 30)}`,
    ]);
    truncateSync(temp.at('zones/large.yaml'), MAX_FILE_BYTES + 1);
    temp.remove('zones/pipe.yaml');
    execFileSync('mkfifo', [temp.at('zones/pipe.yaml')]);
    expect(ring()).toEqual([
      `zones/large.yaml MANIFEST_LIMIT ${refused(MAX_FILE_BYTES + 1)}`,
      'zones/pipe.yaml MANIFEST_NOT_A_FILE Cannot read this file: found a named pipe, expected a regular file',
    ]);
    expect(ring()).toEqual([]);
    expect([...model.files.keys()]).toEqual(['zones/large.yaml', 'zones/pipe.yaml']);
  });

  test('of files past the total that may be loaded', () => {
    for (const name of ['a', 'b', 'c']) temp.write(`zones/${name}.yaml`, `v: 1`);
    disk.lstat = (path) => ({
      ...realDisk.lstat(path),
      size: path.endsWith('b.yaml') ? 4 : MAX_FILE_BYTES,
    });
    for (let index = 0; index < 3; index += 1) temp.write(`zones/a${index}.yaml`, 'v: 1');
    const told = start();
    expect(told.at(-1)).toContain(
      'zones/c.yaml MANIFEST_LIMIT Cannot read this file: found over 536870912 bytes in all files',
    );
    expect(told.filter((line) => line.includes('MANIFEST_LIMIT'))).toHaveLength(4);
  });

  test.for([
    ['empty', ''],
    ['blank', ' \n\n'],
    ['full of zeros', '\0\0\0\0'],
  ])('of a file that is %s, until it has been so for five seconds', ([, content]) => {
    temp.write('zones/a.yaml', 'v: 1');
    start();
    temp.write('zones/a.yaml', content!);
    expect(ring()).toEqual([]);
    temp.write('zones/a.yaml', 'v: 2');
    expect(ring()).toEqual(['zones/a.yaml = 2']);
    temp.write('zones/a.yaml', content!);
    expect(ring()).toEqual([]);
    expect(after(4999)).toEqual([]);
    expect(after(1)).not.toEqual([]);
    expect(after(RESCAN_MS)).toEqual([]);
  });

  test('a file that is empty from the start is told at once, and so is one with comments only', () => {
    temp.write('zones/a.yaml', '');
    temp.write('zones/b.yaml', 'v: 1');
    expect(start()).toEqual(['zones/a.yaml = ', 'zones/b.yaml = 1']);
    temp.write('zones/b.yaml', '# nothing any more\n');
    expect(ring()).toEqual(['zones/b.yaml = ']);
  });

  test('a file removed is told after it has been missed for 40 ms', () => {
    temp.write('zones/a.yaml', 'v: 1');
    start();
    temp.remove('zones/a.yaml');
    expect(ring()).toEqual([]);
    expect(after(39)).toEqual([]);
    expect(after(1)).toEqual(['zones/a.yaml removed']);
    temp.write('zones/a.yaml', 'v: 1');
    expect(ring()).toEqual(['zones/a.yaml = 1']);
  });

  test('a file removed and written anew is never gone, however often', () => {
    temp.write('zones/a.yaml', 'v: 1');
    start();
    for (const v of [2, 3, 4]) {
      temp.remove('zones/a.yaml');
      expect(ring()).toEqual([]);
      expect(after(25)).toEqual([]);
      temp.write('zones/a.yaml', `v: ${v}`);
      expect(after(10)).toEqual([`zones/a.yaml = ${v}`]);
    }
  });

  test('of a file that changes while it is read, until it holds still or a second has gone', () => {
    temp.write('zones/a.yaml', 'v: 1');
    start();
    let isWriting = true;
    let reads = 0;
    disk.read = (path, maxBytes) => {
      const outcome = realDisk.read(path, maxBytes);
      if (!isWriting || outcome.kind !== 'content') return outcome;
      reads += 1;
      return { ...outcome, after: { ...outcome.after, signature: `moved ${reads}` } };
    };
    temp.write('zones/a.yaml', 'v: 2');
    expect(ring()).toEqual([]);
    isWriting = false;
    expect(after(50)).toEqual(['zones/a.yaml = 2']);
    isWriting = true;
    temp.write('zones/a.yaml', 'v: 3');
    expect(ring()).toEqual([]);
    expect(after(999)).toEqual([]);
    expect(after(1)).toEqual(['zones/a.yaml = 3']);
  });

  test('of a watched folder that has vanished, warning at most once a minute', () => {
    temp.write('zones/a.yaml', 'v: 1');
    start();
    temp.rename('zones', 'away');
    expect(ring()).toEqual(['zones FOLDER_MISSING']);
    expect(after(58_000)).toEqual([]);
    expect(after(3000)).toEqual(['zones FOLDER_MISSING']);
    expect(after(50_000)).toEqual([]);
    expect(source?.problems.map(({ code }) => code)).toEqual(['FOLDER_MISSING']);
    temp.rename('away', 'zones');
    temp.write('zones/b.yaml', 'v: 2');
    expect(after(1000)).toEqual(['zones/b.yaml = 2']);
    expect(source?.problems).toEqual([]);
    expect(model.files.get('zones/a.yaml')).toEqual([1]);
  });

  test('of a watched folder that has vanished and is back as it was, each time', () => {
    temp.write('zones/a.yaml', 'v: 1');
    start();
    for (const news of [['zones FOLDER_MISSING'], []]) {
      temp.rename('zones', 'away');
      const before = model.deliveries;
      expect(ring()).toEqual(news);
      temp.rename('away', 'zones');
      expect(ring()).toEqual([]);
      expect(source?.problems).toEqual([]);
      expect(model.deliveries).toBe(before + 2);
    }
  });

  test('of a watched folder that vanishes while it is listed', () => {
    temp.write('zones/a.yaml', 'v: 1');
    start();
    disk.entries = () => {
      throw Object.assign(new Error(), { code: 'ENOENT' });
    };
    expect(ring()).toEqual(['zones FOLDER_MISSING']);
    expect(after(500)).toEqual([]);
    expect(model.files.size).toBe(1);
  });

  test('of a watched file that has vanished', () => {
    temp.write('one.yaml', 'v: 1');
    expect(start(['one.yaml'])).toEqual(['one.yaml = 1']);
    temp.remove('one.yaml');
    expect(ring()).toEqual(['one.yaml FOLDER_MISSING']);
    temp.write('one.yaml', 'v: 2');
    expect(ring()).toEqual(['one.yaml = 2']);
  });

  test('of a folder inside that cannot be listed, but not of one that is removed', () => {
    temp.write('zones/locked/a.yaml', 'v: 1');
    temp.write('zones/gone/b.yaml', 'v: 1');
    start();
    disk.entries = (folder, limit) => {
      if (folder.endsWith('locked')) throw Object.assign(new Error(), { code: 'EACCES' });
      return realDisk.entries(folder, limit);
    };
    temp.remove('zones/gone');
    expect(ring()).toEqual(['zones/locked FOLDER_UNREADABLE']);
    expect(after(40)).toEqual(['zones/gone/b.yaml removed']);
    expect(after(2 * RESCAN_MS)).toEqual([]);
    expect([...model.files.keys()]).toEqual(['zones/locked/a.yaml']);
  });

  test('a link that comes to point outside is refused, and what it held is kept', () => {
    temp.write('zones/real.yml.txt', 'v: 1');
    temp.write('secret.yaml', 'v: 9');
    temp.link('zones/a.yaml', 'real.yml.txt');
    expect(start()).toEqual(['zones/a.yaml = 1']);
    temp.remove('zones/a.yaml');
    temp.link('zones/a.yaml', '../secret.yaml');
    expect(ring()).toEqual([expect.stringContaining('zones/a.yaml MANIFEST_LINK')]);
    expect(model.files.get('zones/a.yaml')).toEqual([1]);
  });
});

describe('FolderWatcher at its start', () => {
  test('is not synced before every watched path has been seen', () => {
    temp.write('zones/a.yaml', 'v: 1');
    expect(start(['zones', 'later'])).toEqual(['zones/a.yaml = 1', 'later FOLDER_MISSING']);
    expect(model.isSynced).toBe(false);
    temp.folder('later');
    after(1000);
    expect(model.isSynced).toBe(true);
    temp.remove('later');
    ring();
    expect(model.isSynced).toBe(true);
  });

  test('looks once more when a folder has appeared, as it may be filling', () => {
    start();
    temp.folder('zones/new');
    expect(ring()).toEqual([]);
    temp.write('zones/new/a.yaml', 'v: 1');
    expect(after(60)).toEqual(['zones/new/a.yaml = 1']);
    expect(after(RESCAN_MS - 1000)).toEqual([]);
  });
});

describe('FolderWatcher whose watcher fails', () => {
  test('says so once, looks every second instead, and tries again at each rescan', () => {
    start();
    bell.failure = 'no watch is left';
    expect(ring()).toEqual(['zones WATCH_FAILED']);
    expect(source?.problems[0]?.message).toBe(
      'Cannot watch for changes: no watch is left; looking every 1000 ms instead',
    );
    temp.write('zones/a.yaml', 'v: 1');
    expect(after(1000)).toEqual(['zones/a.yaml = 1']);
    expect(after(10 * RESCAN_MS)).toEqual([]);
    expect(bell.retries).toBeGreaterThanOrEqual(9);
    bell.failure = undefined;
    ring();
    temp.write('zones/a.yaml', 'v: 2');
    expect(after(5000)).toEqual([]);
  });
});
