import { describe, expect, test } from 'vitest';
import { parseLameduck } from '../../../src/plugins/health/setup.ts';
import { parsed } from '../parse-directive.ts';

describe('parseLameduck()', () => {
  test.for([
    ['health', 0],
    ['health :8080', 0],
    ['health {\nlameduck 5s\n}', 5000],
    ['health 127.0.0.1:8080 {\nlameduck 1m\n}', 60_000],
    ['health {\nlameduck 0\n}', 0],
    ['health {\nlameduck 2s\nlameduck 1s\n}', 2000],
    ['health {\nlameduck 1s\n}\nhealth :8081 {\nlameduck 3s\n}', 3000],
  ] as const)('%j → %i ms', ([text, ms]) => {
    expect(parsed(parseLameduck, text)).toEqual({ result: ms, problems: [] });
  });

  test.for([
    [
      'health {\nlameduck\n}',
      '3:1',
      "Wrong argument count or unexpected line ending after 'lameduck': expected 1",
    ],
    ['health {\nlameduck 5\n}', '3:10', "invalid lameduck duration: '5': expected one such as 5s"],
    ['health {\nlamduck 5s\n}', '3:1', "unknown property 'lamduck': did you mean 'lameduck'?"],
    ['health {\nzzz\n}', '3:1', "unknown property 'zzz': expected one of lameduck"],
  ] as const)('%j → an error at %s', ([text, place, message]) => {
    expect(parsed(parseLameduck, text).problems).toEqual([
      `Corefile:${place}: error: plugin/health: ${message} [PLUGIN_OPTION]`,
    ]);
  });
});
