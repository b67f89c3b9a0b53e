import type { ListenAddress } from '../../corefile/listen-address.ts';
import {
  addressAndPort,
  ipFamily,
  isWildcard,
  plainAddress,
  withoutInterface,
} from '../../dns/address.ts';
import { Rcode, rcodeName, typeName } from '../../dns/codes.ts';
import type { NameKey } from '../../dns/name.ts';
import type { Query, SocketAddress, Transport } from '../../dns/query.ts';
import { longestZone } from '../../dns/zones.ts';
import { CATALOGUE } from '../../observe/catalogue.ts';
import type { Counter, Histogram, Metrics } from '../../observe/metrics.ts';
import type { ReplyWatcher } from '../askers/reply-watcher.ts';
import type { Block } from './block.ts';

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
 * Counts queries and replies under CoreDNS's metric names, and tells those who watch replies.
 * The handle of each series is looked up once and kept, so that counting a query is a few
 * additions.
 */
export class QueryMetrics {
  readonly #metrics: Metrics;
  readonly #servers: ServerLabels;
  readonly #watchers: readonly ReplyWatcher[];
  readonly #blocks = new Map<Block, readonly CountedZone[]>();
  /** By server. */
  readonly #dropped: readonly ZoneMetrics[];

  constructor(metrics: Metrics, servers: ServerLabels, watchers: readonly ReplyWatcher[] = []) {
    this.#metrics = metrics;
    this.#servers = servers;
    this.#watchers = watchers;
    this.#dropped = this.#perServer({ zone: NO_ZONE, view: '' });
  }

  /** Counts what a block answers from now on: its `prometheus` directive. */
  observe(block: Block, zones: readonly string[], view: string): void {
    const all = block.zones.map((key, at) => ({
      key,
      metrics: this.#perServer({ zone: `${zones[at] ?? ''}.`, view }),
    }));
    this.#blocks.set(block, all);
  }

  /**
   * `block` is undefined when none took the query. `seconds` is the time from the query's arrival.
   */
  replied(
    block: Block | undefined,
    query: Query,
    rcode: number,
    replyBytes: number,
    seconds: number,
    plugin: string,
  ): void {
    for (const watcher of this.#watchers) watcher.replied(query, rcode, plugin, seconds);
    const metrics = this.#of(block, query);
    metrics?.countQuery(query);
    metrics?.countReply(query, rcode, replyBytes, seconds, plugin);
  }

  /**
   * A query is dropped unanswered, of which `svcdns_queries_shed_total` has the reason. Its client
   * has failed to get an answer: so those who watch replies see it.
   */
  shed(block: Block, query: Query, seconds: number): void {
    for (const watcher of this.#watchers) watcher.replied(query, Rcode.SERVFAIL, '', seconds);
    this.#of(block, query)?.countQuery(query);
  }

  #of(block: Block | undefined, query: Query): ZoneMetrics | undefined {
    const servers = block === undefined ? this.#dropped : this.#zoneOf(block, query);
    return servers?.[this.#servers.placeOf(query.local)];
  }

  #perServer(labels: Omit<ZoneLabels, 'server'>): ZoneMetrics[] {
    return this.#servers.all.map((server) => new ZoneMetrics(this.#metrics, { server, ...labels }));
  }

  #zoneOf(block: Block, query: Query): readonly ZoneMetrics[] | undefined {
    const zones = this.#blocks.get(block);
    if (zones === undefined || zones.length === 1) return zones?.[0]?.metrics;
    return longestZone(query.key, zones)?.metrics;
  }
}

interface CountedZone {
  readonly key: NameKey;
  /** By server. */
  readonly metrics: readonly ZoneMetrics[];
}

interface ZoneLabels {
  readonly server: string;
  readonly zone: string;
  readonly view: string;
}

/** As in CoreDNS, a series is there from the first query that it counts. */
class ZoneMetrics {
  readonly #metrics: Metrics;
  readonly #labels: ZoneLabels;
  readonly #requests: (Counter | undefined)[] = [];
  /** By plugin, then by rcode: both from closed sets. */
  readonly #responses = new Map<string, (Counter | undefined)[]>();
  #dnssecOk: Counter | undefined;
  #duration: Histogram | undefined;
  readonly #sizes: Partial<Record<Transport, Sizes>> = {};

  constructor(metrics: Metrics, labels: ZoneLabels) {
    this.#metrics = metrics;
    this.#labels = labels;
  }

  countQuery(query: Query): void {
    const { transport } = query;
    this.#request(query.type, transport, query.peer).add(1);
    if (query.edns && query.dnssecOk) {
      this.#dnssecOk ??= this.#metrics.counter('coredns_dns_do_requests_total', this.#labels);
      this.#dnssecOk.add(1);
    }
    this.#sizesOver(transport).query.observe(query.length);
  }

  countReply(
    { transport }: Query,
    rcode: number,
    bytes: number,
    seconds: number,
    plugin: string,
  ): void {
    this.#response(rcode, plugin).add(1);
    const duration = 'coredns_dns_request_duration_seconds';
    this.#duration ??= this.#metrics.histogram(duration, this.#labels);
    this.#duration.observe(seconds);
    this.#sizesOver(transport).reply.observe(bytes);
  }

  #sizesOver(proto: Transport): Sizes {
    const known = this.#sizes[proto];
    if (known !== undefined) return known;
    const labels = { ...this.#labels, proto };
    const sizes = {
      query: this.#metrics.histogram('coredns_dns_request_size_bytes', labels),
      reply: this.#metrics.histogram('coredns_dns_response_size_bytes', labels),
    };
    this.#sizes[proto] = sizes;
    return sizes;
  }

  #request(type: number, transport: Transport, peer: SocketAddress): Counter {
    const typePlace = TYPE_PLACES[type] ?? OTHER_TYPE;
    const isIPv6 = (peer.family ?? ipFamily(peer.address)) === 'IPv6';
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

interface Sizes {
  readonly query: Histogram;
  readonly reply: Histogram;
}

/**
 * CoreDNS's names for the servers that a group of sockets is: one for each address of `bind`
 * (`dns://127.0.0.1:53`, `dns://[::1]:53`), and a single `dns://:53` for all addresses.
 */
export class ServerLabels {
  /** In the order of the addresses, at least one. */
  readonly all: readonly string[];
  readonly #places = new Map<string, number>();
  readonly #rest: number;

  constructor(listen: readonly ListenAddress[]) {
    const specs = listen.length === 0 ? [{ address: '', port: 0 }] : listen;
    this.all = specs.map((spec) => `dns://${addressAndPort(spec)}`);
    for (const [place, { address }] of specs.entries()) {
      this.#places.set(withoutInterface(plainAddress(address)), place);
    }
    this.#rest = Math.max(
      0,
      specs.findIndex(({ address }) => isWildcard(address)),
    );
  }

  /** The place in `all` of the server that has this address of ours. */
  placeOf(local: Pick<SocketAddress, 'address'>): number {
    if (this.all.length === 1) return this.#rest;
    return this.#places.get(withoutInterface(local.address)) ?? this.#rest;
  }
}
