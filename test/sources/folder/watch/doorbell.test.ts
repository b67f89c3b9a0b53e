import { EventEmitter } from 'node:events';
import type { FSWatcher } from 'chokidar';
import { expect, test } from 'vitest';
import { realDisk } from '../../../../src/sources/folder/read/disk.ts';
import { openDoorbell } from '../../../../src/sources/folder/watch/doorbell.ts';

const watchers: FakeWatcher[] = [];

class FakeWatcher extends EventEmitter {
  isClosed = false;

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

function watch(): FSWatcher {
  const watcher = new FakeWatcher();
  watchers.push(watcher);
  return watcher as unknown as FSWatcher;
}

test('a doorbell that fails rings each time, and tells its first reason until it is armed again', async () => {
  let rings = 0;
  const ring = () => {
    rings += 1;
  };
  const bell = openDoorbell(realDisk, ring, watch);
  const scan = { trees: ['/no/such/folder'], folders: new Map<string, string>() };
  bell.arm([], scan, false);
  expect([bell.failure, rings, watchers.length]).toEqual([undefined, 0, 1]);

  watchers[0]?.emit('error', new Error('no space left on device'));
  watchers[0]?.emit('error', new Error('and something else'));
  expect([bell.failure, rings]).toEqual(['no space left on device', 2]);

  bell.arm([], scan, false);
  expect([bell.failure, watchers.length]).toEqual(['no space left on device', 1]);
  bell.arm([], scan, true);
  expect([bell.failure, watchers.length, watchers[0]?.isClosed]).toEqual([undefined, 2, true]);
  watchers[1]?.emit('error', new Error('and something else'));
  expect(bell.failure).toBe('and something else');
  await bell.close();
});

test('a doorbell that rests is watched by nobody, and watches anew when it is armed', async () => {
  watchers.length = 0;
  let rings = 0;
  const bell = openDoorbell(realDisk, () => (rings += 1), watch);
  const scan = { trees: ['/no/such/folder'], folders: new Map<string, string>(), files: [] };
  bell.arm([], scan, false);
  bell.rest(scan);
  bell.rest(scan);
  expect(watchers.map(({ isClosed }) => isClosed)).toEqual([true]);
  bell.arm([], scan, false);
  expect(watchers.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  // What happened meanwhile is looked for once it is watched again.
  expect(rings).toBe(0);
  watchers[1]?.emit('ready');
  expect(rings).toBe(1);
  await bell.close();
});
