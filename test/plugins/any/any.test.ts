import { describe, expect, test } from 'vitest';
import { plugin as declared } from '../../../src/plugins/any/index.ts';
import {
  pluginOf,
  question,
  replyLines,
  replyWith,
  setUp,
  testContext,
  upstream,
} from '../../helpers/plugin-harness.ts';

describe('any', () => {
  test('answers ANY with one HINFO record, and asks nobody', async () => {
    const next = upstream();
    const reply = await pluginOf(declared.setup, 'any', testContext()).serve(
      question('Example.org. ANY'),
      next,
    );
    expect(replyLines(reply)).toEqual([
      'NOERROR',
      'Example.org. 8482 IN HINFO "ANY obsoleted" "See RFC 8482"',
    ]);
    expect(reply.authoritative).toBe(true);
    expect(next.asked).toEqual([]);
  });

  test('answers ANY of another class in that class', async () => {
    const asked = question('version.bind. ANY', { qclass: 3 });
    const reply = await pluginOf(declared.setup, 'any', testContext()).serve(asked, upstream());
    expect(reply.answer.map((record) => record.class)).toEqual([3]);
  });

  test('hands every other type on as it is', async () => {
    const below = replyWith(['example.org. 5 IN A 192.0.2.1']);
    const next = upstream(below);
    const asked = question('example.org. A');
    expect(await pluginOf(declared.setup, 'any', testContext()).serve(asked, next)).toBe(below);
    expect(next.asked[0]).toBe(asked);
  });

  test.for([
    [
      'any x',
      "Corefile:2:5: error: plugin/any: Wrong argument count or unexpected line ending after 'any': expected no argument [PLUGIN_OPTION]",
    ],
    [
      'any {\n x\n}',
      "Corefile:3:2: error: plugin/any: unknown property 'x': 'any' has no options [PLUGIN_OPTION]",
    ],
    [
      'any\nany',
      'Corefile:3:1: error: plugin/any: this plugin can only be used once per Server Block [PLUGIN_OPTION]',
    ],
  ] as const)('setup of %j says what is wrong', ([text, problem]) => {
    expect(setUp(declared.setup, text)).toEqual({ plugin: undefined, problems: [problem] });
  });
});
