import { describe, expect, test } from 'vitest';
import { parseMetadata } from '../../../src/plugins/metadata/setup.ts';
import { question } from '../../helpers/plugin-harness.ts';
import { parsed } from '../parse-directive.ts';

const read = (text: string) =>
  parsed((lines, problems) => parseMetadata(lines, { zones: ['org'] }, [], problems), text);

describe('parseMetadata()', () => {
  test.for([
    ['metadata', 'www.example.org.', true],
    ['metadata', 'www.example.com.', false],
    ['metadata example.com 10.0.0.0/8', 'www.example.com.', true],
    ['metadata example.com 10.0.0.0/8', '1.2.3.10.in-addr.arpa.', true],
    ['metadata example.com', 'www.example.org.', false],
  ] as const)('%j: %s has metadata: %s', ([text, name, expected]) => {
    const { result, problems } = read(text);
    const collected = result?.collect(question(`${name} A`));
    expect([collected?.metadata !== undefined, problems]).toEqual([expected, []]);
  });

  test('makes nothing without the directive', () => {
    expect(read('')).toEqual({ result: undefined, problems: [] });
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
    expect(read(text)).toEqual({ result: undefined, problems: [`Corefile:${message}`] });
  });
});
