import { parseDuration } from '../../corefile/duration.ts';
import type { Line, Word } from '../../corefile/parse.ts';
import { type ProblemList, quoted } from '../../corefile/problems.ts';
import { counter, gauge, type MetricTable } from '../../observe/metric-spec.ts';
import type { OptionsDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';

/** How often the Corefile is looked at; ms. */
export interface ReloadTimes {
  readonly intervalMs: number;
  /**
   * How far the waits of different servers may lie apart, so that a fleet does not reload as one.
   */
  readonly jitterMs: number;
}

const DEFAULT_INTERVAL_MS = 30_000;
const DEFAULT_JITTER_MS = 15_000;

/** CoreDNS's lower bounds. */
const LEAST_INTERVAL_MS = 2000;
const LEAST_JITTER_MS = 1000;

/**
 * Reads `reload [INTERVAL [JITTER]]`; undefined when it is absent, `off`, or wrong. A jitter of 0
 * is none.
 */
export function parseReload(
  lines: readonly Line[],
  problems: ProblemList,
): ReloadTimes | undefined {
  const [line] = lines;
  if (line === undefined) return undefined;
  const directive = new Directive('reload', problems);
  directive.hasArgs(line, 0, 2);
  directive.hasNoOptions(line);
  const [interval, jitter] = line.args;
  if (interval?.text === 'off') return undefined;
  const durations = [interval, jitter].map((word) => {
    const ms = word === undefined ? undefined : parseDuration(word.text);
    if (word !== undefined && ms === undefined) {
      const expected = 'expected one such as 30s, or off';
      directive.error(`not a duration: ${quoted(word.text)}: ${expected}`, word.origin);
    }
    return ms;
  });
  warnBelow(interval, durations[0], LEAST_INTERVAL_MS, 'interval', directive);
  if (durations[1] !== 0) warnBelow(jitter, durations[1], LEAST_JITTER_MS, 'jitter', directive);
  const intervalMs = Math.max(durations[0] ?? DEFAULT_INTERVAL_MS, LEAST_INTERVAL_MS);
  const wanted = durations[1] ?? Math.min(DEFAULT_JITTER_MS, intervalMs / 2);
  const jitterMs =
    durations[1] === 0 ? 0 : Math.min(Math.max(wanted, LEAST_JITTER_MS), intervalMs / 2);
  return { intervalMs, jitterMs };
}

/** What is shown of reloads. */
export const RELOAD_METRICS = {
  coredns_reload_failed_total: counter(
    'Reloads of the Corefile that changed nothing because of a mistake.',
  ),
  coredns_reload_version_info: gauge(
    'Which Corefile is in use. Always 1; `value` is the hash of what it says.',
    { hash: ['sha512'], value: 'configured' },
  ),
} as const satisfies MetricTable;

export const plugin: OptionsDeclaration<ReloadTimes | undefined> = {
  directive: 'reload',
  metrics: RELOAD_METRICS,
  read: parseReload,
};

function warnBelow(
  word: Word | undefined,
  ms: number | undefined,
  leastMs: number,
  what: string,
  directive: Directive,
): void {
  if (word === undefined || ms === undefined || ms >= leastMs) return;
  const taken = `is below the least there is: taken as ${leastMs / 1000}s`;
  directive.warning(`${what} ${quoted(word.text)} ${taken}`, word.origin);
}
