import { describe, expect, test } from 'vitest';
import { CATALOGUE, type MetricSpec } from '../../src/observe/catalogue.ts';

const ROWS: [string, MetricSpec][] = Object.entries(CATALOGUE);

describe('CATALOGUE', () => {
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

  // As scraped from CoreDNS 1.14: what dashboards ask for.
  test.for([
    ['coredns_dns_requests_total', 'server zone view proto family type'],
    ['coredns_dns_responses_total', 'server zone view rcode plugin'],
    ['coredns_dns_request_duration_seconds', 'server zone view'],
    ['coredns_dns_request_size_bytes', 'server zone view proto'],
    ['coredns_dns_response_size_bytes', 'server zone view proto'],
    ['coredns_dns_do_requests_total', 'server zone view'],
    ['coredns_plugin_enabled', 'server zone view name'],
    ['coredns_build_info', 'version revision goversion'],
    ['coredns_panics_total', ''],
  ] as const)('%s has the labels of CoreDNS', ([name, labels]) => {
    expect(Object.keys(CATALOGUE[name].labels).join(' ')).toBe(labels);
  });
});
