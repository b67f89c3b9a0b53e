import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createLogger, createLoggerTo } from '../../src/observe/log.ts';
import { QueryLines } from '../../src/observe/query-lines.ts';
import { eventually } from '../helpers/eventually.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

/** Lines of `n`, what is written of them, and the ends of turns that are waited for. */
function lines(isJson: boolean) {
  const written: string[] = [];
  const turns: (() => void)[] = [];
  let now = 0;
  const queryLines = new QueryLines({
    isJson,
    write: (bytes) => {
      written.push(bytes.toString('latin1'));
      return true;
    },
    schedule: (flush) => void turns.push(flush),
    wallClock: () => now++,
  });
  const add = (text: string) => queryLines.add(text, (of, out) => out.text(of));
  return { queryLines, written, turns, add };
}

describe('QueryLines', () => {
  test('writes all lines of a turn at once, in order', () => {
    const { written, turns, add } = lines(false);
    for (const text of ['a', 'b', 'c']) add(text);
    expect([written, turns.length]).toEqual([[], 1]);
    turns[0]?.();
    add('d');
    turns[1]?.();
    turns[1]?.();
    expect(written).toEqual(['[INFO] a\n[INFO] b\n[INFO] c\n', '[INFO] d\n']);
  });

  test('writes JSON with the time when the first line of the turn came', () => {
    const { written, turns, add } = lines(true);
    for (const members of ['"size":1', '"size":2']) add(members);
    turns[0]?.();
    add('"size":3');
    turns[1]?.();
    expect(written.join('')).toBe(
      '{"level":"info","time":"1970-01-01T00:00:00.000Z","size":1}\n' +
        '{"level":"info","time":"1970-01-01T00:00:00.000Z","size":2}\n' +
        '{"level":"info","time":"1970-01-01T00:00:00.001Z","size":3}\n',
    );
  });

  test('writes lines of turns that have many together, with those of the first that has few', () => {
    const { written, turns, add } = lines(true);
    for (const size of [8, 20, 7]) {
      for (let i = 0; i < size; i++) add(`"of":${size}`);
      expect(written).toEqual([]);
      turns.at(-1)?.();
    }
    const line = (of: number, at: number) =>
      `{"level":"info","time":"1970-01-01T00:00:00.00${at}Z","of":${of}}\n`;
    expect(written).toEqual([line(8, 0).repeat(8) + line(20, 1).repeat(20) + line(7, 2).repeat(7)]);
    expect(turns).toHaveLength(3);
  });

  test('writes each line at once, with its time, where no turn ends', () => {
    const written: string[] = [];
    let now = 0;
    const write = (bytes: Buffer) => written.push(bytes.toString('latin1')) > 0;
    const queryLines = new QueryLines({ isJson: true, write, wallClock: () => now++ });
    for (const of of ['"of":1', '"of":2']) queryLines.add(of, (text, out) => out.text(text));
    expect(written).toEqual([
      '{"level":"info","time":"1970-01-01T00:00:00.000Z","of":1}\n',
      '{"level":"info","time":"1970-01-01T00:00:00.001Z","of":2}\n',
    ]);
  });

  test('writes them at the end of the next turn when that has none', () => {
    const { written, turns, add } = lines(false);
    for (let i = 0; i < 8; i++) add('a');
    turns[0]?.();
    turns[1]?.();
    expect(written).toEqual(['[INFO] a\n'.repeat(8)]);
  });

  test('gathers no more than 32 KiB and a line, and needs no end of the turn to write them', () => {
    const { written, add } = lines(false);
    for (let i = 0; i < 200; i++) add('x'.repeat(200));
    expect(Math.max(...written.map(({ length }) => length))).toBeLessThanOrEqual(32_768 + 208);
    expect(written.join('').split('\n')).toHaveLength(159);
  });
});

describe('the lines about queries of a log', () => {
  const add = ({ queryLines }: ReturnType<typeof createLogger>, text: string) =>
    queryLines.add(text, (of, out) => out.text(of));

  test('look like those of pino, and are not overtaken by them', () => {
    const written: string[] = [];
    const log = createLoggerTo('info', { write: (line) => void written.push(line) });
    add(log, '"plugin":"log","msg":"one \\"a\\\\b\\""');
    log.info({ plugin: 'log' }, 'one "a\\b"');
    const [first, second] = written.map((line) => line.replace(/"time":"[\d:.TZ-]+"/, '"time":0'));
    expect(first).toBe(second);
  });

  test('stand in a file at the latest before the next line of the log', async () => {
    const folder = new TempFolder();
    const to = folder.write('log', '');
    const log = createLogger('info', { to, format: 'text' });
    add(log, 'a');
    log.info('b');
    add(log, 'c');
    await new Promise(setImmediate);
    expect(readFileSync(to, 'utf8')).toBe('[INFO] a\n[INFO] b\n[INFO] c\n');
    folder.dispose();
  });

  test('are counted, each of them, when they cannot be written', async () => {
    let dropped = 0;
    const log = createLogger('info', { to: '/dev/full', dropped: { add: (n) => (dropped += n) } });
    for (let i = 0; i < 2000; i++) add(log, 'x'.repeat(1000));
    await new Promise(setImmediate);
    expect(dropped).toBeGreaterThanOrEqual(1900);
  });

  test('wait for a pipe that is full, and are dropped and counted beyond 64 KiB', async () => {
    const folder = new TempFolder();
    execFileSync('mkfifo', [folder.at('pipe')]);
    const pipe = openSync(folder.at('pipe'), constants.O_RDWR | constants.O_NONBLOCK);
    let dropped = 0;
    const log = createLogger('info', {
      to: pipe,
      format: 'text',
      dropped: { add: (n) => (dropped += n) },
    });
    for (let i = 0; i < 2000; i++) add(log, `${i}`.padStart(100, 'x'));
    log.info('the end');
    expect(dropped).toBeGreaterThan(0);
    let read = '';
    const bytes = Buffer.alloc(65_536);
    await eventually(() => {
      try {
        read += bytes.toString('latin1', 0, readSync(pipe, bytes));
      } catch {
        // Nothing there yet.
      }
      expect(read.split('\n')).toHaveLength(2002 - dropped);
    });
    expect(read).toMatch(/^(\[INFO\] (x{96,99}\d{1,4}|the end)\n)+$/);
    const numbers = Array.from(read.matchAll(/\d+$/gm), ([number]) => Number(number));
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    closeSync(pipe);
    folder.dispose();
  });

  test('are counted while a pipe has no reader, and written again when it has one', async () => {
    const folder = new TempFolder();
    execFileSync('mkfifo', [folder.at('pipe')]);
    const read = () => openSync(folder.at('pipe'), constants.O_RDONLY | constants.O_NONBLOCK);
    const first = read();
    const pipe = openSync(folder.at('pipe'), constants.O_WRONLY | constants.O_NONBLOCK);
    closeSync(first);
    let dropped = 0;
    const log = createLogger('info', { to: pipe, dropped: { add: (n) => (dropped += n) } });
    const line = () => log.info('x'.repeat(1000));
    line();
    expect(dropped).toBe(0); // it waits
    for (let i = 0; i < 999; i++) line();
    expect(dropped).toBeGreaterThanOrEqual(900);
    const second = read();
    line(); // as long as those before it: there is no room for it either
    let text = '';
    const bytes = Buffer.alloc(65_536);
    await eventually(() => {
      try {
        text += bytes.toString('latin1', 0, readSync(second, bytes));
      } catch {
        // Nothing there yet.
      }
      expect(text.match(/^{.*"msg":"x+"}$/gm)).toHaveLength(1001 - dropped);
    });
    for (const fd of [pipe, second]) closeSync(fd);
    folder.dispose();
  });
});
