import type { Line, Word } from '../../corefile/parse.ts';
import { type ProblemList, quoted } from '../../corefile/problems.ts';
import { type Network, parseNetwork } from '../../dns/network.ts';
import { counter, gauge, type MetricTable } from '../../observe/metric-spec.ts';
import type { OptionsDeclaration } from '../declaration.ts';
import { Directive, type ReadOption } from '../directive.ts';
import type { OptionForms } from '../option-form.ts';
import { ALL_PER_RESPONSE, DEFAULT_RATE_LIMITS, type RateLimits } from './limits.ts';

type Given = { -readonly [Field in keyof RateLimits]?: RateLimits[Field] };

/** Fields that are numbers. */
type Amount = {
  [Field in keyof RateLimits]: RateLimits[Field] extends number ? Field : never;
}[keyof RateLimits];

const MAX_RATE = 1_000_000;

/** The options, in BIND's words. */
const OPTIONS = {
  'responses-per-second': 'N',
  'nodata-per-second': 'N',
  'nxdomains-per-second': 'N',
  'errors-per-second': 'N',
  'all-per-second': 'N',
  window: 'SECONDS',
  slip: 'N',
  'ipv4-prefix-length': 'BITS',
  'ipv6-prefix-length': 'BITS',
  'exempt-clients': 'NETWORK...',
  'include-private': '',
  'log-only': '',
  'max-table-size': 'N',
} as const satisfies OptionForms;

type Read = ReadOption<[Given, Directive]>;

const READERS: Readonly<Record<keyof typeof OPTIONS, Read>> = {
  'responses-per-second': amount('responses', 0, MAX_RATE),
  'nodata-per-second': amount('nodata', 0, MAX_RATE),
  'nxdomains-per-second': amount('nxdomains', 0, MAX_RATE),
  'errors-per-second': amount('errors', 0, MAX_RATE),
  'all-per-second': amount('all', 0, MAX_RATE),
  window: amount('windowSeconds', 1, 3600),
  slip: amount('slip', 0, 10),
  'ipv4-prefix-length': amount('ipv4Prefix', 1, 32),
  'ipv6-prefix-length': amount('ipv6Prefix', 1, 128),
  'exempt-clients': (option, given, directive) => {
    given.exempt = [...(given.exempt ?? []), ...readNetworks(option, directive)];
  },
  'include-private': (_option, given) => {
    given.includesPrivate = true;
  },
  'log-only': (_option, given) => {
    given.isLogOnly = true;
  },
  'max-table-size': amount('maxTableSize', 8, 1_000_000),
};

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
  directive.options(line, OPTIONS, READERS, given, directive);
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
  options: OPTIONS,
  metrics: RATELIMIT_METRICS,
  read: parseRatelimit,
};

/** What is not said follows from `responses-per-second`. */
function ratesLike(responses: number | undefined): Given {
  if (responses === undefined) return {};
  const all = responses * ALL_PER_RESPONSE;
  return { nodata: responses, nxdomains: responses, errors: responses, all };
}

function amount(field: Amount, least: number, most: number): Read {
  return ({ name, args }, given, directive) => {
    const { text, origin } = args[0] as Word;
    const value = Number(text);
    if (/^\d{1,7}$/.test(text) && value >= least && value <= most) given[field] = value;
    else {
      const expected = `expected ${least} to ${most}`;
      directive.error(`Cannot read ${quoted(text)} as ${name}: ${expected}`, origin);
    }
  };
}

function readNetworks(option: Line, directive: Directive): Network[] {
  return option.args.flatMap(({ text, origin }) => {
    const network = parseNetwork(text);
    if (network !== undefined) return [network];
    const expected = 'expected an address or a network, as in 192.0.2.0/24';
    directive.error(`illegal CIDR notation ${quoted(text)}: ${expected}`, origin);
    return [];
  });
}
