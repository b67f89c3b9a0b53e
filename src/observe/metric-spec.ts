/** A metric's row: how Prometheus sees it, and the closed set of each label's values. */
export interface MetricSpec {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /**
   * `'configured'`: as many values as the configuration names, never more for what clients send.
   * A value that is not in a list is counted as `other`.
   */
  readonly labels: Readonly<Record<string, readonly string[] | 'configured'>>;
  /** Upper bounds of a histogram's buckets, ascending, without +Inf. */
  readonly buckets?: readonly number[];
  /** Of a gauge: which value counts where several threads have one; without it their sum. */
  readonly across?: 'most' | 'least';
}

/** Rows by the name of their metric. */
export type MetricTable = Readonly<Record<string, MetricSpec>>;

/** The values of a label, written as one text. */
export function words(text: string): readonly string[] {
  return text.split(' ');
}

/** The buckets of Prometheus's Go client, seconds. */
export const DEFAULT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** CoreDNS's buckets for sizes of messages, bytes. */
export function messageSizes(): number[] {
  return [0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16_000, 32_000, 48_000, 64_000];
}

/** Buckets of which each is `factor` times the one before. */
export function powers(first: number, factor: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first * factor ** i);
}

type LabelValues = MetricSpec['labels'];
type NoLabels = Record<never, never>;

/** The row of a counter. */
export function counter<const Labels extends LabelValues = NoLabels>(
  help: string,
  labels = {} as Labels,
) {
  return { type: 'counter', help, labels } as const;
}

/** The row of a gauge. */
export function gauge<const Labels extends LabelValues = NoLabels>(
  help: string,
  labels = {} as Labels,
  across?: MetricSpec['across'],
) {
  return { type: 'gauge', help, labels, ...(across && { across }) } as const;
}

/** The row of a histogram. */
export function histogram<const Labels extends LabelValues = NoLabels>(
  help: string,
  buckets: readonly number[],
  labels = {} as Labels,
) {
  return { type: 'histogram', help, labels, buckets } as const;
}

/** Labels of whatever is counted for each zone of each listening server, as in CoreDNS. */
export function perView() {
  return { server: 'configured', zone: 'configured', view: 'configured' } as const;
}
