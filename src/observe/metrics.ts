import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import {
  CATALOGUE,
  type LabelsOf,
  type MetricName,
  type MetricSpec,
  type NameOf,
} from './catalogue.ts';

/** Most label sets of all metrics together. A server of ten zones needs some hundreds. */
export const MAX_SERIES = 1000;

/** Adds to a number; no allocation, a few nanoseconds. `amount` must not be negative. */
export interface Counter {
  add(amount: number): void;
}

export interface Gauge extends Counter {
  set(value: number): void;
}

/** Files a value in its bucket; no allocation. */
export interface Histogram {
  observe(value: number): void;
}

type Labels = Readonly<Record<string, string>>;
/** Labels may be left out only of a metric that has none. */
type LabelArgument<Name extends MetricName> =
  Record<never, never> extends LabelsOf<Name> ? [] : [labels: LabelsOf<Name>];

/**
 * The numbers of one process, shown to Prometheus by prom-client.
 *
 * prom-client's own counters build a string and look it up for every increment, 0.5 µs, and a query
 * passes five. Here a caller asks once for the series it will count in and keeps the handle, which
 * is a place in an array; prom-client reads the array when it is scraped.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #families = new Map<MetricName, Family>();
  readonly #maxSeries: number;
  #series = 0;
  #hasProcess = false;
  readonly #refused: Counter;

  constructor(maxSeries = MAX_SERIES) {
    this.#maxSeries = maxSeries;
    this.#refused = this.counter('svcdns_metrics_series_refused_total');
  }

  /** The handle of one series; the same labels give the same series. Ask once, keep it. */
  counter<Name extends NameOf<'counter'>>(name: Name, ...[labels]: LabelArgument<Name>): Counter {
    return this.#slots(name, labels);
  }

  gauge<Name extends NameOf<'gauge'>>(name: Name, ...[labels]: LabelArgument<Name>): Gauge {
    return this.#slots(name, labels);
  }

  histogram<Name extends NameOf<'histogram'>>(
    name: Name,
    ...[labels]: LabelArgument<Name>
  ): Histogram {
    return this.#slots(name, labels);
  }

  /** Has a number that is kept elsewhere read at each scrape; a thrown error leaves it out. */
  read<Name extends NameOf<'counter' | 'gauge'>>(
    name: Name,
    read: () => number,
    ...[labels]: LabelArgument<Name>
  ): void {
    this.#slots(name, labels).read = read;
  }

  /** Adds prom-client's metrics of the process and of Node.js: memory, CPU, event loop, GC. */
  includeProcess(): void {
    if (this.#hasProcess) return;
    this.#hasProcess = true;
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Content type of `text`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything, in Prometheus's text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #slots(name: MetricName, given: Labels | undefined): Slots {
    const family = this.#family(name);
    const labels = closedLabels(name, family.spec, given ?? {});
    const key = JSON.stringify(Object.values(labels));
    const known = family.series.get(key);
    if (known !== undefined) return known;
    const slots = new Slots(labels, family.spec.buckets ?? []);
    if (this.#series >= this.#maxSeries) {
      this.#refused.add(1);
      return slots; // counts, but nobody sees it
    }
    this.#series++;
    family.series.set(key, slots);
    return slots;
  }

  #family(name: MetricName): Family {
    const known = this.#families.get(name);
    if (known !== undefined) return known;
    const family = new Family(name, CATALOGUE[name]);
    this.#families.set(name, family);
    // The registry asks of a metric its name and what `get()` says; the declared type is wider.
    this.#registry.registerMetric(family as unknown as Metric);
    return family;
  }
}

/** One series: the number, or a histogram's buckets, then the count over the last, then the sum. */
class Slots implements Gauge, Histogram {
  readonly labels: Labels;
  readonly values: Float64Array;
  readonly #bounds: readonly number[];
  read: (() => number) | undefined;

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

  observe(value: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    this.values[bucket] = this.values[bucket]! + 1;
    const sum = bounds.length + 1;
    this.values[sum] = this.values[sum]! + value;
  }
}

/** All series of one metric, as prom-client wants to see them. */
class Family {
  readonly name: MetricName;
  readonly spec: MetricSpec;
  readonly series = new Map<string, Slots>();

  constructor(name: MetricName, spec: MetricSpec) {
    this.name = name;
    this.spec = spec;
  }

  async get() {
    const all = [...this.series.values()];
    const samples = this.spec.type === 'histogram' ? this.#buckets : this.#number;
    const values = all.flatMap((slots) => samples.call(this, slots));
    return { name: this.name, help: this.spec.help, type: this.spec.type, values };
  }

  #number({ labels, values, read }: Slots): Sample[] {
    if (read === undefined) return [{ labels, value: values[0]! }];
    try {
      return [{ labels, value: read() }];
    } catch {
      return [];
    }
  }

  #buckets({ labels, values }: Slots): Sample[] {
    const bounds = this.spec.buckets ?? [];
    const samples: Sample[] = [];
    let count = 0;
    for (const [i, bound] of [...bounds, '+Inf'].entries()) {
      count += values[i]!;
      const le = String(bound);
      samples.push({ metricName: `${this.name}_bucket`, labels: { ...labels, le }, value: count });
    }
    samples.push({ metricName: `${this.name}_sum`, labels, value: values[bounds.length + 1]! });
    samples.push({ metricName: `${this.name}_count`, labels, value: count });
    return samples;
  }
}

interface Sample {
  readonly metricName?: string;
  readonly labels: Labels;
  readonly value: number;
}

/** The labels in the catalogue's order, with a value outside its closed set replaced by `other`. */
function closedLabels(name: MetricName, spec: MetricSpec, given: Labels): Labels {
  const wanted = Object.keys(spec.labels);
  const unknown = Object.keys(given).find((label) => !wanted.includes(label));
  if (unknown !== undefined) {
    throw new TypeError(`Cannot count in ${name}: it has no label "${unknown}"`);
  }
  return Object.fromEntries(
    Object.entries(spec.labels).map(([label, allowed]) => {
      const value = given[label];
      if (value === undefined) {
        throw new TypeError(`Cannot count in ${name}: label "${label}" is missing`);
      }
      return [label, allowed === 'configured' || allowed.includes(value) ? value : 'other'];
    }),
  );
}
