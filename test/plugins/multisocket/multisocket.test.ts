import { describe, expect, test } from 'vitest';
import { parseMultisocket } from '../../../src/plugins/multisocket/setup.ts';
import { parsed } from '../parse-directive.ts';

describe('parseMultisocket()', () => {
  test.for([
    ['', 1],
    ['multisocket', 8],
    ['multisocket 1', 1],
    ['multisocket 1024', 1024],
  ] as const)('reads %j', ([text, expected]) => {
    const { result, problems } = parsed((lines, list) => parseMultisocket(lines, list, 8), text);
    expect([result, problems]).toEqual([expected, []]);
  });

  test.for(['0', '1025', '-1', '1.5', 'x'])('refuses %s', (text) => {
    expect(parsed(parseMultisocket, `multisocket ${text}`)).toEqual({
      result: 1,
      problems: [
        `Corefile:2:13: error: plugin/multisocket: invalid num sockets: '${text}': expected 1 to 1024 [PLUGIN_OPTION]`,
      ],
    });
  });
});
