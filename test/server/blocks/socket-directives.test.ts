import { describe, expect, test } from 'vitest';
import { ProblemList } from '../../../src/corefile/problems.ts';
import { problemText } from '../../../src/kube/problem.ts';
import { plugin as cookies } from '../../../src/plugins/cookies/setup.ts';
import { socketDirective, tcpLimitsOf } from '../../../src/server/blocks/socket-directives.ts';
import { parse } from '../../corefile/notation.ts';

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

function limits(corefile: string) {
  const problems = new ProblemList();
  const limits = tcpLimitsOf(parse(corefile).blocks, problems);
  return { limits, problems: problems.all.map(problemText) };
}

describe('tcpLimitsOf()', () => {
  test('sets nothing that no block sets', () => {
    expect(limits('. {\nwhoami\n}\n')).toEqual({ limits: {}, problems: [] });
  });

  test('takes each limit from whichever block sets it', () => {
    const corefile =
      'org {\ntimeouts {\nread 10s\nmaxtcpqueries 5\n}\n}\n. {\ntimeouts {\nwrite 7s\nidle 30s\nread 10s\n}\n}\n';
    expect(limits(corefile)).toEqual({
      limits: {
        tcpFirstByteMs: 10_000,
        tcpMessageMs: 10_000,
        tcpStallMs: 7000,
        tcpIdleMs: 30_000,
        tcpQueries: 5,
      },
      problems: [],
    });
  });

  test('takes the last of two that differ, and warns', () => {
    expect(limits('org {\ntimeouts {\nidle 10s\n}\n}\n. {\ntimeouts {\nidle 30s\n}\n}\n')).toEqual({
      limits: { tcpIdleMs: 30_000 },
      problems: [
        'Corefile:7:1: warning: plugin/timeouts: idle here holds instead of the one at Corefile:2: server blocks on the same sockets share their connections [PLUGIN_OPTION]',
      ],
    });
  });

  test('tells what is wrong in each block', () => {
    const { problems } = limits('org {\ntimeouts {\nidle 1\nread x\n}\n}\n. {\ntimeouts\n}\n');
    expect(problems).toEqual([
      expect.stringMatching(/^Corefile:4:6: error: /),
      expect.stringMatching(/^Corefile:8:1: error: /),
    ]);
  });
});
