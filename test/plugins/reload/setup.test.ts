import { describe, expect, test } from 'vitest';
import { parseReload } from '../../../src/plugins/reload/setup.ts';
import { parsed } from '../parse-directive.ts';

describe('parseReload()', () => {
  test.for([
    ['reload', 30_000, 15_000],
    ['reload 10s', 10_000, 5000],
    ['reload 10s 3s', 10_000, 3000],
    ['reload 1m30s 20s', 90_000, 20_000],
    ['reload 2m', 120_000, 15_000],
    ['reload 10s 1h', 10_000, 5000], // at most half
    ['reload 10s 0', 10_000, 0],
    ['reload 10s 0s', 10_000, 0],
    ['reload 2s 1s', 2000, 1000],
  ] as const)('%s → every %i ms, give or take %i', ([line, intervalMs, jitterMs]) => {
    expect(parsed(parseReload, line)).toEqual({ result: { intervalMs, jitterMs }, problems: [] });
  });

  test.for([
    ['reload 1s', 2000, 1000, 8, "interval '1s'", '2s'],
    ['reload 0', 2000, 1000, 8, "interval '0'", '2s'],
    ['reload 2s 100ms', 2000, 1000, 11, "jitter '100ms'", '1s'],
    ['reload 10s 1ms', 10_000, 1000, 12, "jitter '1ms'", '1s'],
  ] as const)(
    '%s is below CoreDNS’s least: %i ms, give or take %i, with a warning',
    ([line, intervalMs, jitterMs, column, what, least]) => {
      expect(parsed(parseReload, line)).toEqual({
        result: { intervalMs, jitterMs },
        problems: [
          `Corefile:2:${column}: warning: plugin/reload: ${what} is below the least there is: taken as ${least} [PLUGIN_OPTION]`,
        ],
      });
    },
  );

  test('`reload off` is none', () => {
    expect(parsed(parseReload, 'reload off')).toEqual({ result: undefined, problems: [] });
  });

  test('a third argument is an error at its place', () => {
    expect(parsed(parseReload, 'reload 30s 15s 5s').problems).toEqual([
      "Corefile:2:16: error: plugin/reload: Wrong argument count or unexpected line ending after 'reload': expected 0 to 2 [PLUGIN_OPTION]",
    ]);
  });

  test('no line is none', () => {
    expect(parsed(() => parseReload([], undefined as never), '').result).toBeUndefined();
  });

  test.for([
    ['reload often', 'Corefile:2:8', "'often'"],
    ['reload 30', 'Corefile:2:8', "'30'"],
    ['reload -5s', 'Corefile:2:8', "'-5s'"],
    ['reload 30s x', 'Corefile:2:12', "'x'"],
  ] as const)('%s → an error at %s', ([line, place, word]) => {
    expect(parsed(parseReload, line).problems).toEqual([
      `${place}: error: plugin/reload: not a duration: ${word}: expected one such as 30s, or off [PLUGIN_OPTION]`,
    ]);
  });
});
