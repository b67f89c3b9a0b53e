import { expect, test } from 'vitest';
import { LogLevel } from '../../src/app/log-level.ts';
import { createLoggerTo } from '../../src/observe/log.ts';

test('LogLevel is debug while a configuration has it, and then as before', () => {
  const log = createLoggerTo('warn', { write: () => {} });
  const level = new LogLevel(log);
  const levels = [false, true, true, false].map((isDebug) => {
    level.follow({ isDebug });
    return log.level;
  });
  expect(levels).toEqual(['warn', 'debug', 'debug', 'warn']);
});
