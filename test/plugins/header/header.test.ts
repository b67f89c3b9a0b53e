import { describe, expect, test } from 'vitest';
import { plugin as declared } from '../../../src/plugins/header/setup.ts';
import {
  pluginOf,
  question,
  replyWith,
  setUp,
  testContext,
  upstream,
} from '../../helpers/plugin-harness.ts';

const header = (...rules: string[]) => `header {\n${rules.join('\n')}\n}`;

async function through(rules: readonly string[], flags = {}) {
  const next = upstream(replyWith([], { recursionAvailable: false }));
  const plugin = pluginOf(declared.setup, header(...rules), testContext());
  const reply = await plugin.serve(question('a. A', flags), next);
  return { reply, asked: next.asked[0] };
}

describe('header', () => {
  test.for([
    ['response set aa', { authoritative: true, recursionAvailable: false }],
    ['response set RA aa', { authoritative: true, recursionAvailable: true }],
    ['response set ad', { authenticData: true, authoritative: false }],
  ] as const)('%s changes replies', async ([rule, expected]) => {
    expect((await through([rule])).reply).toMatchObject(expected);
  });

  test.for([
    ['query clear rd', { recursionDesired: false, checkingDisabled: false }],
    ['query set cd ad', { recursionDesired: true, checkingDisabled: true, authenticData: true }],
  ] as const)('%s changes queries', async ([rule, expected]) => {
    expect((await through([rule])).asked).toMatchObject(expected);
  });

  test('carries rules out in their order', async () => {
    const { reply } = await through(['response set ra', 'response clear ra', 'response set aa']);
    expect(reply).toMatchObject({ recursionAvailable: false, authoritative: true });
  });

  test('does not touch what is shared', async () => {
    const below = Object.freeze(replyWith([]));
    const plugin = pluginOf(declared.setup, header('query clear rd'), testContext());
    const asked = Object.freeze(question('a. A'));
    expect(await plugin.serve(asked, upstream(below))).toBe(below);
  });

  test.for([
    [
      header('answer set aa'),
      [
        "Corefile:3:1: error: plugin/header: unknown property 'answer': expected one of query, response [PLUGIN_OPTION]",
      ],
    ],
    [
      header('response sat aa'),
      [
        "Corefile:3:10: error: plugin/header: unknown flag action='sat', should be set or clear [PLUGIN_OPTION]",
      ],
    ],
    [
      header('response set zz'),
      [
        "Corefile:3:14: error: plugin/header: unknown/unsupported flag='zz': expected one of aa, ra, rd, ad, cd [PLUGIN_OPTION]",
      ],
    ],
    [
      header('response set'),
      [
        "Corefile:3:1: error: plugin/header: Wrong argument count or unexpected line ending after 'response': expected at least 2 [PLUGIN_OPTION]",
      ],
    ],
    [
      'header',
      [
        "Corefile:2:1: error: plugin/header: expected a block with 'query' or 'response' rules [PLUGIN_OPTION]",
      ],
    ],
  ] as const)('setup of %j says what is wrong', ([text, problems]) => {
    expect(setUp(declared.setup, text)).toEqual({ plugin: undefined, problems });
  });

  test.for([
    [
      'response set rd',
      "plugin/header: rd of a response changes nothing: a reply repeats the query's RD and CD",
    ],
    [
      'query set aa',
      'plugin/header: aa of a query changes nothing: AA and RA mean something in replies only',
    ],
  ] as const)('setup warns that %s has no effect', ([rule, text]) => {
    const { plugin, problems } = setUp(declared.setup, header(rule));
    expect(plugin).toBeDefined();
    expect(problems[0]).toContain(text);
  });
});
