import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createLogger, createLoggerTo, LogLimiter } from '../../src/observe/log.ts';

describe('createLogger()', () => {
  test('has written a JSON line when the call returns', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'svcdns-log-'));
    const file = path.join(folder, 'log');
    createLogger('info', { to: file }).info({ zone: 'cluster.local' }, 'Ready');
    const line = JSON.parse(readFileSync(file, 'utf8'));
    rmSync(folder, { recursive: true });
    expect(line).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      zone: 'cluster.local',
      msg: 'Ready',
    });
  });

  test('has written all lines about queries when the process ends, of a turn that has many too', async () => {
    vi.resetModules(); // else what other tests have for the end of the process is there already
    const { createLogger } = await import('../../src/observe/log.ts');
    const folder = mkdtempSync(path.join(tmpdir(), 'svcdns-log-'));
    const file = path.join(folder, 'log');
    const before = process.listeners('exit');
    const { queryLines } = createLogger('info', { to: file });
    for (let at = 0; at < 100; at++) queryLines.add(at, (of, out) => out.text(`"of":${of}`));
    for (const end of process.listeners('exit')) if (!before.includes(end)) end(0);
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    rmSync(folder, { recursive: true });
    expect(lines.map((line) => JSON.parse(line).of)).toEqual(
      Array.from({ length: 100 }, (_, at) => at),
    );
  });

  test('drops and counts lines that a full disk does not take, and throws nothing', () => {
    let dropped = 0;
    const log = createLogger('info', { to: '/dev/full', dropped: { add: (n) => (dropped += n) } });
    for (let i = 0; i < 2000; i++) log.info('x'.repeat(1000));
    expect(dropped).toBeGreaterThanOrEqual(1900);
  });

  test('rejects a level that does not exist, naming those that do', () => {
    expect(() => createLogger('loud')).toThrow(
      'Cannot log at level "loud": expected one of trace, debug, info, warn, error, fatal, silent',
    );
  });

  test.for([
    ['debug', ['debug', 'info', 'warn']],
    ['info', ['info', 'warn']],
    ['silent', []],
  ] as const)('at level %s writes %j', ([level, expected]) => {
    const lines: string[] = [];
    const log = createLoggerTo(level, { write: (line) => void lines.push(line) });
    log.debug('');
    log.info('');
    log.warn('');
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(expected);
  });

  test('keeps one line one line, whatever is in it', () => {
    const lines: string[] = [];
    const log = createLoggerTo('info', { write: (line) => void lines.push(line) });
    log.info({ name: 'a\nb\u001b[2J\u0000' }, 'c\r\nd');
    expect(lines.length).toBe(1);
    expect(lines[0]).toMatch(/^[\x20-\x7e]+\n$/);
    expect(JSON.parse(lines[0]!)).toMatchObject({ name: 'a\nb\u001b[2J\u0000', msg: 'c\r\nd' });
  });
});

test('LogLimiter logs once an interval and tells how many lines it left out', () => {
  let now = 0;
  const told: number[] = [];
  const limiter = new LogLimiter(() => now, 1000);
  for (const at of [0, 10, 999, 1000, 1001, 3000]) {
    now = at;
    limiter.log((leftOut) => told.push(leftOut));
  }
  expect(told).toEqual([0, 2, 1]);
});
