import type { Line } from '../../corefile/parse.ts';
import { type ProblemList, quoted } from '../../corefile/problems.ts';
import { type Network, parseNetwork } from '../../dns/network.ts';
import { counter, gauge, type MetricTable } from '../../observe/metric-spec.ts';
import type { OptionsDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import { ALL_PER_RESPONSE, DEFAULT_RATE_LIMITS, type RateLimits } from './limits.ts';

type Given = { -readonly [Field in keyof RateLimits]?: RateLimits[Field] };

/** Fields that are numbers. */
type Amount = {
  [Field in keyof RateLimits]: RateLimits[Field] extends number ? Field : never;
}[keyof RateLimits];

const MAX_RATE = 1_000_000;

/** Each option with a number: what it sets, its least and its most. BIND's words. */
const AMOUNTS: ReadonlyMap<string, readonly [field: Amount, least: number, most: number]> = new Map(
  [
    ['responses-per-second', ['responses', 0, MAX_RATE]],
    ['nodata-per-second', ['nodata', 0, MAX_RATE]],
    ['nxdomains-per-second', ['nxdomains', 0, MAX_RATE]],
    ['errors-per-second', ['errors', 0, MAX_RATE]],
    ['all-per-second', ['all', 0, MAX_RATE]],
    ['window', ['windowSeconds', 1, 3600]],
    ['slip', ['slip', 0, 10]],
    ['ipv4-prefix-length', ['ipv4Prefix', 1, 32]],
    ['ipv6-prefix-length', ['ipv6Prefix', 1, 128]],
    ['max-table-size', ['maxTableSize', 8, 1_000_000]],
  ],
);

/** Options that stand alone. */
const FLAGS = new Map([
  ['include-private', 'includesPrivate'],
  ['log-only', 'isLogOnly'],
] as const);

const OPTIONS = [...AMOUNTS.keys(), 'exempt-clients', ...FLAGS.keys()];

/** Reads `ratelimit [off]` and its options. */
export function parseRatelimit(lines: readonly Line[], problems: ProblemList): RateLimits {
  if (lines.length === 0) return DEFAULT_RATE_LIMITS;
  const directive = new Directive('ratelimit', problems);
  const line = directive.single(lines);
  const [word] = line.args;
  if (!directive.hasArgs(line, 0, 1)) return DEFAULT_RATE_LIMITS;
  if (word !== undefined) {
    if (word.text !== 'off') {
      const expected = "expected 'off', or options in braces";
      directive.error(`Cannot read ${quoted(word.text)}: ${expected}`, word.origin);
    }
    directive.hasNoOptions(line);
    return { ...DEFAULT_RATE_LIMITS, isOff: true };
  }
  const given: Given = {};
  for (const option of line.block ?? []) readOption(option, given, directive);
  return { ...DEFAULT_RATE_LIMITS, ...ratesLike(given.responses), ...given };
}

/** What `ratelimit` counts. */
export const RATELIMIT_METRICS = {
  svcdns_ratelimit_limited_total: counter('Replies over a limit of `ratelimit`, by limit.', {
    limit: ['responses', 'nodata', 'nxdomains', 'errors', 'all'],
  }),
  svcdns_ratelimit_slipped_total: counter(
    'Replies over a limit that were sent with nothing in them, and as what.',
    { as: ['truncated', 'badcookie', 'bare'] },
  ),
  svcdns_ratelimit_dropped_total: counter('Replies over a limit that were not sent.'),
  svcdns_ratelimit_exempt_total: counter(
    'Replies that no limit held for because the client showed a cookie.',
  ),
  svcdns_ratelimit_accounts: gauge('Accounts of networks that `ratelimit` keeps.', {
    server: 'configured',
  }),
  svcdns_ratelimit_evictions_total: counter('Accounts that gave way to others.'),
} as const satisfies MetricTable;

export const plugin: OptionsDeclaration<RateLimits> = {
  directive: 'ratelimit',
  metrics: RATELIMIT_METRICS,
  read: parseRatelimit,
};

function readOption(option: Line, given: Given, directive: Directive): void {
  const { name } = option;
  const amount = AMOUNTS.get(name);
  const flag = FLAGS.get(name as Parameters<typeof FLAGS.get>[0]);
  if (amount !== undefined) {
    const [field, least, most] = amount;
    const value = readAmount(option, least, most, directive);
    if (value !== undefined) given[field] = value;
  } else if (flag !== undefined) {
    if (directive.hasArgs(option, 0, 0)) given[flag] = true;
  } else if (name === 'exempt-clients') {
    given.exempt = [...(given.exempt ?? []), ...readNetworks(option, directive)];
  } else {
    directive.unknown(option, OPTIONS);
  }
}

/** What is not said follows from `responses-per-second`. */
function ratesLike(responses: number | undefined): Given {
  if (responses === undefined) return {};
  const all = responses * ALL_PER_RESPONSE;
  return { nodata: responses, nxdomains: responses, errors: responses, all };
}

function readAmount(
  option: Line,
  least: number,
  most: number,
  directive: Directive,
): number | undefined {
  if (!directive.hasArgs(option, 1, 1)) return undefined;
  const { text, origin } = option.args[0]!;
  const value = Number(text);
  if (/^\d{1,7}$/.test(text) && value >= least && value <= most) return value;
  const expected = `expected ${least} to ${most}`;
  directive.error(`Cannot read ${quoted(text)} as ${option.name}: ${expected}`, origin);
  return undefined;
}

function readNetworks(option: Line, directive: Directive): Network[] {
  if (!directive.hasArgs(option, 1, Number.POSITIVE_INFINITY)) return [];
  return option.args.flatMap(({ text, origin }) => {
    const network = parseNetwork(text);
    if (network !== undefined) return [network];
    const expected = 'expected an address or a network, as in 192.0.2.0/24';
    directive.error(`illegal CIDR notation ${quoted(text)}: ${expected}`, origin);
    return [];
  });
}
