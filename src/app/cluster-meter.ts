import type { NameSource } from '../config/name-sources.ts';
import { placesOf } from '../config/name-sources.ts';
import type { Metrics } from '../observe/metrics.ts';
import { KUBERNETES_METRICS } from '../plugins/kubernetes/metrics.ts';
import type { FollowedResource, RequestMeasure, SourceMeasure } from '../sources/source.ts';

/** Gauges of clusters, to be cleared when others are followed. */
export const CLUSTER_GAUGES = [
  'svcdns_cluster_objects',
  'svcdns_cluster_event_age_seconds',
  'svcdns_cluster_outage_seconds',
] as const;

/** The labels that tell a source from others. */
export function sourceLabels(source: NameSource): {
  readonly source: string;
  readonly zone: string;
} {
  return { source: placesOf(source).join(':'), zone: source.zone.zones[0] ?? '' };
}

/** Shows what a source that follows a cluster has done, and how it stands. */
export class ClusterMeter {
  readonly #metrics: Metrics;
  readonly #labels: ReturnType<typeof sourceLabels>;
  /** What has been counted of each kind. */
  #counted = new Map<string, FollowedResource>();

  constructor(metrics: Metrics, source: NameSource) {
    this.#metrics = metrics;
    this.#labels = sourceLabels(source);
  }

  take(measure: SourceMeasure): void {
    if (measure.kind === 'request') this.#request(measure);
    else this.#followed(measure.resources);
  }

  /** A control thread that was started anew counts from 0 again. */
  restarted(): void {
    this.#counted.clear();
  }

  #request({ host, code, seconds, waitedSeconds }: RequestMeasure): void {
    const metrics = this.#metrics.of(KUBERNETES_METRICS);
    const [verb, method] = ['GET', 'GET'];
    const prefix = 'coredns_kubernetes_rest_client';
    metrics.counter(`${prefix}_requests_total`, { code, method, host }).add(1);
    metrics.histogram(`${prefix}_request_duration_seconds`, { verb, host }).observe(seconds);
    const limited = metrics.histogram(`${prefix}_rate_limiter_duration_seconds`, { verb, host });
    limited.observe(waitedSeconds);
  }

  #followed(resources: readonly FollowedResource[]): void {
    const byKind = new Map<string, FollowedResource>();
    for (const one of resources) byKind.set(one.kind, sum(byKind.get(one.kind), one));
    const metrics = this.#metrics;
    for (const [kind, { objects, lists, watches, eventAgeSeconds }] of byKind) {
      const labels = { ...this.#labels, kind };
      const before = this.#counted.get(kind);
      metrics.gauge('svcdns_cluster_objects', labels).set(objects);
      metrics.gauge('svcdns_cluster_event_age_seconds', labels).set(eventAgeSeconds);
      metrics.counter('svcdns_cluster_lists_total', labels).add(lists - (before?.lists ?? 0));
      metrics.counter('svcdns_cluster_watches_total', labels).add(watches - (before?.watches ?? 0));
    }
    this.#counted = byKind;
    const outage = Math.max(...resources.map(({ outageSeconds }) => outageSeconds));
    metrics.gauge('svcdns_cluster_outage_seconds', this.#labels).set(outage);
  }
}

/** With `namespaces` a kind is followed in each of them. */
function sum(a: FollowedResource | undefined, b: FollowedResource): FollowedResource {
  if (a === undefined) return b;
  return {
    kind: a.kind,
    objects: a.objects + b.objects,
    lists: a.lists + b.lists,
    watches: a.watches + b.watches,
    eventAgeSeconds: Math.max(a.eventAgeSeconds, b.eventAgeSeconds),
    outageSeconds: Math.max(a.outageSeconds, b.outageSeconds),
  };
}
