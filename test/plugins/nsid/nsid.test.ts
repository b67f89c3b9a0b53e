import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { plugin as declared } from '../../../src/plugins/nsid/index.ts';
import type { Reply, RequestEdns } from '../../../src/plugins/plugin.ts';
import { silence } from '../../../src/plugins/reply.ts';
import {
  pluginOf,
  question,
  replyWith,
  setUp,
  testContext,
  upstream,
} from '../../helpers/plugin-harness.ts';

const option = (code: number, text = '') => ({ code, data: Uint8Array.from(Buffer.from(text)) });
const edns = (...codes: number[]): RequestEdns => ({
  size: 1232,
  dnssecOk: false,
  options: codes.map((code) => option(code)),
});

const optionsOf = ({ options }: Reply) =>
  options.map(({ code, data }) => `${code} ${Buffer.from(data)}`);

async function named(directive: string, asked: RequestEdns | undefined, below = replyWith([])) {
  const plugin = pluginOf(declared.setup, directive, testContext());
  return plugin.serve(question('a. A', { edns: asked }), upstream(below));
}

describe('nsid', () => {
  test('adds the host name when the query asks', async () => {
    expect(optionsOf(await named('nsid', edns(10, 3)))).toEqual([`3 ${hostname()}`]);
  });

  test('adds all its words', async () => {
    expect(optionsOf(await named('nsid rack 7 "upper  shelf"', edns(3)))).toEqual([
      '3 rack 7 upper  shelf',
    ]);
  });

  test("puts its own name in the place of an upstream's, and keeps other options", async () => {
    const below = replyWith([], { options: [option(3, 'far away'), option(15, 'x')] });
    expect(optionsOf(await named('nsid here', edns(3), below))).toEqual(['15 x', '3 here']);
    expect(optionsOf(below)).toEqual(['3 far away', '15 x']);
  });

  test.for([
    ['has no OPT record', undefined],
    ['does not ask', edns(10)],
  ] as const)('returns the reply as it is when the query %s', async ([, asked]) => {
    const below = replyWith([]);
    expect(await named('nsid here', asked, below)).toBe(below);
  });

  test('stays silent', async () => {
    const below = silence('acl');
    expect(await named('nsid here', edns(3), below)).toBe(below);
  });

  test('setup refuses more than 255 bytes', () => {
    expect(setUp(declared.setup, `nsid ${'é'.repeat(127)} x`).problems).toEqual([
      'Corefile:2:6: error: plugin/nsid: Cannot use 256 bytes as identifier: expected at most 255 [PLUGIN_OPTION]',
    ]);
    expect(setUp(declared.setup, `nsid ${'é'.repeat(127)}`).problems).toEqual([]);
  });
});
