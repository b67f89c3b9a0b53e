import {
  counter,
  DEFAULT_BUCKETS,
  histogram,
  type MetricTable,
  powers,
  words,
} from '../../observe/metric-spec.ts';

/** The word in the Corefile, and the name of the plugin in metrics and logs. */
export const KUBERNETES = 'kubernetes';

/** What CoreDNS's `kubernetes` counts too. */
export const KUBERNETES_METRICS = {
  coredns_kubernetes_dns_programming_duration_seconds: histogram(
    'Time from the change of a manifest until a Service of it was answered so, seconds.',
    powers(0.001, 2, 20),
    { service_kind: ['cluster_ip', 'headless_with_selector'] },
  ),
  coredns_kubernetes_rest_client_request_duration_seconds: histogram(
    'Time from a request to the API server to the head of its reply, seconds.',
    DEFAULT_BUCKETS,
    { verb: ['GET'], host: 'configured' },
  ),
  coredns_kubernetes_rest_client_rate_limiter_duration_seconds: histogram(
    'Time that a request to the API server waited for `apiserver_qps`, seconds.',
    DEFAULT_BUCKETS,
    { verb: ['GET'], host: 'configured' },
  ),
  coredns_kubernetes_rest_client_requests_total: counter('Requests to the API server.', {
    code: words('200 400 401 403 404 410 422 429 500 502 503 504 <error> other'),
    method: ['GET'],
    host: 'configured',
  }),
} as const satisfies MetricTable;
