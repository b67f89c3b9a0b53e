import type { Source, SourceReport } from '../sources/source.ts';
import type { Clock, Timer } from '../support/clock.ts';
import { inTurns } from '../support/pieces.ts';
import type { ControlPlane } from './control-plane.ts';
import type { ControlSummary } from './summary.ts';

/** A summary walks all objects, so while changes pour in there is at most one in this time, ms. */
const SUMMARY_MS = 1000;

/** Of a large cluster it takes long: it gets at most this part of the time. */
const SUMMARY_PART = 1 / 100;

export interface SummariesOptions {
  readonly plane: Pick<ControlPlane, 'summary' | 'summarize'>;
  readonly source: Pick<Source, 'report'>;
  readonly clock: Clock;
  readonly onSummary: (summary: ControlSummary, held: SourceReport['held']) => void;
}

/** Sums up what is loaded, now and then, and never holds up a change for long. */
export class Summaries {
  readonly #options: SummariesOptions;
  /** Set while a summary is due. */
  #timer: Timer | undefined;
  #isUnderWay = false;
  /** Something has changed since the one under way was begun. */
  #isOutdated = false;
  #tookMs = 0;
  /** When the last one was made, `Clock.now()`. */
  #madeAt = 0;

  constructor(options: SummariesOptions) {
    this.#options = options;
  }

  /** One before anything else: the first. */
  now(): void {
    const { plane, source, clock, onSummary } = this.#options;
    const startedAt = clock.now();
    const report = source.report();
    const summary = plane.summary(report);
    this.#took(startedAt);
    onSummary(summary, report.held);
  }

  /** Something has changed: there will be a summary that was begun after this. */
  later(): void {
    if (this.#isUnderWay) {
      this.#isOutdated = true;
      return;
    }
    if (this.#timer !== undefined) return;
    const { clock } = this.#options;
    const rest = this.#tookMs / SUMMARY_PART - (clock.now() - this.#madeAt);
    this.#timer = clock.setTimeout(() => this.#begin(), Math.max(SUMMARY_MS, rest));
  }

  #took(startedAt: number): void {
    this.#madeAt = this.#options.clock.now();
    this.#tookMs = this.#madeAt - startedAt;
  }

  #begin(): void {
    const { plane, source, clock, onSummary } = this.#options;
    this.#timer = undefined;
    this.#isUnderWay = true;
    this.#isOutdated = false;
    const startedAt = clock.now();
    const report = source.report();
    inTurns(plane.summarize(report), clock, (summary) => {
      this.#isUnderWay = false;
      this.#took(startedAt);
      onSummary(summary, report.held);
      if (this.#isOutdated) this.later();
    });
  }
}
