import { describe, expect, test } from 'vitest';
import { ProblemList } from '../../src/corefile/problems.ts';
import { problemText } from '../../src/kube/problem.ts';
import { plugin as cookies } from '../../src/plugins/cookies/setup.ts';
import { socketDirective } from '../../src/server/socket-directive.ts';
import { parse } from '../corefile/notation.ts';

function chosen(corefile: string) {
  const problems = new ProblemList();
  const { isOff } = socketDirective(cookies, parse(corefile).blocks, problems);
  return { isOff, problems: problems.all.map(problemText) };
}

describe('socketDirective()', () => {
  test.for([
    ['. {\nwhoami\n}\n', false],
    ['org {\ncookies off\n}\n. {\nwhoami\n}\n', true],
    ['org {\ncookies off\n}\n. {\ncookies off\n}\n', true],
  ] as const)('takes what blocks agree on: %j', ([corefile, isOff]) => {
    expect(chosen(corefile)).toEqual({ isOff, problems: [] });
  });

  test('takes the last of two that differ, and warns', () => {
    expect(chosen('org {\ncookies off\n}\n. {\ncookies\n}\n')).toEqual({
      isOff: false,
      problems: [
        'Corefile:5:1: warning: plugin/cookies: this line holds instead of the one at Corefile:2: server blocks on the same sockets share it [PLUGIN_OPTION]',
      ],
    });
  });

  test('tells what is wrong in each block', () => {
    const { problems } = chosen('org {\ncookies on\n}\n. {\ncookies on\n}\n');
    expect(problems.map((text) => text.slice(0, 19))).toEqual([
      'Corefile:2:9: error',
      'Corefile:5:9: error',
    ]);
  });
});
