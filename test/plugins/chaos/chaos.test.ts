import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { Chaos } from '../../../src/plugins/chaos/index.ts';
import { plugin as declared } from '../../../src/plugins/chaos/setup.ts';
import type { Plugin } from '../../../src/plugins/plugin.ts';
import {
  pluginOf,
  question,
  replyWith,
  setUp,
  testContext,
  upstream,
} from '../../helpers/plugin-harness.ts';

const CH = 3;

async function texts(plugin: Plugin, name: string): Promise<string[]> {
  const reply = await plugin.serve(question(`${name} TXT`, { qclass: CH }), upstream());
  expect(
    reply.answer.every(({ class: code, ttl, type }) => code === CH && ttl === 0 && type === 16),
  ).toBe(true);
  return reply.answer.flatMap(({ data }) => (data.kind === 'strings' ? data.strings : []));
}

describe('chaos', () => {
  const plugin = pluginOf(declared.setup, 'chaos "Our names" Ada Grace', testContext());

  test.for([
    ['version.bind.', ['Our names']],
    ['VERSION.Server.', ['Our names']],
    ['hostname.bind.', [hostname()]],
    ['id.server.', [hostname()]],
  ] as const)('answers %s', async ([name, expected]) => {
    expect(await texts(plugin, name)).toEqual(expected);
  });

  test('answers authors.bind with all authors, in an order that is drawn', async () => {
    const authors = ['Ada', 'Grace', 'Radia'];
    const told = { version: '', authors, hostname: '' };
    expect(await texts(new Chaos(told, (count) => count - 1), 'authors.bind.')).toEqual(authors);
    expect(await texts(new Chaos(told, () => 0), 'authors.bind.')).toEqual([
      'Grace',
      'Radia',
      'Ada',
    ]);
    expect(authors).toEqual(['Ada', 'Grace', 'Radia']);
  });

  test('tells svcdns and its version when the Corefile names none', async () => {
    const [version] = await texts(
      pluginOf(declared.setup, 'chaos', testContext()),
      'version.bind.',
    );
    expect(version).toMatch(/^svcdns-\d+\.\d+\.\d+/);
  });

  test.for([
    ['another class', question('version.bind. TXT')],
    ['another type', question('version.bind. A', { qclass: CH })],
    ['another name', question('version.example. TXT', { qclass: CH })],
  ] as const)('hands %s on', async ([, asked]) => {
    const below = replyWith([]);
    expect(await plugin.serve(asked, upstream(below))).toBe(below);
  });

  test('setup refuses texts that no character-string can hold', () => {
    expect(setUp(declared.setup, `chaos 1 ${'x'.repeat(256)}`).problems).toEqual([
      'Corefile:2:9: error: plugin/chaos: Cannot use a text of 256 bytes: expected at most 255 [PLUGIN_OPTION]',
    ]);
  });
});
