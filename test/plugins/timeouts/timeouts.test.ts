import { describe, expect, test } from 'vitest';
import { parseTimeouts } from '../../../src/plugins/timeouts/setup.ts';
import { parsed } from '../parse-directive.ts';

const NONE = {
  readMs: undefined,
  writeMs: undefined,
  idleMs: undefined,
  maxTcpQueries: undefined,
};

describe('parseTimeouts()', () => {
  test.for([
    ['', NONE],
    ['timeouts {\nread 10s\n}', { ...NONE, readMs: 10_000 }],
    ['timeouts {\nwrite 1m30s\nidle 24h\n}', { ...NONE, writeMs: 90_000, idleMs: 86_400_000 }],
    ['timeouts {\nidle 5\n}', { ...NONE, idleMs: 5000 }],
    ['timeouts {\nmaxtcpqueries 100\n}', { ...NONE, maxTcpQueries: 100 }],
    ['timeouts {\nmaxtcpqueries -1\n}', { ...NONE, maxTcpQueries: Number.POSITIVE_INFINITY }],
  ] as const)('reads %j', ([text, expected]) => {
    expect(parsed(parseTimeouts, text)).toEqual({ result: expected, problems: [] });
  });

  test('says everything that is wrong', () => {
    const text =
      'timeouts 5s {\nread 999ms\nwrite 25h\nidle soon\nmaxtcpqueries 0\nreed 5s\nidle\n}';
    expect(parsed(parseTimeouts, text)).toEqual({
      result: NONE,
      problems: [
        "Corefile:2:10: error: plugin/timeouts: Wrong argument count or unexpected line ending after 'timeouts': expected no argument [PLUGIN_OPTION]",
        "Corefile:3:6: error: plugin/timeouts: timeout provided '999ms' needs to be between 1 second and 24 hours [PLUGIN_OPTION]",
        "Corefile:4:7: error: plugin/timeouts: timeout provided '25h' needs to be between 1 second and 24 hours [PLUGIN_OPTION]",
        "Corefile:5:6: error: plugin/timeouts: timeout provided 'soon' needs to be between 1 second and 24 hours [PLUGIN_OPTION]",
        "Corefile:6:15: error: plugin/timeouts: Cannot read '0' as maxtcpqueries: expected 1 or more, or -1 for no limit [PLUGIN_OPTION]",
        "Corefile:7:1: error: plugin/timeouts: unknown property 'reed': did you mean 'read'? [PLUGIN_OPTION]",
        "Corefile:8:1: error: plugin/timeouts: Wrong argument count or unexpected line ending after 'idle': expected 1 [PLUGIN_OPTION]",
      ],
    });
  });

  test('wants at least one', () => {
    expect(parsed(parseTimeouts, 'timeouts').problems).toEqual([
      'Corefile:2:1: error: plugin/timeouts: timeouts block with no timeouts specified [PLUGIN_OPTION]',
    ]);
  });
});
