import { describe, expect, test } from 'vitest';
import type { FileReader, FileVersion } from '../../src/plugins/file-reader.ts';
import { WatchedFile } from '../../src/plugins/watched-file.ts';
import { FakeClock } from '../helpers/fake-clock.ts';
import { settled } from '../helpers/plugin-harness.ts';

/** One file in memory; writing moves its time on. Counts how often it is read. */
class MemoryFile implements FileReader {
  reads = 0;
  #text: string | undefined;
  #version: FileVersion = { modifiedMs: 0, changedMs: 0, bytes: 0, inode: 1 };

  write(text: string, change: Partial<FileVersion> = { modifiedMs: this.#version.modifiedMs + 1 }) {
    this.#text = text;
    this.#version = { ...this.#version, ...change };
  }

  remove() {
    this.#text = undefined;
  }

  async version() {
    if (this.#text === undefined) throw Object.assign(new Error(), { code: 'ENOENT' });
    return this.#version;
  }

  async read() {
    this.reads++;
    return Buffer.from(this.#text ?? '');
  }
}

async function watching(text: string | undefined, intervalMs = 1000) {
  const clock = new FakeClock();
  const files = new MemoryFile();
  if (text !== undefined) files.write(text);
  const told: string[] = [];
  const watched = new WatchedFile({
    path: '/etc/x',
    intervalMs,
    maxBytes: 100,
    clock,
    files,
    onContent: (content) => {
      if (content.toString() === 'broken') throw new Error('it is broken');
      told.push(`read ${content}`);
    },
    onFault: (fault) => told.push(`fault ${fault}`),
  });
  await watched.start();
  const later = async (ms = 1000) => {
    clock.advance(ms);
    await settled();
    return told.splice(0);
  };
  return { clock, files, watched, later, first: told.splice(0) };
}

describe('WatchedFile', () => {
  test('has read the file when it has started', async () => {
    expect((await watching('a')).first).toEqual(['read a']);
  });

  test('reads again what has changed, and only that', async () => {
    const { files, later } = await watching('a');
    expect(await later()).toEqual([]);
    expect(files.reads).toBe(1);
    files.write('b');
    expect(await later(999)).toEqual([]);
    expect(await later(1)).toEqual(['read b']);
  });

  test.for([[{ modifiedMs: 7 }], [{ changedMs: 7 }], [{ bytes: 7 }], [{ inode: 7 }]] as const)(
    'sees a change by %j alone',
    async ([change]) => {
      const { files, later } = await watching('a');
      files.write('b', change);
      expect(await later()).toEqual(['read b']);
    },
  );

  test('tells once that the file has vanished, and reads it when it is back', async () => {
    const { files, later } = await watching('a');
    files.remove();
    expect(await later()).toEqual(['fault there is no such file']);
    expect(await later()).toEqual([]);
    files.write('a', {});
    expect(await later()).toEqual(['read a']);
    files.remove();
    expect(await later()).toEqual(['fault there is no such file']);
  });

  test('does not read broken content again before it has changed', async () => {
    const { files, later } = await watching('a');
    files.write('broken');
    expect(await later()).toEqual(['fault it is broken']);
    expect(await later()).toEqual([]);
    expect(files.reads).toBe(2);
    files.write('c');
    expect(await later()).toEqual(['read c']);
  });

  test('waits for a file that is not there at the start', async () => {
    const { files, later, first } = await watching(undefined);
    expect(first).toEqual(['fault there is no such file']);
    files.write('a');
    expect(await later()).toEqual(['read a']);
  });

  test('reads once only when the interval is 0', async () => {
    const { clock, files, later } = await watching('a', 0);
    expect(clock.timers).toBe(0);
    files.write('b');
    expect(await later(1_000_000)).toEqual([]);
  });

  test('leaves no timer when it is stopped, also in the middle of a look', async () => {
    const { clock, files, watched, later } = await watching('a');
    files.write('b');
    clock.advance(1000);
    watched.stop();
    expect(await later(0)).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  test.for([
    [1, 100],
    [1e12, 2 ** 31 - 1],
  ])('an interval of %d ms is one of %d', async ([asked, taken]) => {
    const { files, later } = await watching('a', asked);
    files.write('b');
    expect(await later(taken! - 1)).toEqual([]);
    expect(await later(1)).toEqual(['read b']);
  });
});
