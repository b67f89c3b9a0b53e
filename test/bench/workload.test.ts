import { expect, test } from 'vitest';
import { readOptions } from '../../bench/options.ts';
import { questionsOf } from '../../bench/workload.ts';

test('questionsOf pod: a miss of the search list, the address, no IPv6 address', () => {
  expect(questionsOf('pod', 2).slice(0, 3)).toEqual([
    { name: 'svc-0.team-0.team-1.svc.cluster.local', type: 'A', answer: 'NXDOMAIN' },
    { name: 'svc-0.team-0.svc.cluster.local', type: 'A', answer: '10.96.0.10' },
    { name: 'svc-0.team-0.svc.cluster.local', type: 'AAAA', answer: 'NODATA' },
  ]);
});

test.for([1, 100, 7919])('questionsOf hit asks for each of %d Services once', (services) => {
  const names = questionsOf('hit', services).map(({ name }) => name);
  expect(new Set(names).size).toBe(services);
  expect(names).toHaveLength(services);
});

test('questionsOf forwarded-miss has other names each round, and every second exists', () => {
  const first = questionsOf('forwarded-miss', 1, 'r1', 100);
  const second = questionsOf('forwarded-miss', 1, 'r2', 100);
  expect(new Set([...first, ...second].map(({ name }) => name)).size).toBe(200);
  expect(first.slice(0, 2).map(({ answer }) => answer)).toEqual(['NXDOMAIN', '192.0.2.1']);
});

test('readOptions: --quick is short, and single options win over it', () => {
  const quick = readOptions([
    '--quick',
    '--mix',
    'forwarded',
    '--only',
    'svcdns,knot',
    'a/main.js',
  ]);
  expect(quick).toMatchObject({
    services: [1000],
    seconds: 1,
    transports: ['udp'],
    mixes: ['forwarded-hit', 'forwarded-miss'],
    only: ['svcdns', 'knot'],
    builds: ['a/main.js'],
    task: 'measure',
  });
  expect(readOptions([])).toMatchObject({ services: [100, 10_000, 100_000], rounds: 3 });
});

test.for([
  [['--mix', 'miss'], 'Cannot use --mix miss: expected hit, pod, forwarded-hit, forwarded-miss'],
  [['--services', '0'], 'Cannot use --services 0: expected a number of at least 1'],
  [['--over', 'quic'], 'Cannot use --over quic: expected udp, tcp, connect'],
  [['--rate', 'all'], 'Cannot use --rate all: expected a number of at least 0'],
  [['--fast'], "Unknown option '--fast'"],
] as const)('readOptions refuses %j', ([args, message]) => {
  expect(() => readOptions(args)).toThrow(message);
});
