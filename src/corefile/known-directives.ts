/** What svcdns does with a directive of CoreDNS. */
export type Standing =
  /** Carried out. */
  | { readonly kind: 'offered' }
  /** Accepted and not carried out; `instead` says what happens for now. */
  | { readonly kind: 'accepted'; readonly instead: string }
  /** Refused; `reason` says why, and what to do. */
  | { readonly kind: 'refused'; readonly reason: string };

const OFFERED: Standing = { kind: 'offered' };
const accepted = (instead: string): Standing => ({ kind: 'accepted', instead });
const refused = (reason: string): Standing => ({ kind: 'refused', reason });

const CLOUD_ZONES = 'it needs an account with a cloud provider: names come from manifests here';
const ZONE_FILES = 'zones in files are not served: names come from manifests here';
const ENCRYPTED = 'only DNS over UDP and TCP is served';
const SIGNING = 'answers are not signed';

/**
 * Every directive of CoreDNS 1.14, in the order of its plugin.cfg, `k8s_gateway`, and our own at
 * the end.
 */
export const DIRECTIVES: ReadonlyMap<string, Standing> = new Map([
  ['root', OFFERED],
  ['metadata', OFFERED],
  ['geoip', refused('it needs a GeoIP database, and nothing here uses where a client is')],
  ['cancel', refused('every answer has its own time limit: delete the line')],
  ['proxyproto', refused('the PROXY protocol is not read: let clients connect directly')],
  ['quic', refused(ENCRYPTED)],
  ['grpc_server', refused(ENCRYPTED)],
  ['https', refused(ENCRYPTED)],
  ['https3', refused(ENCRYPTED)],
  ['timeouts', OFFERED],
  [
    'multisocket',
    accepted('one socket an address is used; several, each with a thread, come later'),
  ],
  ['reload', OFFERED],
  ['nsid', OFFERED],
  ['bufsize', OFFERED],
  ['bind', OFFERED],
  ['debug', OFFERED],
  ['trace', refused('no traces are sent: the metrics at /metrics time the queries')],
  ['ready', OFFERED],
  ['health', OFFERED],
  ['pprof', refused("it profiles Go programs: use Node's own --cpu-prof")],
  ['shed', refused('overload is always shed by dropping queries: delete the line')],
  ['prometheus', OFFERED],
  ['errors', OFFERED],
  ['log', OFFERED],
  ['dnstap', refused('no dnstap stream is written')],
  ['local', OFFERED],
  ['dns64', refused('no addresses are made up for IPv6-only clients')],
  ['any', OFFERED],
  ['chaos', OFFERED],
  ['loadbalance', OFFERED],
  ['tsig', refused('messages are neither signed nor verified')],
  ['rewrite', OFFERED],
  ['autopath', OFFERED],
  ['acl', OFFERED],
  ['cache', OFFERED],
  ['header', OFFERED],
  ['dnssec', refused(SIGNING)],
  ['tls', refused(ENCRYPTED)],
  ['minimal', OFFERED],
  ['template', OFFERED],
  ['transfer', refused('zone transfers are not served')],
  ['hosts', OFFERED],
  ['route53', refused(CLOUD_ZONES)],
  ['azure', refused(CLOUD_ZONES)],
  ['clouddns', refused(CLOUD_ZONES)],
  ['k8s_external', OFFERED],
  ['kubernetes', OFFERED],
  ['k8s_gateway', OFFERED], // a plugin of its own project, that CoreDNS is built with
  ['file', refused(ZONE_FILES)],
  ['auto', refused(ZONE_FILES)],
  ['secondary', refused('zones are not fetched from other servers')],
  ['etcd', refused('names come from manifests, not from an etcd database')],
  ['loop', OFFERED],
  ['forward', OFFERED],
  ['grpc', refused('queries are not forwarded over gRPC')],
  ['erratic', refused('it is a test server that fails on purpose')],
  ['whoami', OFFERED],
  ['on', refused('no commands are run at start or stop')],
  ['sign', refused(SIGNING)],
  ['view', OFFERED],
  ['nomad', refused('names come from manifests, not from Nomad')],
  ['cookies', OFFERED],
  ['ratelimit', OFFERED],
]);
