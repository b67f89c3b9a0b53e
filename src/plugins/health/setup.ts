import { parseDuration } from '../../corefile/duration.ts';
import type { Line, Word } from '../../corefile/parse.ts';
import { type ProblemList, quoted } from '../../corefile/problems.ts';
import { counter, histogram, type MetricTable, powers } from '../../observe/metric-spec.ts';
import type { OptionsDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { OptionForms } from '../option-form.ts';

const OPTIONS = { lameduck: 'DURATION' } as const satisfies OptionForms;

/**
 * Reads `health [ADDRESS] { lameduck DURATION }`: how long to answer after the signal to stop; ms.
 */
export function parseLameduck(lines: readonly Line[], problems: ProblemList): number {
  const directive = new Directive('health', problems);
  let lameduckMs = 0;
  for (const line of lines) {
    directive.options(line, OPTIONS, {
      lameduck: ({ args }) => {
        const { text, origin } = args[0] as Word;
        const ms = parseDuration(text);
        if (ms !== undefined) lameduckMs = Math.max(lameduckMs, ms);
        else {
          const message = `invalid lameduck duration: ${quoted(text)}: expected one such as 5s`;
          directive.error(message, origin);
        }
      },
    });
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
  options: OPTIONS,
  metrics: HEALTH_METRICS,
  read: parseLameduck,
};
