import type { MetricSpec } from './metric-spec.ts';

/** Values by label. */
export type Labels = Readonly<Record<string, string>>;

/** One series: the number, or a histogram's buckets, then the count over the last, then the sum. */
export class Series {
  readonly labels: Labels;
  readonly values: Float64Array;
  /** Reads the number when it is kept elsewhere. */
  read: (() => number) | undefined;
  readonly #bounds: readonly number[];

  constructor(labels: Labels, bounds: readonly number[]) {
    this.labels = labels;
    this.#bounds = bounds;
    this.values = new Float64Array(bounds.length === 0 ? 1 : bounds.length + 2);
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

  #number({ labels, values, read }: Series): Sample[] {
    if (read === undefined) return [{ sharedLabels: labels, value: values[0]! }];
    try {
      return [{ sharedLabels: labels, value: read() }];
    } catch {
      return [];
    }
  }

  #buckets({ labels, values }: Series): Sample[] {
    const { name } = this;
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
