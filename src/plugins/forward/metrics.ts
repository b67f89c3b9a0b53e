import {
  counter,
  gauge,
  histogram,
  type MetricTable,
  powers,
  words,
} from '../../observe/metric-spec.ts';

/** What `forward` counts: in all, and of each upstream. */
export const FORWARD_METRICS = {
  coredns_forward_healthcheck_broken_total: counter(
    'Queries that found every upstream of `forward` down.',
  ),
  coredns_forward_max_concurrent_rejects_total: counter(
    'Queries refused because too many were being forwarded.',
  ),
  coredns_proxy_request_duration_seconds: histogram(
    'Time from asking an upstream to its reply, seconds.',
    powers(0.00025, 2, 16),
    {
      ...perUpstream(),
      rcode: words(
        'NOERROR FORMERR SERVFAIL NXDOMAIN NOTIMP REFUSED YXDOMAIN YXRRSET NXRRSET NOTAUTH NOTZONE other',
      ),
    },
  ),
  coredns_proxy_healthcheck_failures_total: counter(
    'Health checks that an upstream did not answer.',
    perUpstream(),
  ),
  coredns_proxy_conn_cache_hits_total: counter(
    'Queries sent over a kept connection or UDP socket.',
    {
      ...perUpstream(),
      proto: ['udp', 'tcp', 'tcp-tls'],
    },
  ),
  coredns_proxy_conn_cache_misses_total: counter(
    'Queries that opened a connection or UDP socket.',
    {
      ...perUpstream(),
      proto: ['udp', 'tcp', 'tcp-tls'],
    },
  ),
  svcdns_forward_in_flight: gauge('Questions being forwarded now, by all server blocks.'),
  svcdns_forward_late: gauge(
    'Of those, questions whose clients were told SERVFAIL as there was no reply yet.',
  ),
  svcdns_forward_late_dropped_total: counter(
    'Late questions given up to make room, before upstreams had all their time.',
  ),
  svcdns_forward_extra_tries_total: counter(
    'Queries sent to upstreams beyond the first for a question.',
  ),
  svcdns_forward_mismatches_total: counter('Messages from an upstream that were no reply to us.', {
    ...perUpstream(),
    reason: words('source short id header question case malformed large unasked'),
  }),
  svcdns_forward_udp_sockets: gauge('UDP sockets to upstreams.', { state: ['asking', 'kept'] }),
  svcdns_forward_tcp_after_mismatch_total: counter(
    'Questions asked over TCP as well because a message was no reply to us.',
    perUpstream(),
  ),
  svcdns_forward_limited_total: counter('Questions not forwarded because of a limit.', {
    limit: ['client', 'domain', 'waiting'],
  }),
  svcdns_forward_socket_shortages_total: counter(
    'Sockets towards upstreams not to be had for want of something here.',
    { reason: words('EPLACES EMFILE ENFILE ENOBUFS ENOMEM') },
  ),
  svcdns_forward_sockets: gauge('Sockets to upstreams that are open, UDP and TCP.'),
  svcdns_forward_upstream_up: gauge(
    'Whether an upstream is asked: 1, or 0 while it is down.',
    perUpstream(),
    'least',
  ),
} as const satisfies MetricTable;

/** Labels of whatever is counted for each upstream, as in CoreDNS. */
function perUpstream() {
  return { proxy_name: ['forward'], to: 'configured' } as const;
}
