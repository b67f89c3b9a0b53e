import { describe, expect, test } from 'vitest';
import { parseCookies } from '../../../src/plugins/cookies/setup.ts';
import { parsed } from '../parse-directive.ts';

const NONE = { isOff: false, secrets: undefined };
const ONE = '00112233445566778899aabbccddeeff';
const TWO = 'E5E973E5A6B2A43F48E7DC849E37BFCF';

describe('parseCookies()', () => {
  test.for([
    ['', NONE],
    ['cookies', NONE],
    ['cookies off', { ...NONE, isOff: true }],
    [`cookies {\nsecret ${ONE}\n}`, { ...NONE, secrets: [Buffer.from(ONE, 'hex')] }],
    [
      `cookies {\nsecret ${TWO} ${ONE}\n}`,
      { ...NONE, secrets: [Buffer.from(TWO, 'hex'), Buffer.from(ONE, 'hex')] },
    ],
  ] as const)('reads %j', ([text, result]) => {
    expect(parsed(parseCookies, text)).toEqual({ result, problems: [] });
  });

  test.for([
    ['cookies on', "2:9: error: plugin/cookies: expected 'off', or options in braces"],
    [
      `cookies off {\nsecret ${ONE}\n}`,
      "3:1: error: plugin/cookies: unknown property 'secret': 'cookies' has no options",
    ],
    [
      'cookies {\nsecrets 00\n}',
      "3:1: error: plugin/cookies: unknown property 'secrets': did you mean 'secret'?",
    ],
    [
      'cookies {\nsecret\n}',
      "3:1: error: plugin/cookies: Wrong argument count or unexpected line ending after 'secret': expected 1 or 2",
    ],
    [
      'cookies\ncookies',
      '3:1: error: plugin/cookies: this plugin can only be used once per Server Block',
    ],
  ] as const)('says what is wrong with %j', ([text, problem]) => {
    expect(parsed(parseCookies, text).problems).toEqual([`Corefile:${problem} [PLUGIN_OPTION]`]);
  });

  test('repeats no secret, wherever it stands', () => {
    const near = ONE.slice(1);
    for (const text of [`cookies ${ONE}`, `cookies {\nsecret ${ONE} ${near}\n}`]) {
      const { problems } = parsed(parseCookies, text);
      expect(problems).toHaveLength(1);
      expect(problems[0]).not.toContain(near);
    }
    expect(parsed(parseCookies, `cookies {\nsecret ${ONE} ${near}\n}`).problems).toEqual([
      'Corefile:3:41: error: plugin/cookies: a secret has 32 hexadecimal digits: found 31 characters [PLUGIN_OPTION]',
    ]);
  });
});
