/**
 * What reading one message may cost, in bytes of memory as V8 lays them out; the time is bounded by
 * it too.
 *
 * Without it 65,535 bytes could become megabytes: 5,000 records of 12 bytes, each with a pointer to
 * a name of 255 (CVE-2026-82399).
 */
export class ReadBudget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** @throws {OverBudgetError} when nothing is left. */
  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0)
      throw new OverBudgetError('A message holds more records or names than are read');
  }
}

/** For bytes that we have made ourselves. */
export const UNLIMITED = new ReadBudget(Number.POSITIVE_INFINITY);

/**
 * A message that cannot be read: a name or record runs past its end, or a pointer does not lead
 * back.
 */
export class FormatError extends SyntaxError {
  override readonly name: string = 'FormatError';
}

/** A message that holds more than is read; it may be well formed. */
export class OverBudgetError extends FormatError {
  override readonly name = 'OverBudgetError';
}
