import { describe, expect, test } from 'vitest';
import { parseConnects } from '../../bench/connect.ts';
import { parseProcessors, parseResident, parseStat } from '../../bench/cpu.ts';
import { parseReport } from '../../bench/dnsperf.ts';

const STAT =
  '4711 (a b) c) S 1 2 3 4 5 6 7 8 9 10 1234 567 100 33 20 0 12 0 99 1000 200 18446744073709551615';

test('parseStat adds up threads and ended children, whatever the name of the program', () => {
  expect(parseStat(STAT)).toEqual({ user: 13.34, system: 6 });
});

test('parseResident reads memory in RAM, in MB', () => {
  expect(parseResident('VmPeak:\t  900 kB\nVmRSS:\t   62500 kB\nThreads:\t3\n')).toBe(64);
  expect(() => parseResident('Name:\tzombie\n')).toThrow('found no VmRSS');
});

test.for([
  ['0', [0]],
  ['0-2,5', [0, 1, 2, 5]],
  ['3,7-8', [3, 7, 8]],
] as const)('parseProcessors reads %s', ([list, processors]) => {
  expect(parseProcessors(list)).toEqual(processors);
});

describe('parseReport', () => {
  const report = (completed: string) => `DNS Performance Testing Tool
Version 2.10.0

[Status] Sending queries (to 127.0.0.1:25053)
> NOERROR svc-0.team-0.svc.cluster.local A 0.000338
> NXDOMAIN svc-0.team-0.team-1.svc.cluster.local A 0.000041
> NOERROR svc-0.team-0.svc.cluster.local AAAA 0.012346
> T svc-1.team-1.svc.cluster.local A
[Status] Testing complete (time limit)

Statistics:

  Queries sent:         4
${completed}  Queries lost:         1 (25.00%)

  Response codes:       NOERROR 2 (66.67%), NXDOMAIN 1 (33.33%)
  Average packet size:  request 27, response 27
  Run time (s):         1.000142
  Queries per second:   2.999574
`;

  test('reads totals, and sorts the times of replies', () => {
    expect(parseReport(report('  Queries completed:    3 (75.00%)\n'))).toEqual({
      completed: 3,
      lost: 1,
      queriesPerSecond: 2.999574,
      times: [0.000041, 0.000338, 0.012346],
    });
  });

  test('refuses a run without replies, and what is no report', () => {
    const none = report('  Queries completed:    0 (0.00%)\n');
    expect(() => parseReport(none)).toThrow('Cannot measure: no query was answered');
    expect(() => parseReport(report(''))).toThrow('no "Queries completed"');
  });
});

describe('parseConnects', () => {
  test('reads totals', () => {
    expect(parseConnects('connections 300\nseconds 2.000000\nerrors 1\n')).toEqual({
      completed: 300,
      lost: 1,
      queriesPerSecond: 150,
      times: [],
    });
  });

  test.for([
    ['connections 0\nseconds 1.0\nerrors 9\n', 'Cannot measure: no connection had its reply'],
    ['connections 1\nseconds 1.0\n', 'no "errors"'],
  ] as const)('refuses %j', ([printed, message]) => {
    expect(() => parseConnects(printed)).toThrow(message);
  });
});
