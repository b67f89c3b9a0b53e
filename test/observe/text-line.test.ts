import { describe, expect, test } from 'vitest';
import { createLoggerTo, debugLevel } from '../../src/observe/log.ts';
import { textLine } from '../../src/observe/text-line.ts';

const line = (fields: object) =>
  textLine(JSON.stringify({ level: 'info', time: 'now', ...fields }), new Set(['log', 'errors']));

describe('textLine()', () => {
  test.for([
    ['trace', '[DEBUG] x\n'],
    ['debug', '[DEBUG] x\n'],
    ['info', '[INFO] x\n'],
    ['warn', '[WARNING] x\n'],
    ['error', '[ERROR] x\n'],
    ['fatal', '[FATAL] x\n'],
  ] as const)('writes the level %s as CoreDNS does', ([level, expected]) => {
    expect(line({ level, msg: 'x' })).toBe(expected);
  });

  test('writes nothing but the message of a query and of an error', () => {
    const msg =
      '127.0.0.1:50759 - 29008 "A IN example.org. udp 41 false 4096" NOERROR qr,rd,ra,ad 68 0.037990251s';
    expect(line({ plugin: 'log', client: '127.0.0.1', rcode: 'NOERROR', msg })).toBe(
      `[INFO] ${msg}\n`,
    );
    expect(
      line({ level: 'error', plugin: 'errors', name: 'a.', msg: 'plugin/errors: 2 a. A: late' }),
    ).toBe('[ERROR] plugin/errors: 2 a. A: late\n');
    expect(line({ plugin: 'errors', name: 'a.', leftOut: 3, msg: 'x' })).toBe(
      '[INFO] x leftOut=3\n',
    );
    expect(line({ leftOut: 0, msg: 'x' })).toBe('[INFO] x\n');
  });

  test('writes the fields of other lines behind the message', () => {
    const fields = { plugin: 'loop', to: '192.0.2.53:53', n: 1, why: 'no "luck"', list: ['a'] };
    expect(line({ ...fields, msg: 'Cut' })).toBe(
      '[INFO] Cut plugin=loop to=192.0.2.53:53 n=1 why="no \\"luck\\"" list=["a"]\n',
    );
  });

  test('writes an error with its stack', () => {
    expect(
      line({ err: { type: 'Error', message: 'x', stack: 'Error: x\n  at y' }, msg: 'Bug' }),
    ).toBe('[INFO] Bug err="Error: x\\n  at y"\n');
  });

  test('is one line whatever is in it', () => {
    const written = line({ a: 'b\nc\u2028\u009b', msg: 'x\r\ny\u001b[2J\u0000\u0085é' });
    expect(written).toBe('[INFO] x\\u000d\\ny\\u001b[2J\\u0000\\u0085é a="b\\nc\\u2028\\u009b"\n');
  });
});

test('createLoggerTo() writes text where text is asked for', () => {
  const lines: string[] = [];
  const log = createLoggerTo(
    'info',
    { write: (text) => void lines.push(text) },
    { format: 'text' },
  );
  log.debug('no');
  log.warn({ zone: 'cluster.local' }, '100% %s');
  log.error({ err: new TypeError('bad') }, 'Oh');
  expect(lines).toEqual([
    '[WARNING] 100% %s zone=cluster.local\n',
    expect.stringMatching(/^\[ERROR\] Oh err="TypeError: bad\\n {4}at .*"\n$/),
  ]);
});

test.for([
  ['info', 'debug'],
  ['error', 'debug'],
  ['debug', 'debug'],
  ['trace', 'trace'],
  ['silent', 'silent'],
] as const)('debugLevel() of %s is %s', ([level, expected]) => {
  expect(debugLevel(level)).toBe(expected);
});
