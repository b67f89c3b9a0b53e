import type { MetricSpec } from './metric-spec.ts';

/** Values by label. */
export type Labels = Readonly<Record<string, string>>;

/** Makes room for some numbers, all 0. */
export type NewNumbers = (count: number) => Float64Array;

const OWN_NUMBERS: NewNumbers = (count) => new Float64Array(count);

/** How the values of a gauge in two threads make one. */
const ACROSS: Record<'sum' | 'most' | 'least', (one: number, other: number) => number> = {
  sum: (one, other) => one + other,
  most: Math.max,
  least: Math.min,
};

/** One series: the number, or a histogram's buckets, then the count over the last, then the sum. */
export class Series {
  readonly labels: Labels;
  readonly values: Float64Array;
  /** Reads the number when it is kept elsewhere. */
  read: (() => number) | undefined;
  /** Somebody in this thread has asked for it, not only another thread. */
  isOwn = false;
  readonly #bounds: readonly number[];
  /** What other threads count, and what those that have ended had counted. */
  readonly #others = new Set<Float64Array>();
  /** The latter, among them. */
  #ended: Float64Array | undefined;

  constructor(labels: Labels, bounds: readonly number[], newNumbers = OWN_NUMBERS) {
    this.labels = labels;
    this.#bounds = bounds;
    this.values = newNumbers(bounds.length === 0 ? 1 : bounds.length + 2);
  }

  /**
   * Another thread counts in these numbers from now on. Read while that goes on: a number of 64
   * bits in its place is read whole on all machines that Node.js runs on.
   */
  join(values: Float64Array): void {
    this.#others.add(values);
  }

  /** The other thread has ended. */
  leave(values: Float64Array, isKept: boolean): void {
    this.#others.delete(values);
    if (!isKept) return;
    this.#ended ??= new Float64Array(values.length);
    this.#others.add(this.#ended);
    addTo(this.#ended, values);
  }

  /** The number, of all threads; `read` may throw. */
  number(across: keyof typeof ACROSS = 'sum'): number {
    const own = this.read?.() ?? this.values[0]!;
    if (this.#others.size === 0) return own;
    const others = [...this.#others].map((values) => values[0]!);
    const combine = ACROSS[across];
    return (this.isOwn ? [own, ...others] : others).reduce((one, other) => combine(one, other));
  }

  /** All numbers of a histogram, of all threads. */
  numbers(): Float64Array {
    if (this.#others.size === 0) return this.values;
    const sums = Float64Array.from(this.values);
    for (const values of this.#others) addTo(sums, values);
    return sums;
  }

  add(amount: number): void {
    this.values[0] = this.values[0]! + amount;
  }

  set(value: number): void {
    this.values[0] = value;
  }

  observe(value: number, times = 1): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    this.values[bucket] = this.values[bucket]! + times;
    const sum = bounds.length + 1;
    this.values[sum] = this.values[sum]! + value * times;
  }
}

function addTo(sums: Float64Array, values: Float64Array): void {
  for (const [at, value] of values.entries()) sums[at] = sums[at]! + value;
}

/** All series of one metric, in prom-client's form. */
export class Family {
  readonly name: string;
  readonly spec: MetricSpec;
  readonly series = new Map<string, Series>();

  constructor(name: string, spec: MetricSpec) {
    this.name = name;
    this.spec = spec;
  }

  async get() {
    const all = [...this.series.values()];
    const samples = this.spec.type === 'histogram' ? this.#buckets : this.#number;
    const values = all.flatMap((series) => samples.call(this, series));
    return { name: this.name, help: this.spec.help, type: this.spec.type, values };
  }

  #number(series: Series): Sample[] {
    try {
      return [{ sharedLabels: series.labels, value: series.number(this.spec.across) }];
    } catch {
      return [];
    }
  }

  #buckets(series: Series): Sample[] {
    const { name } = this;
    const { labels } = series;
    const values = series.numbers();
    const bounds = this.spec.buckets ?? [];
    const samples: Sample[] = [];
    let count = 0;
    for (const [i, bound] of [...bounds, '+Inf'].entries()) {
      count += values[i]!;
      const le = { le: String(bound) };
      samples.push({
        metricName: `${name}_bucket`,
        labels: le,
        sharedLabels: labels,
        value: count,
      });
    }
    const sum = values[bounds.length + 1]!;
    samples.push({ metricName: `${name}_sum`, sharedLabels: labels, value: sum });
    samples.push({ metricName: `${name}_count`, sharedLabels: labels, value: count });
    return samples;
  }
}

/** prom-client formats shared labels only once, which halves the time of a scrape. */
interface Sample {
  readonly metricName?: string;
  readonly labels?: Labels;
  readonly sharedLabels: Labels;
  readonly value: number;
}
