import { parseArgs } from 'node:util';
import type { Pace } from './connect.ts';
import { MIXES, type Mix, TRANSPORTS, type Transport } from './workload.ts';

export const USAGE = `Measures svcdns and other DNS servers, each in turn, with the same names and load.

Usage: npm run bench -- [OPTIONS] [OTHER/dist/main.js]...

Builds of svcdns that are named are measured too. The tables are on stdout, in Markdown.

Options:
  --quick            about a minute: 1,000 Services, pod, UDP, rounds of a second
  --only NAMES       these servers; all names: --list
  --mix NAMES        of ${MIXES.join(', ')}; or forwarded for the last two
  --services LIST    how many Services. Default: 100,10000,100000
  --endpoints N      endpoints of each, for svcdns and CoreDNS. Default: 0
  --over LIST        of ${TRANSPORTS.join(', ')}: the last has a TCP connection for each query.
                     Default: udp,tcp; mixes of forwarded names use the first alone
  --rate N           connections a second with connect; 0 for as many as come to their end.
                     Default: 0
  --spin             with connect, the client never sleeps
  --misses N         new names a second with forwarded-miss; 0 for as many as are answered.
                     Default: 1500
  --rounds N         default: 3
  --seconds N        of a measurement. Default: 5
  --chart FILE       draws the CPU time a query as an SVG
  --check            measures what bench/budget.json is about, and fails when a ratio has fallen back
  --set-budget       measures the same, and writes today's ratios there
  --list             the servers, and why some cannot be measured here
  -h, --help
`;

export interface Options {
  readonly only: readonly string[];
  readonly mixes: readonly Mix[];
  readonly services: readonly number[];
  readonly endpoints: number;
  readonly transports: readonly Transport[];
  /** New names a second; undefined for as many as are answered. */
  readonly misses: number | undefined;
  readonly pace: Pace;
  readonly rounds: number;
  readonly seconds: number;
  /** Whether the time of replies at half the rate is measured. */
  readonly hasTimes: boolean;
  readonly chart: string | undefined;
  readonly task: 'measure' | 'check' | 'set-budget' | 'list' | 'help';
  readonly builds: readonly string[];
}

/** @throws Error that says which option is wrong, and why */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      mix: { type: 'string' },
      services: { type: 'string' },
      endpoints: { type: 'string', default: '0' },
      over: { type: 'string' },
      misses: { type: 'string', default: '1500' },
      rate: { type: 'string', default: '0' },
      spin: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string' },
      chart: { type: 'string' },
      check: { type: 'boolean', default: false },
      'set-budget': { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { quick, check } = values;
  const task = (['help', 'list', 'check', 'set-budget'] as const).find((name) => values[name]);
  const isBudget = check || values['set-budget'];
  const short = quick || isBudget;
  const all = isBudget ? TRANSPORTS.join() : short ? 'udp' : 'udp,tcp';
  const transports = words(values.over ?? all).map((word) => oneOf('--over', word, TRANSPORTS));
  return {
    only: words(values.only ?? ''),
    mixes: mixesOf(values.mix ?? (quick ? 'pod' : MIXES.join())),
    services: words(values.services ?? (short ? '1000' : '100,10000,100000')).map((word) =>
      number('--services', word, 1),
    ),
    endpoints: number('--endpoints', values.endpoints, 0),
    transports,
    misses: number('--misses', values.misses, 0) || undefined,
    pace: { rate: number('--rate', values.rate, 0) || undefined, spins: values.spin },
    rounds: number('--rounds', values.rounds, 1),
    seconds: number('--seconds', values.seconds ?? (quick ? '1' : '5'), 1),
    hasTimes: !short,
    chart: values.chart,
    task: task ?? 'measure',
    builds: positionals,
  };
}

function mixesOf(list: string): Mix[] {
  return words(list).flatMap((word) =>
    word === 'forwarded'
      ? (['forwarded-hit', 'forwarded-miss'] as const)
      : [oneOf('--mix', word, MIXES)],
  );
}

function words(list: string): string[] {
  return list.split(',').filter((word) => word !== '');
}

function oneOf<Word extends string>(option: string, word: string, known: readonly Word[]): Word {
  const found = known.find((one) => one === word);
  if (found === undefined) {
    throw new Error(`Cannot use ${option} ${word}: expected ${known.join(', ')}`);
  }
  return found;
}

function number(option: string, word: string, least: number): number {
  const value = Number(word);
  if (!Number.isInteger(value) || value < least) {
    throw new Error(`Cannot use ${option} ${word}: expected a number of at least ${least}`);
  }
  return value;
}
