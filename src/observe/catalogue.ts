import {
  counter,
  gauge,
  histogram,
  type MetricTable,
  messageSizes,
  perView,
  powers,
  words,
} from './metric-spec.ts';

/**
 * Every metric that no plugin declares: its name, what it counts, its labels and the values they
 * can have.
 *
 * What CoreDNS counts too has CoreDNS's name, labels and buckets, so that its dashboards and alerts
 * work unchanged; what only svcdns has is `svcdns_`. No label takes its value from a query: a
 * value that is not in the list is counted as `other`, so that no client can add a series.
 */
export const CATALOGUE = {
  coredns_build_info: gauge('What runs here. Always 1; `goversion` is the version of Node.js.', {
    version: 'configured',
    revision: 'configured',
    goversion: 'configured',
  }),
  coredns_panics_total: counter('Unexpected errors; serving went on.'),
  coredns_plugin_enabled: gauge('Plugins in use. Always 1.', { ...perView(), name: 'configured' }),

  coredns_dns_requests_total: counter('Queries taken.', {
    ...perView(),
    proto: ['udp', 'tcp'],
    family: ['1', '2'],
    type: words(
      'A AAAA CNAME DNSKEY DS MX NSEC3 NSEC NS PTR RRSIG SOA SRV TXT HTTPS SVCB IXFR AXFR ANY other',
    ),
  }),
  coredns_dns_responses_total: counter('Replies sent.', {
    ...perView(),
    rcode: words(
      'NOERROR FORMERR SERVFAIL NXDOMAIN NOTIMP REFUSED YXDOMAIN YXRRSET NXRRSET NOTAUTH NOTZONE ' +
        'BADVERS BADCOOKIE other',
    ),
    plugin: 'configured',
  }),
  coredns_dns_do_requests_total: counter('Queries with the DO bit.', perView()),
  coredns_dns_request_duration_seconds: histogram(
    'Time from taking a query to having its reply, seconds.',
    powers(0.00025, 2, 16),
    perView(),
  ),
  coredns_dns_request_size_bytes: histogram('Size of a query, bytes.', messageSizes(), {
    ...perView(),
    proto: ['udp', 'tcp'],
  }),
  coredns_dns_response_size_bytes: histogram('Size of a reply, bytes.', messageSizes(), {
    ...perView(),
    proto: ['udp', 'tcp'],
  }),

  svcdns_cluster_objects: gauge('Objects of the API server that are known.', perKind()),
  svcdns_cluster_event_age_seconds: gauge(
    'Time since the API server last said something about a kind, bookmarks included, seconds.',
    perKind(),
  ),
  svcdns_cluster_outage_seconds: gauge(
    'Time since the API server was last known to be there, seconds; 0 while it is.',
    perSource(),
  ),
  svcdns_cluster_lists_total: counter('Lists taken from the API server.', perKind()),
  svcdns_cluster_watches_total: counter('Watches opened at the API server.', perKind()),

  svcdns_metrics_series_refused_total: counter(
    'Series not kept of their own because there were too many.',
  ),
  svcdns_askers: gauge('Clients, and names that do not exist, whose queries are kept account of.', {
    table: ['clients', 'names'],
  }),
  svcdns_askers_evictions_total: counter('Of those, how many gave way to others.', {
    table: ['clients', 'names'],
  }),
  svcdns_log_lines_dropped_total: counter(
    'Log lines that were not written, as there was no room for them.',
  ),

  svcdns_names: gauge('Names that are published, empty non-terminals included.', perSource()),
  svcdns_names_restored: gauge(
    'Whether names of an earlier run are answered: 1 for yes.',
    perSource(),
  ),
  svcdns_manifest_files: gauge('Files of manifests that are read.', perSource()),
  svcdns_manifest_files_unread: gauge(
    'Files of manifests of which nothing could be read: their names are missing, or as they were before.',
    perSource(),
  ),
  svcdns_manifest_problems: gauge('What is wrong with the manifests.', {
    ...perSource(),
    severity: ['error', 'warning', 'hint'],
  }),
  svcdns_services_held: gauge('Services whose removal waits until it is seen again.', perSource()),
  svcdns_objects_kept: gauge(
    'Objects in use that a broken file, or one held back, no longer has.',
    perSource(),
  ),
  svcdns_files_quarantined: gauge('Files left out because reading them never ended.', perSource()),
  svcdns_state_write_failures_total: counter(
    'Times that what is kept for the next run could not be written.',
    { file: ['addresses', 'names'] },
  ),
  svcdns_history_changes: gauge('Changes of records that are remembered.', perSource()),
  svcdns_history_bytes: gauge('Memory of the changes that are remembered.', perSource()),
  svcdns_history_dropped_total: counter('Changes forgotten, the oldest first, to make room.'),
  svcdns_control_restarts_total: counter('Control threads put in place of one that died or hung.'),

  svcdns_queries_dropped_before_start_total: counter(
    'Queries dropped because too many came before all sockets were open.',
  ),
  svcdns_queries_shed_total: counter(
    'Queries that were dropped because more came than could be answered in time.',
    { reason: words('fair_share queue_age queue_full in_chain') },
  ),
  svcdns_chain_queue_length: gauge('Questions that wait for their turn in the plugins.'),
  svcdns_chain_queue_seconds: histogram(
    'Time from taking a question to its turn in the plugins, seconds.',
    powers(0.001, 4, 6),
  ),
  svcdns_chain_in_flight: gauge('Questions that the plugins are working on, or that are relayed.'),
  svcdns_chain_replies_dropped_total: counter(
    'Datagrams of upstreams that were lost because too many waited for their turn.',
  ),
  svcdns_chain_seconds_total: counter(
    'Time that the plugins had their turn, seconds; what goes past them at once has none of it.',
  ),

  svcdns_open_files_limit: gauge(
    'Files, sockets among them, that may be open: by the process, and for each use.',
    { use: words('process tcp tcp_client forward admin reserve') },
  ),

  svcdns_listen_addresses: gauge('Addresses listened on, each with UDP and TCP.'),
  svcdns_threads: gauge('Threads that answer queries, the main one among them.'),
  svcdns_thread_restarts_total: counter('Of those, threads put in place of one that died or hung.'),
  svcdns_thread_queries_total: counter(
    'Queries over UDP, by the thread that took them; 0 is the main one. Only with several.',
    { thread: 'configured' },
  ),
  svcdns_thread_changes_waiting: gauge(
    'Changes of names that a thread beside the main one has not taken yet.',
    { thread: 'configured' },
  ),

  svcdns_listen_failures_total: counter('Addresses that appeared and could not be listened on.'),

  svcdns_udp_transport: gauge('What carries queries over UDP. Always 1.', {
    transport: ['native', 'dgram'],
  }),
  svcdns_udp_ignored_total: counter('Datagrams not answered because of where they came from.', {
    reason: ['source_port'],
  }),
  svcdns_udp_replies_dropped_total: counter('Replies over UDP that were not sent.', {
    reason: words(
      'send_queue closed EPERM EACCES ENETUNREACH EHOSTUNREACH ENETDOWN EHOSTDOWN ENOBUFS ENOMEM ' +
        'EADDRNOTAVAIL EINVAL EMSGSIZE error',
    ),
  }),
  svcdns_udp_socket_errors_total: counter('Errors the kernel reported on a UDP socket.'),
  svcdns_udp_full_turns_total: counter('Looks at the UDP sockets that may not have emptied them.'),
  svcdns_udp_receive_drops_total: counter(
    'Queries that the kernel had no room for; counted by the native transport.',
  ),
  svcdns_udp_receive_buffer_bytes: gauge('Receive buffer of a UDP socket, bytes; the smallest.'),

  svcdns_tcp_connections: gauge('TCP connections now open.'),
  svcdns_tcp_connections_accepted_total: counter('TCP connections accepted.'),
  svcdns_tcp_connections_closed_total: counter('TCP connections closed, and why.', {
    reason: words(
      'client error first_byte message idle queries unanswered stalled backlog held evicted refused panic shutdown',
    ),
  }),
  svcdns_tcp_messages_rejected_total: counter('TCP messages of a length no query has.', {
    reason: ['short', 'long'],
  }),
  svcdns_tcp_replies_dropped_total: counter('Replies over TCP whose connection had gone.'),
  svcdns_tcp_accept_errors_total: counter('TCP connections the kernel could not hand over.'),

  svcdns_admin_connections: gauge('HTTP connections now open.'),
  svcdns_admin_connections_closed_total: counter('HTTP connections closed, and why.', {
    reason: words('request idle unread pipelined evicted client_cap other'),
  }),
  svcdns_admin_requests_total: counter('HTTP requests to the admin server, our own among them.', {
    status: ['200', '400', '403', '404', '405', '421', '500', '503', 'other'],
  }),
  svcdns_admin_streams: gauge('Pages that follow what happens.'),
  svcdns_admin_events_dropped_total: counter(
    'Events that a page did not get, as it had not read those before.',
  ),
} as const satisfies MetricTable;

/** What is followed of a cluster. */
function perKind() {
  return {
    ...perSource(),
    kind: words(
      'Namespace Service EndpointSlice Pod Ingress Gateway HTTPRoute TLSRoute GRPCRoute DNSEndpoint ServiceImport',
    ),
  } as const;
}

/** A source of names: its folders, and the first of its zones. */
function perSource() {
  return { source: 'configured', zone: 'configured' } as const;
}
