import { type NameKey, textOf } from '../../dns/name.ts';
import type { Counter } from '../../observe/metrics.ts';
import type { PluginContext } from '../plugin.ts';
import type { StoreGauges } from './segmented-lru.ts';

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
  { metrics, server, view }: PluginContext,
  zones: readonly NameKey[],
): CacheMetrics {
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
