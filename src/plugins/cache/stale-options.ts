import { parseDuration } from '../../corefile/duration.ts';
import type { Line, Word } from '../../corefile/parse.ts';
import { didYouMean, quoted } from '../../corefile/problems.ts';
import type { Directive } from '../directive.ts';
import {
  type CacheDraft,
  STALE_RECHECK_MS,
  STALE_TTL_SECONDS,
  STALE_WAIT_MS,
  type StaleOptions,
} from './options.ts';

const DEFAULT_WINDOW_MS = 3_600_000;
const MAX_WINDOW_MS = 365 * 24 * 3_600_000;
const MAX_WAIT_MS = 60_000;
const MAX_RECHECK_MS = 300_000;
const MAX_TTL_MS = 2 ** 31 * 1000 - 1000;
const MODES = ['immediate', 'verify'];

/**
 * Reads `serve_stale [DURATION] [immediate [TTL [RECHECK]] | verify [TIMEOUT [TTL [RECHECK]]]]`.
 */
export function readStale(line: Line, draft: CacheDraft, directive: Directive): void {
  const words = [...line.args];
  const isModeFirst = words[0] !== undefined && MODES.includes(words[0].text);
  const window = isModeFirst ? undefined : words.shift();
  const windowMs = duration(window, MAX_WINDOW_MS, directive) ?? DEFAULT_WINDOW_MS;
  const mode = words.shift();
  if (mode !== undefined && !MODES.includes(mode.text)) {
    const message = `invalid value for serve_stale refresh mode: ${mode.text}`;
    const hint = didYouMean(mode.text, MODES) || ': expected immediate or verify';
    directive.error(`${message}${hint}`, mode.origin);
    return;
  }
  const wait = mode?.text === 'verify' ? words.shift() : undefined;
  const [ttl, recheck, extra] = words;
  if (extra !== undefined) {
    directive.error(
      `Unexpected ${quoted(extra.text)} after ${quoted('serve_stale')}`,
      extra.origin,
    );
  }
  const waitMs = duration(wait, MAX_WAIT_MS, directive) ?? STALE_WAIT_MS;
  draft.stale = {
    windowMs,
    waitMs: mode?.text === 'verify' ? waitMs || STALE_WAIT_MS : 0,
    ttl: staleTtl(ttl, directive),
    recheckMs: duration(recheck, MAX_RECHECK_MS, directive) ?? STALE_RECHECK_MS,
    preferPositive: false,
  };
}

/** Reads `serve_stale_policy prefer_positive`. */
export function readStalePolicy(line: Line, draft: CacheDraft, directive: Directive): void {
  const [policy] = line.args as [Word];
  if (policy.text !== 'prefer_positive') {
    const hint = didYouMean(policy.text, ['prefer_positive']) || ': expected prefer_positive';
    directive.error(`unknown serve_stale_policy ${quoted(policy.text)}${hint}`, policy.origin);
    return;
  }
  if (draft.stale === undefined) {
    directive.error('serve_stale_policy requires serve_stale', line.origin);
    return;
  }
  const stale: StaleOptions = { ...draft.stale, preferPositive: true };
  draft.stale = stale;
}

/** RFC 8767 section 4: never 0. */
function staleTtl(word: Word | undefined, directive: Directive): number {
  const ms = duration(word, MAX_TTL_MS, directive);
  if (word === undefined || ms === undefined) return STALE_TTL_SECONDS;
  if (ms % 1000 !== 0) {
    directive.error(
      `Cannot use ${quoted(word.text)} as a TTL: expected whole seconds`,
      word.origin,
    );
  }
  if (ms > 0) return ms / 1000;
  const message = `stale records get a TTL of ${STALE_TTL_SECONDS}s: RFC 8767 forbids 0`;
  directive.warning(message, word.origin);
  return STALE_TTL_SECONDS;
}

function duration(word: Word | undefined, most: number, directive: Directive): number | undefined {
  if (word === undefined) return undefined;
  const ms = parseDuration(word.text);
  if (ms !== undefined && ms <= most) return ms;
  const range = most < MAX_WINDOW_MS ? ` of at most ${most / 1000}s` : '';
  const message = `Cannot read ${quoted(word.text)} as a duration: expected one${range}, like 30s or 1h`;
  directive.error(message, word.origin);
  return undefined;
}
