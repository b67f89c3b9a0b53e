import type { Clock, Timer } from '../../support/clock.ts';

/** `consolidate DURATION REGEX [LEVEL] [show_first]`. */
export interface Pattern {
  readonly expression: RegExp;
  /** As written. */
  readonly text: string;
  readonly periodMs: number;
  /** As written. */
  readonly period: string;
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly showFirst: boolean;
}

/** Counts the failures that a pattern matches, and tells their number once a period. */
export class Consolidation {
  readonly pattern: Pattern;
  readonly #clock: Clock;
  readonly #tell: (summary: string) => void;
  #count = 0;
  #timer: Timer | undefined;

  constructor(pattern: Pattern, clock: Clock, tell: (summary: string) => void) {
    this.pattern = pattern;
    this.#clock = clock;
    this.#tell = tell;
  }

  matches(text: string): boolean {
    return this.pattern.expression.test(text);
  }

  /** Counts one; true when it is to be shown all the same. The first one begins a period. */
  count(): boolean {
    this.#count++;
    this.#timer ??= this.#clock.setTimeout(() => this.close(), this.pattern.periodMs);
    return this.pattern.showFirst && this.#count === 1;
  }

  /** Ends the period. */
  close(): void {
    const { text, period, showFirst } = this.pattern;
    this.#timer?.cancel();
    this.#timer = undefined;
    const count = this.#count;
    this.#count = 0;
    if (count > (showFirst ? 1 : 0)) {
      this.#tell(`${count} errors like '${text}' occurred in last ${period}`);
    }
  }
}
