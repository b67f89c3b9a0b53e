import { expect, test } from 'vitest';
import { plugin as declared } from '../../../src/plugins/cache/setup.ts';
import { setUp } from '../../helpers/plugin-harness.ts';

test.for([
  'cache',
  'cache 30',
  'cache example.org 10.0.0.0/8',
  'cache 300 example.org example.com.',
  'cache 30 {\n disable success cluster.local\n disable denial cluster.local\n}',
  'cache {\n success 5000 3600 10\n denial 2500 300\n prefetch 10 1m 20%\n}',
  'cache {\n serve_stale\n}',
  'cache {\n serve_stale 12h immediate 10s 1m\n}',
  'cache {\n serve_stale verify 500ms\n}',
  'cache {\n serve_stale_policy prefer_positive\n serve_stale 1h verify\n}',
  'cache {\n servfail 0\n keepttl\n disable success\n}',
  'cache {\n prefetch 0\n}',
])('cache setup takes %j', (directive) => {
  const { plugin, problems } = setUp(declared.setup, directive);
  expect(problems).toEqual([]);
  expect(plugin?.name).toBe('cache');
});

test('cache setup warns of a duration, which is a zone', () => {
  const { plugin, problems } = setUp(declared.setup, 'cache 5m');
  expect(problems).toEqual([
    "Corefile:2:7: warning: plugin/cache: '5m' is taken for a zone: expected seconds, as in cache 30 [PLUGIN_OPTION]",
  ]);
  expect(plugin?.name).toBe('cache');
});

test.for([
  ['cache 0', '2:7', 'cache TTL can not be zero or negative: 0'],
  ['cache -5', '2:7', 'cache TTL can not be zero or negative: -5'],
  ['cache 4294967296', '2:7', 'cache TTL can not be over 2147483647: 4294967296'],
  ['cache\ncache', '3:1', 'this plugin can only be used once per Server Block'],
  ['cache {\nsucess 5\n}', '3:1', "unknown property 'sucess': did you mean 'success'?"],
  [
    'cache {\nsuccess\n}',
    '3:1',
    "Wrong argument count or unexpected line ending after 'success': expected 1 to 3",
  ],
  ['cache {\nsuccess many\n}', '3:9', "Cannot read 'many': expected a whole number"],
  ['cache {\nsuccess -1\n}', '3:9', 'cache capacity can not be negative: -1'],
  ['cache {\ndenial 5 0\n}', '3:10', 'cache TTL can not be zero or negative: 0'],
  ['cache {\ndenial 5 5 -1\n}', '3:12', 'cache min TTL can not be negative: -1'],
  ['cache {\ndenial 5 5 6\n}', '3:12', 'cache min TTL 6 is over the TTL limit 5'],
  ['cache {\nprefetch -1\n}', '3:10', 'prefetch amount should be positive: -1'],
  [
    'cache {\nprefetch 1 soon\n}',
    '3:12',
    "Cannot read 'soon' as a duration: expected one like 30s, 1m30s or 0",
  ],
  [
    'cache {\nprefetch 1 1m 20\n}',
    '3:15',
    "Cannot read '20' as a percentage: expected 10% to 90%, with the sign",
  ],
  ['cache {\nprefetch 1 1m 95%\n}', '3:15', 'percentage should fall in range [10, 90]: 95'],
  [
    'cache {\nserve_stale 1h verfy\n}',
    '3:16',
    "invalid value for serve_stale refresh mode: verfy: did you mean 'verify'?",
  ],
  ['cache {\nserve_stale 1h immediate 1s 1s 1s\n}', '3:32', "Unexpected '1s' after 'serve_stale'"],
  [
    'cache {\nserve_stale 1h immediate 1500ms\n}',
    '3:26',
    "Cannot use '1500ms' as a TTL: expected whole seconds",
  ],
  [
    'cache {\nserve_stale 1h immediate 1s 6m\n}',
    '3:29',
    "Cannot read '6m' as a duration: expected one of at most 300s, like 30s or 1h",
  ],
  [
    'cache {\nserve_stale_policy prefer_positive\n}',
    '3:1',
    'serve_stale_policy requires serve_stale',
  ],
  [
    'cache {\nserve_stale\nserve_stale_policy prefer_negative\n}',
    '4:20',
    "unknown serve_stale_policy 'prefer_negative': expected prefer_positive",
  ],
  [
    'cache {\nservfail 6m\n}',
    '3:10',
    'caching SERVFAIL responses over 5 minutes is not permitted: 6m',
  ],
  [
    'cache {\ndisable all\n}',
    '3:9',
    'cache type for disable must be "success" or "denial": \'all\'',
  ],
  [
    'cache {\nkeepttl yes\n}',
    '3:9',
    "Wrong argument count or unexpected line ending after 'keepttl': expected no argument",
  ],
] as const)('cache setup rejects %j', ([directive, place, message]) => {
  const { plugin, problems } = setUp(declared.setup, directive);
  expect(problems).toEqual([`Corefile:${place}: error: plugin/cache: ${message} [PLUGIN_OPTION]`]);
  expect(plugin).toBeUndefined();
});

test('cache setup reports every mistake', () => {
  const { problems } = setUp(declared.setup, 'cache 0 {\n success x\n denial y\n nope\n}');
  expect(problems.length).toBe(4);
});

test('cache setup warns of failures that are kept for less than a second, which RFC 9520 forbids', () => {
  const { plugin, problems } = setUp(declared.setup, 'cache {\nservfail 500ms\n}');
  expect(problems).toEqual([
    'Corefile:3:10: warning: plugin/cache: failures are kept for 1s: RFC 9520 forbids less [PLUGIN_OPTION]',
  ]);
  expect(plugin).toBeDefined();
});

test('cache setup warns of a stale TTL of 0, which RFC 8767 forbids', () => {
  const { plugin, problems } = setUp(declared.setup, 'cache {\nserve_stale 1h immediate 0s\n}');
  expect(problems).toEqual([
    'Corefile:3:26: warning: plugin/cache: stale records get a TTL of 30s: RFC 8767 forbids 0 [PLUGIN_OPTION]',
  ]);
  expect(plugin).toBeDefined();
});
