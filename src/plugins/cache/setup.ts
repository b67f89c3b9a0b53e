import { parseDuration } from '../../corefile/duration.ts';
import type { Line, Word } from '../../corefile/parse.ts';
import { quoted } from '../../corefile/problems.ts';
import { type NameKey, ROOT } from '../../dns/name.ts';
import { MAX_TTL } from '../../dns/record.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { blockZones, Directive, type ReadOption } from '../directive.ts';
import type { OptionForms } from '../option-form.ts';
import { CachePlugin } from './index.ts';
import { CACHE_METRICS } from './metrics.ts';
import {
  type CacheDraft,
  type CacheOptions,
  DEFAULT_DENIAL,
  DEFAULT_SERVFAIL_MS,
  DEFAULT_SUCCESS,
  MAX_SERVFAIL_MS,
  MIN_SERVFAIL_MS,
  type StoreOptions,
} from './options.ts';
import { readStale, readStalePolicy } from './stale-options.ts';

const HOUR_MS = 3_600_000;

const OPTIONS = {
  success: 'CAPACITY [TTL] [MINTTL]',
  denial: 'CAPACITY [TTL] [MINTTL]',
  prefetch: 'AMOUNT [DURATION] [PERCENTAGE%]',
  serve_stale: '[DURATION] [immediate [TTL [RECHECK]] | verify [TIMEOUT [TTL [RECHECK]]]]',
  serve_stale_policy: 'prefer_positive',
  servfail: 'DURATION',
  disable: 'success|denial [ZONES...]',
  keepttl: '',
} as const satisfies OptionForms;

const READERS: Readonly<Record<keyof typeof OPTIONS, ReadOption<[CacheDraft, Directive]>>> = {
  success: (option, draft, directive) => readStore(option, 'success', draft, directive),
  denial: (option, draft, directive) => readStore(option, 'denial', draft, directive),
  prefetch: readPrefetch,
  serve_stale: readStale,
  serve_stale_policy: readStalePolicy,
  servfail: readServfail,
  disable: readDisable,
  keepttl: (_option, draft) => {
    draft.keepTtl = true;
  },
};

export const plugin = {
  directive: 'cache',
  options: OPTIONS,
  metrics: CACHE_METRICS,
  clusterAnswers: (cache) => cache, // names of the cluster are never kept, and others may be
  isForForwarding: true,
  setup(lines, context, problems) {
    const directive = new Directive('cache', problems);
    const line = directive.single(lines);
    const options = readCache(line, blockZones(context), directive);
    return directive.failed ? undefined : new CachePlugin(options, context);
  },
} satisfies PluginDeclaration<CachePlugin>;

function readCache(line: Line, zones: readonly NameKey[], directive: Directive): CacheOptions {
  const [first, ...others] = line.args;
  const hasTtl = first !== undefined && /^[+-]?\d+$/.test(first.text);
  const ttl = hasTtl ? positiveTtl(first, directive) : undefined;
  const cap = ttl === undefined ? {} : { maxTtl: ttl };
  if (first !== undefined && !hasTtl && parseDuration(first.text) !== undefined) {
    const found = `${quoted(first.text)} is taken for a zone`; // as in CoreDNS
    directive.warning(`${found}: expected seconds, as in cache 30`, first.origin);
  }
  const draft: CacheDraft = {
    zones: directive.zones(hasTtl ? others : line.args, zones),
    success: { ...DEFAULT_SUCCESS, ...cap },
    denial: { ...DEFAULT_DENIAL, ...cap },
    servfailMs: DEFAULT_SERVFAIL_MS,
    prefetch: undefined,
    stale: undefined,
    keepTtl: false,
  };
  // The policy needs what serve_stale says, wherever that stands.
  const options = [...(line.block ?? [])].sort(
    (a, b) => Number(a.name === 'serve_stale_policy') - Number(b.name === 'serve_stale_policy'),
  );
  directive.options({ ...line, block: options }, OPTIONS, READERS, draft, directive);
  return draft;
}

function readStore(
  line: Line,
  kind: 'success' | 'denial',
  draft: CacheDraft,
  directive: Directive,
): void {
  const [capacity, ttl, minTtl] = line.args as [Word, ...Word[]];
  const limits: { -readonly [Option in keyof StoreOptions]: StoreOptions[Option] } = {
    ...draft[kind],
    entries: integer(capacity, directive) ?? 0,
  };
  if (limits.entries < 0) {
    directive.error(`cache capacity can not be negative: ${limits.entries}`, capacity.origin);
  }
  if (ttl !== undefined) limits.maxTtl = positiveTtl(ttl, directive) ?? limits.maxTtl;
  if (minTtl !== undefined) {
    limits.minTtl = integer(minTtl, directive) ?? 0;
    if (limits.minTtl < 0) {
      directive.error(`cache min TTL can not be negative: ${limits.minTtl}`, minTtl.origin);
    } else if (limits.minTtl > limits.maxTtl) {
      const message = `cache min TTL ${limits.minTtl} is over the TTL limit ${limits.maxTtl}`;
      directive.error(message, minTtl.origin);
    }
  }
  draft[kind] = limits;
}

function readPrefetch(line: Line, draft: CacheDraft, directive: Directive): void {
  const [amountWord, pause, share] = line.args as [Word, ...Word[]];
  const amount = integer(amountWord, directive) ?? 0;
  if (amount < 0) {
    directive.error(`prefetch amount should be positive: ${amount}`, amountWord.origin);
  }
  const pauseMs = pause === undefined ? 60_000 : duration(pause, directive);
  const percent = share === undefined ? 10 : percentage(share, directive);
  // CoreDNS takes an amount of 0 for "no prefetch".
  draft.prefetch =
    amount > 0 && pauseMs !== undefined && percent !== undefined
      ? { amount, pauseMs, percent }
      : undefined;
}

function percentage(word: Word, directive: Directive): number | undefined {
  const [, digits] = /^(\d{1,9})%$/.exec(word.text) ?? [];
  if (digits === undefined) {
    directive.error(
      `Cannot read ${quoted(word.text)} as a percentage: expected 10% to 90%, with the sign`,
      word.origin,
    );
    return undefined;
  }
  const percent = Number(digits);
  if (percent >= 10 && percent <= 90) return percent;
  directive.error(`percentage should fall in range [10, 90]: ${percent}`, word.origin);
  return undefined;
}

function readServfail(line: Line, draft: CacheDraft, directive: Directive): void {
  const [word] = line.args as [Word];
  const ms = duration(word, directive);
  if (ms === undefined) return;
  draft.servfailMs = ms === 0 ? 0 : Math.max(ms, MIN_SERVFAIL_MS);
  if (ms > 0 && ms < MIN_SERVFAIL_MS) {
    const message = `failures are kept for ${MIN_SERVFAIL_MS / 1000}s: RFC 9520 forbids less`;
    directive.warning(message, word.origin);
  }
  if (ms > MAX_SERVFAIL_MS) {
    const message = 'caching SERVFAIL responses over 5 minutes is not permitted';
    directive.error(`${message}: ${word.text}`, word.origin);
  }
}

function readDisable(line: Line, draft: CacheDraft, directive: Directive): void {
  const [kind, ...zones] = line.args as [Word, ...Word[]];
  if (kind.text !== 'success' && kind.text !== 'denial') {
    const message = `cache type for disable must be "success" or "denial": ${quoted(kind.text)}`;
    directive.error(message, kind.origin);
    return;
  }
  draft[kind.text] = { ...draft[kind.text], except: directive.zones(zones, [ROOT]) };
}

function positiveTtl(word: Word, directive: Directive): number | undefined {
  const ttl = integer(word, directive);
  if (ttl === undefined || (ttl > 0 && ttl <= MAX_TTL)) return ttl;
  const message =
    ttl > 0
      ? `cache TTL can not be over ${MAX_TTL}: ${ttl}`
      : `cache TTL can not be zero or negative: ${ttl}`;
  directive.error(message, word.origin);
  return undefined;
}

function integer(word: Word, directive: Directive): number | undefined {
  if (/^[+-]?\d{1,15}$/.test(word.text)) return Number(word.text);
  directive.error(`Cannot read ${quoted(word.text)}: expected a whole number`, word.origin);
  return undefined;
}

function duration(word: Word, directive: Directive): number | undefined {
  const ms = parseDuration(word.text);
  if (ms !== undefined && ms <= 24 * HOUR_MS * 365) return ms;
  const message = `Cannot read ${quoted(word.text)} as a duration: expected one like 30s, 1m30s or 0`;
  directive.error(message, word.origin);
  return undefined;
}
