import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../src/observe/catalogue.ts';
import type { MetricSpec, MetricTable } from '../../src/observe/metric-spec.ts';
import { PLUGIN_METRICS } from '../../src/plugins/order.ts';

const ROWS: [string, MetricSpec][] = [CATALOGUE, ...PLUGIN_METRICS].flatMap((table: MetricTable) =>
  Object.entries(table),
);

describe('CATALOGUE', () => {
  test('has each metric once, those that plugins declare included', () => {
    const names = ROWS.map(([name]) => name);
    expect(names).toEqual([...new Set(names)]);
  });

  test.for(ROWS)('%s is named as Prometheus wants it', ([name, { type, labels }]) => {
    expect(name).toMatch(/^(coredns|svcdns)_[a-z_]+$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    for (const label of Object.keys(labels)) expect(label).toMatch(/^[a-z_]+$/);
  });

  test.for(ROWS)('%s has a sentence of help', ([, { help }]) => {
    expect(help).toMatch(/^[A-Z].*\.$/);
  });

  test.for(ROWS)('%s has ascending buckets if it is a histogram', ([, { type, buckets }]) => {
    expect(buckets !== undefined).toBe(type === 'histogram');
    expect(buckets).toEqual(buckets?.toSorted((a, b) => a - b));
  });

  test.for(coreDns())('%s is as CoreDNS has it', ([name, type, labels]) => {
    const spec = new Map(ROWS).get(name);
    expect(spec && [spec.type, bucketsOf(spec)].join(' ').trim()).toBe(type);
    expect(Object.keys(spec?.labels ?? {}).sort()).toEqual(
      labels.split(' ').filter(Boolean).sort(),
    );
  });

  test('has no other metric that is named as if it were of CoreDNS', () => {
    const known = new Set(coreDns().map(([name]) => name));
    const ours = ROWS.map(([name]) => name).filter((name) => name.startsWith('coredns_'));
    expect(ours.filter((name) => !known.has(name))).toEqual([]);
    expect(NOT_OFFERED.filter((name) => ours.includes(name))).toEqual([]);
  });
});

/** CoreDNS 1.14: name, type with its buckets, labels. */
function coreDns(): (readonly [name: string, type: string, labels: string])[] {
  return `
    coredns_build_info                        gauge       version revision goversion
    coredns_panics_total                      counter
    coredns_plugin_enabled                    gauge       server zone view name
    coredns_dns_requests_total                counter     server zone view proto family type
    coredns_dns_request_duration_seconds      histogram T server zone view
    coredns_dns_request_size_bytes            histogram B server zone view proto
    coredns_dns_do_requests_total             counter     server zone view
    coredns_dns_response_size_bytes           histogram B server zone view proto
    coredns_dns_responses_total               counter     server zone view rcode plugin
    coredns_cache_entries                     gauge       server type zones view
    coredns_cache_requests_total              counter     server zones view
    coredns_cache_misses_total                counter     server zones view
    coredns_cache_prefetch_total              counter     server zones view
    coredns_cache_drops_total                 counter     server zones view
    coredns_cache_served_stale_total          counter     server zones view
    coredns_cache_hits_total                  counter     server type zones view
    coredns_cache_evictions_total             counter     server type zones view
    coredns_forward_healthcheck_broken_total  counter
    coredns_forward_max_concurrent_rejects_total counter
    coredns_proxy_request_duration_seconds    histogram T proxy_name to rcode
    coredns_proxy_healthcheck_failures_total  counter     proxy_name to
    coredns_proxy_conn_cache_hits_total       counter     proxy_name to proto
    coredns_proxy_conn_cache_misses_total     counter     proxy_name to proto
    coredns_health_request_duration_seconds   histogram S
    coredns_health_request_failures_total     counter
    coredns_reload_failed_total               counter
    coredns_reload_version_info               gauge       hash value
    coredns_kubernetes_dns_programming_duration_seconds histogram P service_kind
    coredns_kubernetes_rest_client_request_duration_seconds histogram D verb host
    coredns_kubernetes_rest_client_rate_limiter_duration_seconds histogram D verb host
    coredns_kubernetes_rest_client_requests_total counter code method host
    coredns_autopath_success_total            counter     server
    coredns_hosts_entries                     gauge       hostsfile
    coredns_hosts_reload_timestamp_seconds    gauge
    coredns_acl_blocked_requests_total        counter     server zone view
    coredns_acl_filtered_requests_total       counter     server zone view
    coredns_acl_dropped_requests_total        counter     server zone view
    coredns_acl_allowed_requests_total        counter     server view
    coredns_template_matches_total            counter     server zone view class type
    coredns_template_template_failures_total  counter     server zone view class type section template
    coredns_template_rr_failures_total        counter     server zone view class type section template
    coredns_local_localhost_requests_total    counter
  `
    .trim()
    .split('\n')
    .map((line) => {
      const [, name = '', type = '', labels = ''] =
        /^ *(\S+) +(counter|gauge|histogram \w) *(.*)$/.exec(line) ?? [];
      return [name, type, labels] as const;
    });
}

/** Of what svcdns does not do. */
const NOT_OFFERED = `
  coredns_dns_https_responses_total coredns_dns_https3_responses_total coredns_dns_quic_responses_total
  coredns_dns64_requests_translated_total coredns_dnssec_cache_entries coredns_dnssec_cache_hits_total
  coredns_dnssec_cache_misses_total coredns_grpc_requests_total coredns_grpc_responses_total
  coredns_grpc_request_duration_seconds coredns_nomad_success_requests_total
  coredns_nomad_failed_requests_total coredns_shed_dropped_total
`
  .trim()
  .split(/\s+/);

/** CoreDNS's sets of buckets. */
const BUCKETS: Readonly<Record<string, string>> = {
  T: '0.00025 0.0005 0.001 0.002 0.004 0.008 0.016 0.032 0.064 0.128 0.256 0.512 1.024 2.048 4.096 8.192',
  D: '0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10',
  S: '0.00025 0.0025 0.025 0.25 2.5',
  B: '0 100 200 300 400 511 1023 2047 4095 8291 16000 32000 48000 64000',
  P: '0.001 0.002 0.004 0.008 0.016 0.032 0.064 0.128 0.256 0.512 1.024 2.048 4.096 8.192 16.384 32.768 65.536 131.072 262.144 524.288',
};

function bucketsOf({ buckets }: MetricSpec): string {
  if (buckets === undefined) return '';
  const written = buckets.join(' ');
  return Object.keys(BUCKETS).find((set) => BUCKETS[set] === written) ?? written;
}
