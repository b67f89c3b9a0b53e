import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { plugin as declared } from '../../../src/plugins/hosts/setup.ts';
import { MAX_NAMES_OF_ADDRESS } from '../../../src/plugins/hosts/table.ts';
import type { Plugin, PluginContext } from '../../../src/plugins/plugin.ts';
import {
  question,
  replyLines,
  replyWith,
  samples,
  setUp,
  type TestContext,
  testContext,
  upstream,
} from '../../helpers/plugin-harness.ts';
import { soakTest } from '../../helpers/runs.ts';
import { TempFolder } from '../../helpers/temp-folder.ts';

const folder = new TempFolder();
afterAll(() => folder.dispose());

/** Plugins of a test, to be stopped after it. */
let running: Plugin[] = [];
beforeEach(() => {
  running = [];
});
afterEach(() => Promise.all(running.map((plugin) => plugin.stop?.())));

function contextIn(given: Partial<PluginContext> = {}): TestContext {
  return testContext({ folder: folder.path, ...given });
}

async function hosts(directive: string, context = contextIn()): Promise<Plugin> {
  const { plugin, problems } = setUp(declared.setup, directive, context);
  if (plugin === undefined) throw new Error(problems.join('\n'));
  running.push(plugin);
  await plugin.start?.();
  return plugin;
}

/**
 * The lines of the reply, the data only of records; `passed` when the next plugin was asked. What
 * is not passed must be claimed, and nothing else: or a cache above would go on with what it kept
 * of a name.
 */
async function answered(plugin: Plugin, asked: string): Promise<string> {
  const next = upstream(replyWith([]));
  const reply = await plugin.serve(question(asked), next);
  expect(plugin.claims?.(question(asked))).toBe(next.asked.length === 0);
  if (next.asked.length > 0) return 'passed';
  return replyLines(reply)
    .join(' | ')
    .replaceAll(/\S+ \d+ IN /g, '');
}

/** Lets the clock run until the file has been looked at, and what is in it has been read. */
async function reloaded(context: TestContext): Promise<void> {
  const lines = context.logged.length;
  context.clock.advance(5000);
  // However long the disk takes: a file that is never looked at ends with the test's own time.
  while (context.logged.length === lines) await new Promise((resolve) => setImmediate(resolve));
}

const FILE = `
127.0.0.1 localhost # comment
10.0.0.1  Web.Example.org web\t# aliases
10.0.0.2  web.example.org
fd00::1   web.example.org
::ffff:10.0.0.9 mapped.example.org
fe80::1%lo0 link.example.org
10.0.0.5  *.apps.example.org
10.0.0.6  own.apps.example.org
fd00::7   own.apps.example.org
10.0.0.1  web.example.org
10.0.0.8
not-an-address x
`;

describe('hosts', () => {
  test.for([
    ['web.example.org. A', 'NOERROR | A 10.0.0.1 | A 10.0.0.2'],
    ['WEB.example.ORG. AAAA', 'NOERROR | AAAA fd00::1'],
    ['web. A', 'NOERROR | A 10.0.0.1'],
    ['web. AAAA', 'NOERROR'],
    ['web.example.org. MX', 'NOERROR'],
    ['mapped.example.org. A', 'NOERROR | A 10.0.0.9'],
    ['link.example.org. AAAA', 'NOERROR | AAAA fe80::1'],
    ['any.apps.example.org. A', 'NOERROR | A 10.0.0.5'],
    ['any.apps.example.org. AAAA', 'NOERROR'],
    ['a.any.apps.example.org. A', 'SERVFAIL'],
    ['apps.example.org. A', 'SERVFAIL'],
    ['own.apps.example.org. A', 'NOERROR | A 10.0.0.6'],
    ['*.apps.example.org. A', 'NOERROR | A 10.0.0.5'],
    ['1.0.0.10.in-addr.arpa. PTR', 'NOERROR | PTR web.example.org. | PTR web.'],
    ['9.0.0.10.in-addr.arpa. PTR', 'NOERROR | PTR mapped.example.org.'],
    ['5.0.0.10.in-addr.arpa. PTR', 'passed'],
    ['7.0.0.10.in-addr.arpa. PTR', 'passed'],
    ['web.example.org. PTR', 'passed'],
    ['nothere. A', 'SERVFAIL'],
    ['nothere. MX', 'SERVFAIL'],
    ['1.0.0.10.in-addr.arpa. A', 'SERVFAIL'],
  ] as const)('of a file: %s → %s', async ([asked, expected]) => {
    folder.write('hosts', FILE);
    expect(await answered(await hosts('hosts hosts'), asked)).toBe(expected);
  });

  test.for([
    ['example.org. DS', 'NOERROR'],
    ['nothere.example.org. DS', 'SERVFAIL'],
    ['example.org. A', 'SERVFAIL'],
    ['www.example.org. DS', 'NOERROR'],
  ] as const)('has no DS record at the top of its zone: %s → %s', async ([asked, expected]) => {
    const context = contextIn({ zones: ['example.org'] });
    const plugin = await hosts('hosts none {\n10.0.0.1 www.example.org\n}', context);
    expect(await answered(plugin, asked)).toBe(expected);
  });

  test('answers with authority, in the letters of the question, with its TTL', async () => {
    const plugin = await hosts('hosts none {\n10.0.0.1 a.example.org\n}');
    const reply = await plugin.serve(question('A.example.ORG. A'), upstream());
    expect(reply).toMatchObject({ authoritative: true, plugin: 'hosts' });
    expect(replyLines(reply)).toEqual(['NOERROR', 'A.example.ORG. 3600 IN A 10.0.0.1']);
    const short = await hosts('hosts none {\n10.0.0.1 a\nttl 7\n}');
    const pointer = await short.serve(question('1.0.0.10.in-addr.arpa. PTR'), upstream());
    expect(replyLines(pointer)[1]).toBe('1.0.0.10.in-addr.arpa. 7 IN PTR a.');
  });

  test("answers the file's addresses before those of the Corefile, none twice", async () => {
    folder.write('hosts', '10.0.0.1 a b\n');
    const plugin = await hosts('hosts hosts {\n10.0.0.2 a c\n10.0.0.1 a\n}');
    expect(await answered(plugin, 'a. A')).toBe('NOERROR | A 10.0.0.1 | A 10.0.0.2');
    expect(await answered(plugin, 'b. A')).toBe('NOERROR | A 10.0.0.1');
    expect(await answered(plugin, 'c. A')).toBe('NOERROR | A 10.0.0.2');
  });

  test('looks names up in its zones only, and addresses in all', async () => {
    folder.write('hosts', '10.0.0.1 a.example.org a.example.net\n');
    const plugin = await hosts('hosts hosts example.org');
    expect(await answered(plugin, 'a.example.org. A')).toBe('NOERROR | A 10.0.0.1');
    expect(await answered(plugin, 'a.example.net. A')).toBe('passed');
    expect(await answered(plugin, '1.0.0.10.in-addr.arpa. PTR')).toBe(
      'NOERROR | PTR a.example.org.',
    );
    const ofBlock = await hosts('hosts hosts', contextIn({ zones: ['example.net'] }));
    expect(await answered(ofBlock, 'a.example.org. A')).toBe('passed');
    expect(await answered(ofBlock, 'a.example.net. A')).toBe('NOERROR | A 10.0.0.1');
  });

  test('fallthrough hands names on that are not there, in its zones', async () => {
    const everywhere = await hosts('hosts none {\n10.0.0.1 a\nfallthrough\n}');
    expect(await answered(everywhere, 'b. A')).toBe('passed');
    expect(await answered(everywhere, 'a. AAAA')).toBe('NOERROR');
    const somewhere = await hosts('hosts none {\nfallthrough example.org\n10.0.0.1 a\n}');
    expect(await answered(somewhere, 'b.example.org. A')).toBe('passed');
    expect(await answered(somewhere, 'b. A')).toBe('SERVFAIL');
    expect(await answered(somewhere, 'a. A')).toBe('NOERROR | A 10.0.0.1');
  });

  test('fallthrough_unsupported hands other types on', async () => {
    const plugin = await hosts('hosts none {\n10.0.0.1 a\nfallthrough_unsupported\n}');
    expect(await answered(plugin, 'a. MX')).toBe('passed');
    expect(await answered(plugin, 'a. AAAA')).toBe('NOERROR');
    expect(await answered(plugin, 'b. MX')).toBe('SERVFAIL');
  });

  test('no_reverse makes no PTR records', async () => {
    const plugin = await hosts('hosts none {\n10.0.0.1 a\nno_reverse\n}');
    expect(await answered(plugin, '1.0.0.10.in-addr.arpa. PTR')).toBe('passed');
  });

  test('hands other classes on', async () => {
    const plugin = await hosts('hosts none {\n10.0.0.1 a\n}');
    const below = replyWith([]);
    expect(await plugin.serve(question('a. A', { qclass: 3 }), upstream(below))).toBe(below);
  });

  test('answers as many names of one address as a reply surely holds', async () => {
    const names = Array.from({ length: 150 }, (_, i) => `0.0.0.0 ads${i}.example.org\n`);
    folder.write('hosts', names.join(''));
    const plugin = await hosts('hosts hosts');
    const { answer } = await plugin.serve(question('0.0.0.0.in-addr.arpa. PTR'), upstream());
    expect(answer).toHaveLength(MAX_NAMES_OF_ADDRESS);
    expect(await answered(plugin, 'ads149.example.org. A')).toBe('NOERROR | A 0.0.0.0');
  });
});

describe('hosts with a file that changes', () => {
  test('goes on with what was read before while the file is gone or broken', async () => {
    folder.write('changing', '10.0.0.1 a\n');
    const context = contextIn();
    const plugin = await hosts('hosts changing', context);
    const last = () => context.logged.at(-1);

    folder.write('changing', '10.0.0.22 a\n10.0.0.3 b\n');
    await reloaded(context);
    expect(await answered(plugin, 'a. A')).toBe('NOERROR | A 10.0.0.22');
    expect(last()).toMatchObject({ level: 'info', entries: 2, skipped: 0 });

    for (const [content, reason] of [
      ['\0binary', 'it is not a text file'],
      ['<html>\n<body>\n', 'none of its 2 lines has an address and names that can be used'],
    ] as const) {
      folder.write('changing', content);
      await reloaded(context);
      expect(last()).toMatchObject({ level: 'warn', reason });
      expect(await answered(plugin, 'a. A')).toBe('NOERROR | A 10.0.0.22');
    }

    folder.remove('changing');
    await reloaded(context);
    expect(last()).toMatchObject({ level: 'warn', reason: 'there is no such file' });
    expect(await answered(plugin, 'b. A')).toBe('NOERROR | A 10.0.0.3');

    folder.write('changing', '# nobody left\n');
    await reloaded(context);
    expect(await answered(plugin, 'b. A')).toBe('SERVFAIL');
  });

  test('reads a long file without holding up what else is to be done', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `10.0.0.1 host${i}.example.org\n`);
    folder.write('long', lines.join(''));
    const { plugin } = setUp(declared.setup, 'hosts long', contextIn());
    running.push(plugin!);
    let turns = 0;
    const count = () => {
      turns++;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    await plugin?.start?.();
    clearImmediate(timer);
    expect(turns).toBeGreaterThan(30);
    expect(await answered(plugin!, 'host19999.example.org. A')).toBe('NOERROR | A 10.0.0.1');
  });

  soakTest('refuses a file with too many entries as a whole', async () => {
    const names = Array.from({ length: 500 }, (_, i) => `n${i}.%`).join(' ');
    const lines = Array.from({ length: 1001 }, (_, i) => `::1 ${names.replaceAll('%', String(i))}`);
    folder.write('many', lines.join('\n'));
    const context = contextIn();
    const plugin = await hosts('hosts many {\n10.0.0.1 a\n}', context);
    expect(context.logged.at(-1)).toMatchObject({
      level: 'warn',
      reason: 'it has more than 500000 pairs of an address and a name',
    });
    expect(await answered(plugin, 'n0.0. AAAA')).toBe('SERVFAIL');
    expect(await answered(plugin, 'a. A')).toBe('NOERROR | A 10.0.0.1');
  });

  test('skips lines that are too long, and names that are none', async () => {
    const tooLong = `10.0.0.1 ${'x '.repeat(5000)}`;
    folder.write('odd', `${tooLong}\n10.0.0.2 a..b ${'y'.repeat(64)} caf\u00e9 good\n`);
    const context = contextIn();
    const plugin = await hosts('hosts odd', context);
    expect(await answered(plugin, 'good. A')).toBe('NOERROR | A 10.0.0.2');
    expect(context.logged.at(-1)).toMatchObject({ entries: 1, skipped: 2 });
  });

  test('a plugin that takes over has the entries from the start, if it reads the same', async () => {
    folder.write('kept', '10.0.0.1 a\n');
    const before = await hosts('hosts kept');
    const kept = before.keep?.();
    folder.remove('kept');
    const same = await hosts('hosts kept', contextIn({ kept }));
    expect(await answered(same, 'a. A')).toBe('NOERROR | A 10.0.0.1');
    const other = await hosts('hosts kept example.org', contextIn({ kept, zones: [''] }));
    expect(await answered(other, 'a. A')).toBe('passed');
    const junk = await hosts('hosts kept', contextIn({ kept: { table: 'x' } }));
    expect(await answered(junk, 'a. A')).toBe('SERVFAIL');
  });

  test('has metrics', async () => {
    const path = folder.write('counted', '10.0.0.1 a b\n');
    const context = contextIn();
    await hosts('hosts counted {\n10.0.0.2 c\n}', context);
    expect(await samples(context.metrics, 'coredns_hosts_entries')).toEqual([
      `{hostsfile="${path}"} 3`,
    ]);
    const [modified] = await samples(context.metrics, 'coredns_hosts_reload_timestamp_seconds');
    expect(Number(modified)).toBeGreaterThan(1_600_000_000);
  });
});

describe('setup of hosts', () => {
  test('says everything that is wrong', () => {
    const text =
      'hosts none {\nttl 0\nttl x\nreload soon\nfallthru\n10.0.0.1\n10.0.0.1 a..b\nno_reverse x\n10.0.0.1 a {\n}\n}';
    const { plugin, problems } = setUp(declared.setup, text, testContext());
    expect(plugin).toBeUndefined();
    expect(problems).toEqual([
      "Corefile:3:5: error: plugin/hosts: ttl provided is invalid: '0': expected seconds from 1 to 65535 [PLUGIN_OPTION]",
      "Corefile:4:5: error: plugin/hosts: ttl provided is invalid: 'x': expected seconds from 1 to 65535 [PLUGIN_OPTION]",
      "Corefile:5:8: error: plugin/hosts: invalid duration for reload 'soon': expected a duration, as in 5s, or 0 to read the file only once [PLUGIN_OPTION]",
      "Corefile:6:1: error: plugin/hosts: unknown property 'fallthru': expected one of ttl, no_reverse, reload, fallthrough, fallthrough_unsupported [PLUGIN_OPTION]",
      "Corefile:7:1: error: plugin/hosts: Wrong argument count or unexpected line ending after '10.0.0.1': expected at least 1 [PLUGIN_OPTION]",
      "Corefile:8:10: error: plugin/hosts: Cannot use 'a..b' as the name of a host [PLUGIN_OPTION]",
      "Corefile:9:12: error: plugin/hosts: Wrong argument count or unexpected line ending after 'no_reverse': expected no argument [PLUGIN_OPTION]",
      "Corefile:10:1: error: plugin/hosts: Unexpected '{' after '10.0.0.1': expected a new line [COREFILE_SYNTAX]",
      "Corefile:2:7: warning: plugin/hosts: File does not exist: '/etc/none' [PLUGIN_OPTION]",
    ]);
  });

  test.for([
    ['hosts /nowhere/hosts', "File does not exist: '/nowhere/hosts'"],
    ['hosts /tmp', "Hosts file is a folder: '/tmp'"],
    ['hosts /dev/null/x', "unable to access hosts file (ENOTDIR): '/dev/null/x'"],
  ] as const)('warns of %s', ([text, warning]) => {
    const { plugin, problems } = setUp(declared.setup, text);
    expect(plugin).toBeDefined();
    expect(problems).toEqual([`Corefile:2:7: warning: plugin/hosts: ${warning} [PLUGIN_OPTION]`]);
  });

  test('warns of a line whose name is in no zone', () => {
    const { problems } = setUp(declared.setup, 'hosts /dev/null example.org {\n10.0.0.1 a\n}');
    expect(problems).toEqual([
      "Corefile:3:10: warning: plugin/hosts: Ignored 'a': it is in no zone of this directive [PLUGIN_OPTION]",
    ]);
  });
});
