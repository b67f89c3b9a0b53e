import { parseDuration } from '../../corefile/duration.ts';
import type { Line } from '../../corefile/parse.ts';
import { didYouMean, type ProblemList, quoted } from '../../corefile/problems.ts';
import { counter, histogram, type MetricTable, powers } from '../../observe/metric-spec.ts';
import type { OptionsDeclaration } from '../declaration.ts';

/**
 * Reads `health [ADDRESS] { lameduck DURATION }`: how long to answer after the signal to stop; ms.
 */
export function parseLameduck(lines: readonly Line[], problems: ProblemList): number {
  let lameduckMs = 0;
  for (const option of lines.flatMap((line) => line.block ?? [])) {
    const [duration] = option.args;
    if (option.name !== 'lameduck') {
      const message = `plugin/health: unknown property ${quoted(option.name)}${didYouMean(option.name, ['lameduck'])}`;
      problems.error('PLUGIN_OPTION', message, option.origin);
      continue;
    }
    const ms = duration === undefined ? undefined : parseDuration(duration.text);
    if (ms === undefined) {
      const message = `plugin/health: invalid lameduck duration: ${quoted(duration?.text ?? '')}: expected one such as 5s`;
      problems.error('PLUGIN_OPTION', message, duration?.origin ?? option.origin);
    } else {
      lameduckMs = Math.max(lameduckMs, ms);
    }
  }
  return lameduckMs;
}

/** What is shown of our own requests to /health. */
export const HEALTH_METRICS = {
  coredns_health_request_duration_seconds: histogram(
    'Time that our own request to /health took, one a second, seconds.',
    powers(0.00025, 10, 5),
  ),
  coredns_health_request_failures_total: counter(
    'Own requests to /health that were not answered with 200 within 3 seconds.',
  ),
} as const satisfies MetricTable;

export const plugin: OptionsDeclaration<number> = {
  directive: 'health',
  metrics: HEALTH_METRICS,
  read: parseLameduck,
};
