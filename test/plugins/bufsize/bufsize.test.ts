import { describe, expect, test } from 'vitest';
import { type Bufsize, plugin as declared } from '../../../src/plugins/bufsize/index.ts';
import {
  pluginOf,
  question,
  replyWith,
  setUp,
  testContext,
  upstream,
} from '../../helpers/plugin-harness.ts';

const edns = (size: number) => ({ size, dnssecOk: true, options: [] });

describe('bufsize', () => {
  test.for([
    ['bufsize', 4096, 1232],
    ['bufsize', 1232, 1232],
    ['bufsize', 512, 512],
    ['bufsize', 0, 0],
    ['bufsize 512', 1232, 512],
    ['bufsize 4096', 65_535, 4096],
  ] as const)('%s makes of an offer of %i one of %i', async ([text, offered, passed]) => {
    const next = upstream(replyWith([]));
    const plugin = pluginOf(declared.setup, text, testContext());
    await plugin.serve(question('a. A', { edns: edns(offered) }), next);
    expect(next.asked[0]?.edns).toEqual(edns(passed));
  });

  test('passes a query without EDNS on as it is', async () => {
    const next = upstream(replyWith([]));
    const asked = question('a. A');
    await pluginOf(declared.setup, 'bufsize', testContext()).serve(asked, next);
    expect(next.asked[0]).toBe(asked);
  });

  test('tells the server its size', () => {
    expect((pluginOf(declared.setup, 'bufsize 700', testContext()) as Bufsize).udpReplyBytes).toBe(
      700,
    );
  });

  test.for(['511', '4097', '-1', '1e3', 'x', '9999999999'])('setup refuses %s', (size) => {
    expect(setUp(declared.setup, `bufsize ${size}`)).toEqual({
      plugin: undefined,
      problems: [
        `Corefile:2:9: error: plugin/bufsize: must be within 512 - 4096: found '${size}' [PLUGIN_OPTION]`,
      ],
    });
  });

  test('setup refuses a second size', () => {
    expect(setUp(declared.setup, 'bufsize 512 512').problems).toHaveLength(1);
  });
});
