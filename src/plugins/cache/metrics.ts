import { type NameKey, textOf } from '../../dns/name.ts';
import { counter, gauge, type MetricTable } from '../../observe/metric-spec.ts';
import type { Counter } from '../../observe/metrics.ts';
import type { PluginContext } from '../plugin.ts';

/** What caches count, under CoreDNS's names. */
export const CACHE_METRICS = {
  coredns_cache_entries: gauge('Replies in the cache.', perStore()),
  coredns_cache_requests_total: counter('Queries that came to the cache.', perCache()),
  coredns_cache_hits_total: counter('Queries answered from the cache.', perStore()),
  coredns_cache_misses_total: counter('Queries the cache had no answer to.', perCache()),
  coredns_cache_prefetch_total: counter(
    'Replies refreshed before their time was over.',
    perCache(),
  ),
  coredns_cache_drops_total: counter(
    'Replies not cached because their records belong to another question.',
    perCache(),
  ),
  coredns_cache_served_stale_total: counter(
    'Queries answered after the time of the reply.',
    perCache(),
  ),
  coredns_cache_evictions_total: counter('Replies that gave way to others.', perStore()),
  svcdns_cache_bytes: gauge('Memory of the replies in all caches.', {
    type: ['success', 'denial'],
  }),
} as const satisfies MetricTable;

/** Metrics of a store. */
export interface StoreGauges {
  readonly entries: { set(value: number): void };
  readonly evictions: { add(amount: number): void };
}

/** The series of one cache, under CoreDNS's names. */
export interface CacheMetrics {
  readonly requests: Counter;
  readonly misses: Counter;
  readonly successHits: Counter;
  readonly denialHits: Counter;
  readonly prefetches: Counter;
  readonly drops: Counter;
  readonly stale: Counter;
  readonly success: StoreGauges;
  readonly denial: StoreGauges;
}

export function cacheMetrics(
  { metrics: all, server, view }: PluginContext,
  zones: readonly NameKey[],
): CacheMetrics {
  const metrics = all.of(CACHE_METRICS);
  const labels = { server, zones: zones.map(textOf).join(','), view };
  const gauges = (type: 'success' | 'denial'): StoreGauges => ({
    entries: metrics.gauge('coredns_cache_entries', { ...labels, type }),
    evictions: metrics.counter('coredns_cache_evictions_total', { ...labels, type }),
  });
  return {
    requests: metrics.counter('coredns_cache_requests_total', labels),
    misses: metrics.counter('coredns_cache_misses_total', labels),
    successHits: metrics.counter('coredns_cache_hits_total', { ...labels, type: 'success' }),
    denialHits: metrics.counter('coredns_cache_hits_total', { ...labels, type: 'denial' }),
    prefetches: metrics.counter('coredns_cache_prefetch_total', labels),
    drops: metrics.counter('coredns_cache_drops_total', labels),
    stale: metrics.counter('coredns_cache_served_stale_total', labels),
    success: gauges('success'),
    denial: gauges('denial'),
  };
}

/** Labels of a `cache` directive. */
function perCache() {
  return { server: 'configured', zones: 'configured', view: 'configured' } as const;
}

/** The same, answers and denials apart. */
function perStore() {
  return {
    server: 'configured',
    type: ['success', 'denial'],
    zones: 'configured',
    view: 'configured',
  } as const;
}
