import { rcodeName, typeName } from '../dns/codes.ts';
import type { Query } from '../dns/intake.ts';
import { isAtOrBelow, type NameKey } from '../dns/name.ts';
import { CATALOGUE } from '../observe/catalogue.ts';
import type { Counter, Histogram, Metrics } from '../observe/metrics.ts';
import type { Block } from './block.ts';
import type { Peer, Transport } from './exchange.ts';

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
 * Counts queries and replies under CoreDNS's metric names. The handle of each series is looked up once
 * and kept, so that counting a query is a few additions.
 */
export class QueryMetrics {
  readonly #metrics: Metrics;
  readonly #server: string;
  readonly #blocks = new Map<Block, readonly { zone: NameKey; metrics: ZoneMetrics }[]>();
  readonly #dropped: ZoneMetrics;

  /** `server` is CoreDNS's label for the listening server: `dns://:53`. */
  constructor(metrics: Metrics, server: string) {
    this.#metrics = metrics;
    this.#server = server;
    this.#dropped = new ZoneMetrics(metrics, { server, zone: NO_ZONE, view: '' });
  }

  /** Counts what a block answers from now on: its `prometheus` directive. */
  observe(block: Block, zones: readonly string[], view: string): void {
    const labels = (zone: string) => ({ server: this.#server, zone: `${zone}.`, view });
    const all = block.zones.map((zone, at) => ({
      zone,
      metrics: new ZoneMetrics(this.#metrics, labels(zones[at] ?? '')),
    }));
    this.#blocks.set(
      block,
      all.sort((x, y) => y.zone.length - x.zone.length),
    );
  }

  /** `block` is undefined when none took the query. `seconds` is the time from its arrival. */
  replied(
    block: Block | undefined,
    query: Query,
    rcode: number,
    transport: Transport,
    peer: Peer,
    queryBytes: number,
    replyBytes: number,
    seconds: number,
    plugin: string,
  ): void {
    const metrics = block === undefined ? this.#dropped : this.#zoneOf(block, query);
    metrics?.count(query, rcode, transport, peer, queryBytes, replyBytes, seconds, plugin);
  }

  #zoneOf(block: Block, query: Query): ZoneMetrics | undefined {
    const zones = this.#blocks.get(block);
    if (zones?.length === 1) return zones[0]?.metrics;
    return zones?.find(({ zone }) => isAtOrBelow(query.key, zone))?.metrics;
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
  /** By plugin, then by rcode: both from closed sets. */
  readonly #responses = new Map<string, (Counter | undefined)[]>();
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
    plugin: string,
  ): void {
    this.#request(query.type, transport, peer).add(1);
    this.#response(rcode, plugin).add(1);
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

  #response(rcode: number, plugin: string): Counter {
    let byRcode = this.#responses.get(plugin);
    if (byRcode === undefined) {
      byRcode = [];
      this.#responses.set(plugin, byRcode);
    }
    byRcode[rcode] ??= this.#metrics.counter('coredns_dns_responses_total', {
      ...this.#labels,
      rcode: rcodeName(rcode),
      plugin,
    });
    return byRcode[rcode];
  }
}
