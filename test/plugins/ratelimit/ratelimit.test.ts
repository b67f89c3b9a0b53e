import { describe, expect, test } from 'vitest';
import { DEFAULT_RATE_LIMITS } from '../../../src/plugins/ratelimit/limits.ts';
import { parseRatelimit } from '../../../src/plugins/ratelimit/setup.ts';
import { parsed } from '../parse-directive.ts';

const block = (...lines: string[]) => `ratelimit {\n${lines.join('\n')}\n}`;

describe('parseRatelimit()', () => {
  test.for([
    ['', {}],
    ['ratelimit', {}],
    ['ratelimit off', { isOff: true }],
    [
      block('responses-per-second 10'),
      { responses: 10, nodata: 10, nxdomains: 10, errors: 10, all: 50 },
    ],
    [
      block('all-per-second 0', 'errors-per-second 5', 'responses-per-second 10'),
      { responses: 10, nodata: 10, nxdomains: 10, errors: 5, all: 0 },
    ],
    [block('nodata-per-second 7', 'nxdomains-per-second 8'), { nodata: 7, nxdomains: 8 }],
    [block('window 3600', 'slip 0'), { windowSeconds: 3600, slip: 0 }],
    [block('ipv4-prefix-length 32', 'ipv6-prefix-length 64'), { ipv4Prefix: 32, ipv6Prefix: 64 }],
    [
      block('exempt-clients 192.0.2.0/24 2001:db8::1', 'exempt-clients 198.51.100.7'),
      {
        exempt: [
          { address: Uint8Array.of(192, 0, 2, 0), prefix: 24 },
          {
            address: Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
            prefix: 128,
          },
          { address: Uint8Array.of(198, 51, 100, 7), prefix: 32 },
        ],
      },
    ],
    [
      block('include-private', 'log-only', 'max-table-size 100'),
      { includesPrivate: true, isLogOnly: true, maxTableSize: 100 },
    ],
  ] as const)('reads %j', ([text, expected]) => {
    const result = { ...DEFAULT_RATE_LIMITS, ...expected };
    expect(parsed(parseRatelimit, text)).toEqual({ result, problems: [] });
  });

  test.for([
    [
      'ratelimit 20',
      "2:11: error: plugin/ratelimit: Cannot read '20': expected 'off', or options in braces",
    ],
    [
      'ratelimit off {\nslip 1\n}',
      "3:1: error: plugin/ratelimit: unknown property 'slip': 'ratelimit' has no options",
    ],
    [
      'ratelimit\nratelimit off',
      '3:1: error: plugin/ratelimit: this plugin can only be used once per Server Block',
    ],
    [
      block('responses-per-secnd 1'),
      "3:1: error: plugin/ratelimit: unknown property 'responses-per-secnd': did you mean 'responses-per-second'?",
    ],
    [
      block('responses-per-second 1000001'),
      "3:22: error: plugin/ratelimit: Cannot read '1000001' as responses-per-second: expected 0 to 1000000",
    ],
    [
      block('window 0'),
      "3:8: error: plugin/ratelimit: Cannot read '0' as window: expected 1 to 3600",
    ],
    [block('slip 11'), "3:6: error: plugin/ratelimit: Cannot read '11' as slip: expected 0 to 10"],
    [block('slip -1'), "3:6: error: plugin/ratelimit: Cannot read '-1' as slip: expected 0 to 10"],
    [
      block('ipv4-prefix-length 33'),
      "3:20: error: plugin/ratelimit: Cannot read '33' as ipv4-prefix-length: expected 1 to 32",
    ],
    [
      block('max-table-size 7'),
      "3:16: error: plugin/ratelimit: Cannot read '7' as max-table-size: expected 8 to 1000000",
    ],
    [
      block('exempt-clients 192.0.2.0/33'),
      "3:16: error: plugin/ratelimit: illegal CIDR notation '192.0.2.0/33': expected an address or a network, as in 192.0.2.0/24",
    ],
    [
      block('exempt-clients'),
      "3:1: error: plugin/ratelimit: Wrong argument count or unexpected line ending after 'exempt-clients': expected at least 1",
    ],
    [
      block('log-only yes'),
      "3:10: error: plugin/ratelimit: Wrong argument count or unexpected line ending after 'log-only': expected no argument",
    ],
  ] as const)('says what is wrong with %j', ([text, problem]) => {
    expect(parsed(parseRatelimit, text).problems).toEqual([`Corefile:${problem} [PLUGIN_OPTION]`]);
  });
});
