/** Figures of several rounds in one. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** @throws RangeError when there are no values */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: median(sorted), least: sorted[0]!, most: sorted.at(-1)! };
}

function median(sorted: readonly number[]): number {
  if (sorted.length === 0) throw new RangeError('Cannot take the median of no values');
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The value that `share` of all are not above, of sorted ones (nearest rank). */
export function percentile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) throw new RangeError('Cannot take a percentile of no values');
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}
