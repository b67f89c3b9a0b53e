import { describe, expect, test } from 'vitest';
import { LINES_A_SECOND } from '../../../src/plugins/errors/line-limit.ts';
import { plugin as declared } from '../../../src/plugins/errors/setup.ts';
import type { Reply } from '../../../src/plugins/plugin.ts';
import { errorReply } from '../../../src/plugins/reply.ts';
import {
  followed,
  pluginOf,
  question,
  replyWith,
  setUp,
  testContext,
} from '../../helpers/plugin-harness.ts';

const failure = (text: string): Reply => errorReply('forward', 2, 22, text);

function errorsOf(directive: string) {
  const context = testContext();
  const plugin = pluginOf(declared.setup, directive, context);
  return {
    context,
    plugin,
    fail: (text: string) => plugin.serve(question('WWW.example.org. A'), async () => failure(text)),
    lines: () => context.logged.map(({ level, msg }) => `${level} ${msg}`),
  };
}

describe('ErrorsPlugin', () => {
  test('logs a failure in a line, as CoreDNS writes it, and passes the reply on', async () => {
    const { fail, context } = errorsOf('errors');
    expect(await fail('no upstream is well')).toEqual(failure('no upstream is well'));
    expect(context.logged).toEqual([
      {
        level: 'error',
        time: expect.any(String),
        plugin: 'errors',
        name: 'www.example.org.',
        type: 'A',
        rcode: 'SERVFAIL',
        from: 'forward',
        client: '10.1.2.3',
        msg: 'plugin/errors: 2 www.example.org. A: no upstream is well',
      },
    ]);
  });

  test.for<[string, Reply]>([
    ['an answer', replyWith(['www.example.org. 300 IN A 192.0.2.1'])],
    ['NXDOMAIN', replyWith([], { rcode: 3 })],
    ['SERVFAIL as an upstream sent it', errorReply('forward', 2)],
    ['a failure from the cache', errorReply('cache', 2, 13, 'no upstream is well')],
    ['REFUSED', errorReply('acl', 5, 15, 'blocked')],
  ])('does not log %s', async ([, reply]) => {
    const context = testContext();
    await pluginOf(declared.setup, 'errors', context).serve(question('a. A'), async () => reply);
    expect(context.logged).toEqual([]);
  });

  test('logs a question that was dropped before its turn, with the reason, and limits those lines too', () => {
    const { plugin, context, lines } = errorsOf('errors');
    plugin.dropped?.(question('a.example.org. AAAA'), 'shed: queue age');
    expect(lines()).toEqual(['error plugin/errors: 2 a.example.org. AAAA: shed: queue age']);
    expect(context.logged[0]).toMatchObject({ rcode: 'SERVFAIL', client: '10.1.2.3' });
    for (let i = 0; i < 100; i++) plugin.dropped?.(question('a. A'), 'shed: queue full');
    expect(context.logged).toHaveLength(LINES_A_SECOND);
  });

  test('logs a question that is refused because a limit is reached', async () => {
    const context = testContext();
    const text = 'concurrent queries exceeded maximum 1';
    const refused: Reply = { ...errorReply('forward', 5, 0, text), provisional: 'busy' };
    await pluginOf(declared.setup, 'errors', context).serve(question('a. A'), async () => refused);
    expect(context.logged).toMatchObject([
      { level: 'error', rcode: 'REFUSED', msg: `plugin/errors: 5 a. A: ${text}` },
    ]);
  });

  test('does not log what the server asks itself on the way to an alias’s target', async () => {
    const context = testContext();
    const asked = question('a. A', { aliases: followed(1) });
    const failed = failure('no upstream is well');
    expect(await pluginOf(declared.setup, 'errors', context).serve(asked, async () => failed)).toBe(
      failed,
    );
    expect(context.logged).toEqual([]);
  });

  test('writes so many lines a second, and says how many it left out', async () => {
    const { fail, context } = errorsOf('errors');
    for (let i = 0; i < 5 * LINES_A_SECOND; i++) await fail('x');
    expect(context.logged.length).toBe(LINES_A_SECOND);
    context.clock.advance(1000);
    await fail('y');
    await fail('z');
    expect(context.logged.slice(LINES_A_SECOND).map((line) => line['leftOut'])).toEqual([
      4 * LINES_A_SECOND,
      undefined,
    ]);
  });

  test('cuts a text that has no end', async () => {
    const { fail, lines } = errorsOf('errors');
    await fail('x'.repeat(10_000));
    expect(lines()[0]?.length).toBeLessThan(600);
  });
});

describe('ErrorsPlugin with consolidate', () => {
  test('counts what matches, the first pattern first, and tells it once a period', async () => {
    const { fail, lines, context } = errorsOf(
      'errors {\n consolidate 30s ".* i/o timeout$" warning\n consolidate 5m "timeout"\n}',
    );
    for (let i = 0; i < 3; i++) await fail('read udp: i/o timeout');
    await fail('timeout of another kind');
    await fail('a failure');
    expect(lines()).toEqual(['error plugin/errors: 2 www.example.org. A: a failure']);
    context.clock.advance(30_000);
    expect(lines().slice(1)).toEqual([
      "warn plugin/errors: 3 errors like '.* i/o timeout$' occurred in last 30s",
    ]);
    context.clock.advance(270_000);
    expect(lines().slice(2)).toEqual([
      "error plugin/errors: 1 errors like 'timeout' occurred in last 5m",
    ]);
    context.clock.advance(3_600_000);
    expect(lines().length).toBe(3);
  });

  test('show_first shows the first of a period, and tells no number that says nothing more', async () => {
    const { fail, lines, context } = errorsOf('errors {\n consolidate 30s ^no info show_first\n}');
    await fail('no luck');
    context.clock.advance(30_000);
    await fail('no more');
    await fail('no way');
    context.clock.advance(30_000);
    expect(lines()).toEqual([
      'info plugin/errors: 2 www.example.org. A: no luck',
      'info plugin/errors: 2 www.example.org. A: no more',
      "info plugin/errors: 2 errors like '^no' occurred in last 30s",
    ]);
  });

  test('is done with a text at once that a backtracking pattern would never be done with', async () => {
    const { fail, lines, context } = errorsOf('errors {\n consolidate 30s (a+)+$\n}');
    await fail(`${'a'.repeat(400)}!`);
    await fail('a'.repeat(400));
    context.clock.advance(30_000);
    expect(lines()).toEqual([
      expect.stringMatching(/^error plugin\/errors: 2 .* a+!$/),
      "error plugin/errors: 1 errors like '(a+)+$' occurred in last 30s",
    ]);
  });

  test('tells what it has counted when it stops, and leaves no timer', async () => {
    const { fail, lines, plugin, context } = errorsOf('errors {\n consolidate 1h (?i)TIMEOUT\n}');
    await fail('timeout');
    await plugin.stop?.();
    expect(lines()).toEqual([
      "error plugin/errors: 1 errors like '(?i)TIMEOUT' occurred in last 1h",
    ]);
    expect(context.clock.timers).toBe(0);
  });
});

test.for([
  'errors',
  'errors stdout',
  'errors {\n stacktrace\n consolidate 5m x error show_first\n}',
])('errors setup takes %j', (directive) => {
  expect(setUp(declared.setup, directive).problems).toEqual([]);
});

test.for([
  ['errors file.log', '2:8', "invalid log file: 'file.log': expected stdout or nothing"],
  ['errors\nerrors', '3:1', 'this plugin can only be used once per Server Block'],
  [
    'errors {\nconsolidat 5m x\n}',
    '3:1',
    "unknown property 'consolidat': did you mean 'consolidate'?",
  ],
  [
    'errors {\nconsolidate 5m\n}',
    '3:1',
    "Wrong argument count or unexpected line ending after 'consolidate': expected 2 to 4",
  ],
  [
    'errors {\nconsolidate soon x\n}',
    '3:13',
    "Cannot read 'soon' as a duration: expected one like 30s or 5m, up to 24h",
  ],
  [
    'errors {\nconsolidate 0s x\n}',
    '3:13',
    "Cannot read '0s' as a duration: expected one like 30s or 5m, up to 24h",
  ],
  [
    'errors {\nconsolidate 5m (\n}',
    '3:16',
    "Cannot use '(' as a regular expression: missing closing ): `(`",
  ],
  [
    'errors {\nconsolidate 5m x waring\n}',
    '3:18',
    "unknown log level argument in consolidate: 'waring': did you mean 'warning'?",
  ],
  [
    'errors {\nconsolidate 5m x show_first error\n}',
    '3:29',
    "Unexpected 'error' in consolidate: expected [warning|error|info|debug] [show_first]",
  ],
  [
    `errors {\nconsolidate 5m ${'x'.repeat(10_001)}\n}`,
    '3:16',
    'regex pattern too long: 10001 characters, expected at most 10000',
  ],
] as const)('errors setup rejects %j', ([directive, place, message]) => {
  const { plugin, problems } = setUp(declared.setup, directive);
  expect(problems).toEqual([`Corefile:${place}: error: plugin/errors: ${message} [PLUGIN_OPTION]`]);
  expect(plugin).toBeUndefined();
});
