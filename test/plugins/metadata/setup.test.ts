import { describe, expect, test } from 'vitest';
import { plugin as declared } from '../../../src/plugins/metadata/index.ts';
import { question, setUp, testContext } from '../../helpers/plugin-harness.ts';

const read = (text: string) => setUp(declared.setup, text, testContext({ zones: ['org'] }));

describe('setup()', () => {
  test.for([
    ['metadata', 'www.example.org.', true],
    ['metadata', 'www.example.com.', false],
    ['metadata example.com 10.0.0.0/8', 'www.example.com.', true],
    ['metadata example.com 10.0.0.0/8', '1.2.3.10.in-addr.arpa.', true],
    ['metadata example.com', 'www.example.org.', false],
  ] as const)('%j: %s has metadata: %s', ([text, name, expected]) => {
    const { plugin, problems } = read(text);
    const collected = plugin?.collect?.(question(`${name} A`));
    expect([collected?.metadata !== undefined, problems]).toEqual([expected, []]);
  });

  test.for([
    [
      'metadata {\nx\n}',
      "3:1: error: plugin/metadata: unknown property 'x': 'metadata' has no options [PLUGIN_OPTION]",
    ],
    [
      'metadata\nmetadata',
      '3:1: error: plugin/metadata: this plugin can only be used once per Server Block [PLUGIN_OPTION]',
    ],
  ] as const)('rejects %j', ([text, message]) => {
    expect(read(text)).toEqual({ plugin: undefined, problems: [`Corefile:${message}`] });
  });
});
