import { setTimeout as sleep } from 'node:timers/promises';
import type { Metric, Registry } from 'prom-client';
import { loadPackage } from '../support/process.ts';
import { CATALOGUE } from './catalogue.ts';
import { closedLabels } from './closed-labels.ts';
import type { MetricSpec, MetricTable } from './metric-spec.ts';
import { Family, type Labels, Series } from './series.ts';
import { sharedNumbers, type ThreadSeries } from './thread-series.ts';

/**
 * Most series of all metrics together. A server block in use needs some thirty, an upstream ten.
 * Any more are counted in one series for each metric, with all labels `other`.
 */
const MAX_SERIES = 2000;

/** Text written in one turn: half a millisecond. A server of sixty zones has 1.4 MB of it. */
const TURN_CHARACTERS = 64 * 1024;

/** How often prom-client looks how late the event loop is, ms; before that it has no figure. */
const LOOP_LOOK_MS = 10;

/** Adds to a number; no allocation, a few nanoseconds. `amount` must not be negative. */
export interface Counter {
  add(amount: number): void;
}

export interface Gauge extends Counter {
  set(value: number): void;
}

/** Counts a value in its bucket, once or `times` times; no allocation. */
export interface Histogram {
  observe(value: number, times?: number): void;
}

type NameIn<Table extends MetricTable> = keyof Table & string;

/** Names of the metrics of one type. */
type NameOf<Table extends MetricTable, Type extends MetricSpec['type']> = {
  [Name in NameIn<Table>]: Table[Name]['type'] extends Type ? Name : never;
}[NameIn<Table>];

/** The labels a metric must be given, all of them. */
export type LabelsOf<Spec extends MetricSpec> = {
  readonly [Label in keyof Spec['labels']]: string;
};

/** Labels may be left out only of a metric that has none. */
type LabelArgument<Spec extends MetricSpec> =
  Record<never, never> extends LabelsOf<Spec> ? [] : [labels: LabelsOf<Spec>];

/**
 * The numbers of one process, shown to Prometheus by prom-client.
 *
 * prom-client's own counters build a string and look it up for every increment, 0.5 µs, and a query
 * passes five. Here a caller asks once for the series it will count in and keeps the handle, which
 * is a place in an array; prom-client is loaded at the first scrape, and reads the array.
 *
 * The metrics of `Table` can be counted in; `of` gives those of a plugin.
 */
export class Metrics<Table extends MetricTable = typeof CATALOGUE> {
  #registry: Registry | undefined;
  readonly #specs = new Map<string, MetricSpec>();
  readonly #families = new Map<string, Family>();
  readonly #maxSeries: number;
  #series = 0;
  #hasProcess = false;
  readonly #refused: Counter;
  readonly #newNumbers: ReturnType<typeof sharedNumbers> | undefined;
  readonly #onSeries: ((series: ThreadSeries) => void) | undefined;

  /**
   * Metrics without labels are there from the start, as 0: `increase()` then sees the first event.
   * `tables` are those of the plugins. With `onSeries` they are the numbers of one of several
   * threads, and lie where another can see them: it is told of each series.
   */
  constructor(
    tables: readonly MetricTable[] = [],
    maxSeries = MAX_SERIES,
    onSeries?: (series: ThreadSeries) => void,
  ) {
    this.#maxSeries = maxSeries;
    this.#onSeries = onSeries;
    this.#newNumbers = onSeries && sharedNumbers();
    for (const table of [CATALOGUE, ...tables]) this.of(table);
    this.#refused = this.#find('svcdns_metrics_series_refused_total', {});
    for (const [name, { labels }] of this.#specs) {
      if (Object.keys(labels).length === 0) this.#find(name, {});
    }
  }

  /** These same numbers, to count in the metrics of another table. */
  of<Other extends MetricTable>(table: Other): Metrics<Other> {
    for (const [name, spec] of Object.entries(table)) this.#specs.set(name, spec);
    return this as unknown as Metrics<Other>;
  }

  /** The handle of one series; the same labels give the same series. Ask once, keep it. */
  counter<Name extends NameOf<Table, 'counter'>>(
    name: Name,
    ...[labels]: LabelArgument<Table[Name]>
  ): Counter {
    return this.#find(name, labels);
  }

  gauge<Name extends NameOf<Table, 'gauge'>>(
    name: Name,
    ...[labels]: LabelArgument<Table[Name]>
  ): Gauge {
    return this.#find(name, labels);
  }

  histogram<Name extends NameOf<Table, 'histogram'>>(
    name: Name,
    ...[labels]: LabelArgument<Table[Name]>
  ): Histogram {
    return this.#find(name, labels);
  }

  /** Calls `read` at each scrape for a number kept elsewhere; when it throws, none is shown. */
  read<Name extends NameOf<Table, 'counter' | 'gauge'>>(
    name: Name,
    read: () => number,
    ...[labels]: LabelArgument<Table[Name]>
  ): void {
    this.#find(name, labels).read = read;
  }

  /** Drops all series of a metric that shows what is in use, before the current ones are set. */
  clear(name: NameOf<Table, 'gauge'>): void {
    const family = this.#family(name);
    this.#series -= family.series.size;
    family.series.clear();
  }

  /** What the series of a metric are now; of a histogram how often it was observed, and the sum. */
  now(name: NameIn<Table>): SeriesNow[] {
    const family = this.#families.get(name);
    return [...(family?.series.values() ?? [])].map((series) => {
      const { labels } = series;
      if (family?.spec.type !== 'histogram') {
        return { labels, value: series.number(family?.spec.across), sum: 0 };
      }
      const values = series.numbers();
      const counts = values.subarray(0, -1);
      return { labels, value: counts.reduce((all, one) => all + one, 0), sum: values.at(-1)! };
    });
  }

  /**
   * Shows what another thread counts together with what is counted here. The function returned ends
   * that: counts stay, gauges go.
   */
  join({ name, labels, values }: ThreadSeries): () => void {
    const series = this.#seriesOf(name, labels);
    series.join(values);
    return () => series.leave(values, this.#specs.get(name)?.type !== 'gauge');
  }

  /** Puts numbers that are kept elsewhere where other threads can see them. */
  refresh(): void {
    for (const { series } of this.#families.values()) {
      for (const one of series.values()) {
        try {
          if (one.read !== undefined) one.set(one.read());
        } catch {
          // As at a scrape: it stays as it was.
        }
      }
    }
  }

  /** Adds the metrics of the process, which are counted from the first scrape on. */
  includeProcess(): void {
    this.#hasProcess = true;
  }

  /** Everything, in Prometheus's text format; gives way to the event loop between its parts. */
  async text(): Promise<string> {
    const parts: string[] = [];
    let written = 0;
    const registry = await this.#shown();
    for (const { name } of registry.getMetricsAsArray()) {
      const part = await registry.getSingleMetricAsString(name);
      parts.push(part);
      written += part.length;
      if (written < TURN_CHARACTERS) continue;
      written = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return `${parts.join('\n\n')}\n`;
  }

  /** All metrics, as prom-client knows them. */
  async #shown(): Promise<Registry> {
    const { Registry, collectDefaultMetrics } = loadPackage('prom-client') as PromClient;
    if (this.#registry === undefined) {
      this.#registry = new Registry();
      for (const family of this.#families.values()) show(family, this.#registry);
    }
    const registry = this.#registry;
    if (this.#hasProcess && registry.getSingleMetric(PROCESS_METRIC) === undefined) {
      collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_LOOK_MS });
      for (const name of LEFT_OUT) registry.removeSingleMetric(name);
      await sleep(2 * LOOP_LOOK_MS);
    }
    return registry;
  }

  #find(name: string, given: Labels | undefined): Series {
    const series = this.#seriesOf(name, given);
    series.isOwn = true;
    return series;
  }

  #seriesOf(name: string, given: Labels | undefined): Series {
    const family = this.#family(name);
    const labels = closedLabels(name, family.spec, given ?? {});
    const key = JSON.stringify(Object.values(labels));
    return family.series.get(key) ?? this.#add(family, key, labels);
  }

  #add(family: Family, key: string, labels: Labels): Series {
    const isOnlyOne = Object.keys(labels).length === 0;
    if (isOnlyOne || this.#series < this.#maxSeries) {
      const series = this.#newSeries(family, labels);
      if (!isOnlyOne) this.#series++;
      family.series.set(key, series);
      return series;
    }
    this.#refused.add(1);
    // A gauge that many set has no meaning: this one works, but is not shown.
    if (family.spec.type === 'gauge') return new Series(labels, []);
    let rest = family.series.get(REST);
    if (rest === undefined) {
      const others = Object.fromEntries(Object.keys(labels).map((label) => [label, 'other']));
      rest = this.#newSeries(family, others);
      family.series.set(REST, rest);
    }
    return rest;
  }

  #newSeries({ name, spec }: Family, labels: Labels): Series {
    const series = new Series(labels, spec.buckets ?? [], this.#newNumbers);
    this.#onSeries?.({ name, labels, values: series.values });
    return series;
  }

  #family(name: string): Family {
    const known = this.#families.get(name);
    if (known !== undefined) return known;
    const family = new Family(name, this.#specs.get(name) as MetricSpec);
    this.#families.set(name, family);
    if (this.#registry !== undefined) show(family, this.#registry);
    return family;
  }
}

/** A series as it is now. */
export interface SeriesNow {
  readonly labels: Labels;
  readonly value: number;
  /** Of what a histogram observed; else 0. */
  readonly sum: number;
}

type PromClient = typeof import('prom-client');

/** Content type of `Metrics.text()`: Prometheus's text format, as prom-client writes it. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** The registry asks of a metric its name and what `get()` says; the declared type is wider. */
function show(family: Family, registry: Registry): void {
  registry.registerMetric(family as unknown as Metric);
}

/** The key of the series for labels that have none of their own. */
const REST = 'other';

/**
 * prom-client's gauges whose names end as a counter's must, which `promtool check metrics` refuses.
 * They and the series they sum up walk all sockets at each scrape, and `svcdns_tcp_connections`
 * says as much.
 */
const LEFT_OUT = ['handles', 'requests', 'resources'].flatMap((what) => [
  `nodejs_active_${what}`,
  `nodejs_active_${what}_total`,
]);

/** One of the metrics of the process. */
const PROCESS_METRIC = 'process_resident_memory_bytes';
