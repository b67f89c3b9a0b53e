import { rcodeName, typeName } from '../dns/codes.ts';
import type { Query } from '../dns/intake.ts';
import { CATALOGUE } from '../observe/catalogue.ts';
import type { Counter, Histogram, Metrics } from '../observe/metrics.ts';
import type { ServedZone } from '../zone/apex.ts';
import type { Peer, Transport } from './exchange.ts';
import type { ReplyObserver } from './resolver.ts';

/** CoreDNS's label for queries that no zone of the server takes. */
const NO_ZONE = 'dropped';

const TYPE_LABELS = CATALOGUE.coredns_dns_requests_total.labels.type;
const OTHER_TYPE = TYPE_LABELS.indexOf('other');

/** The label's place for each type code below 256; the rest, and the unknown, are `other`. */
const TYPE_PLACES = Uint8Array.from({ length: 256 }, (_, code) => {
  const place = TYPE_LABELS.indexOf(typeName(code));
  return place < 0 ? OTHER_TYPE : place;
});

/**
 * Counts queries and replies under CoreDNS's metric names. The handle of each series is looked up once and
 * kept, so that counting a query is a few additions.
 */
export class QueryMetrics implements ReplyObserver {
  readonly #zones: readonly ZoneMetrics[];
  readonly #dropped: ZoneMetrics;

  /** `server` is CoreDNS's label for the listening server: `dns://:53`. */
  constructor(metrics: Metrics, server: string, zones: readonly string[]) {
    const labels = (zone: string) => ({ server, zone, view: '' });
    this.#zones = zones.map((zone) => new ZoneMetrics(metrics, labels(`${zone}.`)));
    this.#dropped = new ZoneMetrics(metrics, labels(NO_ZONE));
  }

  replied(
    query: Query,
    rcode: number,
    zone: ServedZone | undefined,
    transport: Transport,
    peer: Peer,
    queryBytes: number,
    replyBytes: number,
    seconds: number,
  ): void {
    const metrics = zone === undefined ? this.#dropped : this.#zones[zone.index]!;
    metrics.count(query, rcode, transport, peer, queryBytes, replyBytes, seconds);
  }
}

interface ZoneLabels {
  readonly server: string;
  readonly zone: string;
  readonly view: string;
}

class ZoneMetrics {
  readonly #metrics: Metrics;
  readonly #labels: ZoneLabels;
  readonly #requests: (Counter | undefined)[] = [];
  readonly #responses: (Counter | undefined)[] = [];
  readonly #dnssecOk: Counter;
  readonly #duration: Histogram;
  readonly #sizes: Record<Transport, { readonly query: Histogram; readonly reply: Histogram }>;

  constructor(metrics: Metrics, labels: ZoneLabels) {
    this.#metrics = metrics;
    this.#labels = labels;
    this.#dnssecOk = metrics.counter('coredns_dns_do_requests_total', labels);
    this.#duration = metrics.histogram('coredns_dns_request_duration_seconds', labels);
    const sizes = (proto: Transport) => ({
      query: metrics.histogram('coredns_dns_request_size_bytes', { ...labels, proto }),
      reply: metrics.histogram('coredns_dns_response_size_bytes', { ...labels, proto }),
    });
    this.#sizes = { udp: sizes('udp'), tcp: sizes('tcp') };
  }

  count(
    query: Query,
    rcode: number,
    transport: Transport,
    peer: Peer,
    queryBytes: number,
    replyBytes: number,
    seconds: number,
  ): void {
    this.#request(query.type, transport, peer).add(1);
    this.#response(rcode).add(1);
    if (query.edns && query.dnssecOk) this.#dnssecOk.add(1);
    this.#duration.observe(seconds);
    const sizes = this.#sizes[transport];
    sizes.query.observe(queryBytes);
    sizes.reply.observe(replyBytes);
  }

  #request(type: number, transport: Transport, peer: Peer): Counter {
    const typePlace = TYPE_PLACES[type] ?? OTHER_TYPE;
    const isIPv6 = peer.address.includes(':');
    const place = typePlace * 4 + (transport === 'udp' ? 0 : 2) + (isIPv6 ? 1 : 0);
    this.#requests[place] ??= this.#metrics.counter('coredns_dns_requests_total', {
      ...this.#labels,
      proto: transport,
      family: isIPv6 ? '2' : '1',
      type: TYPE_LABELS[typePlace]!,
    });
    return this.#requests[place];
  }

  #response(rcode: number): Counter {
    this.#responses[rcode] ??= this.#metrics.counter('coredns_dns_responses_total', {
      ...this.#labels,
      rcode: rcodeName(rcode),
      plugin: 'kubernetes',
    });
    return this.#responses[rcode];
  }
}
