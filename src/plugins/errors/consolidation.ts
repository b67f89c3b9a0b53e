import type { Clock, Timer } from '../../support/clock.ts';
import type { Pattern } from '../../support/pattern.ts';

/** `consolidate DURATION REGEX [LEVEL] [show_first]`. */
export interface ConsolidateRule {
  /** Searched for in a failure's text, in linear time: clients influence that text. */
  readonly pattern: Pattern;
  readonly periodMs: number;
  /** As written. */
  readonly period: string;
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly showFirst: boolean;
}

/** Counts the failures that a pattern matches, and reports their number once a period. */
export class Consolidation {
  readonly rule: ConsolidateRule;
  readonly #clock: Clock;
  readonly #report: (summary: string) => void;
  #count = 0;
  #timer: Timer | undefined;

  constructor(rule: ConsolidateRule, clock: Clock, report: (summary: string) => void) {
    this.rule = rule;
    this.#clock = clock;
    this.#report = report;
  }

  matches(text: string): boolean {
    return this.rule.pattern.test(text);
  }

  /** Counts one; true when it is to be shown all the same. The first one begins a period. */
  count(): boolean {
    this.#count++;
    this.#timer ??= this.#clock.setTimeout(() => this.close(), this.rule.periodMs);
    return this.rule.showFirst && this.#count === 1;
  }

  /** Ends the period. */
  close(): void {
    const { pattern, period, showFirst } = this.rule;
    this.#timer?.cancel();
    this.#timer = undefined;
    const count = this.#count;
    this.#count = 0;
    if (count > (showFirst ? 1 : 0)) {
      this.#report(`${count} errors like '${pattern.source}' occurred in last ${period}`);
    }
  }
}
