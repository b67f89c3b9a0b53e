import { ExtendedError, Rcode, Type } from '../dns/codes.ts';
import { UDP_PAYLOAD_BYTES } from '../dns/edns.ts';
import { IGNORE, Query, readQuery } from '../dns/intake.ts';
import { systemClock } from '../support/clock.ts';
import type { ServedZone } from '../zone/apex.ts';
import type { LiveZone } from '../zone/live-zone.ts';
import {
  AnswerView,
  type PackedName,
  packName,
  unpackName,
  zoneIndex,
} from '../zone/packed-name.ts';
import type { Exchange, Peer, ReplySink, Transport } from './exchange.ts';
import { followAlias, soaRecord, soaTtl } from './lookup.ts';
import {
  questionName,
  TCP_REPLY_BYTES,
  udpReplyLimit,
  writeComposed,
  writeNegative,
  writePrepared,
  writeRefusal,
} from './reply.ts';

/** What is told about each reply, for metrics; `zone` is undefined outside our zones. */
export interface ReplyObserver {
  replied(
    query: Query,
    rcode: number,
    zone: ServedZone | undefined,
    transport: Transport,
    peer: Peer,
    queryBytes: number,
    replyBytes: number,
    /** From the query's arrival here to the reply being written. */
    seconds: number,
  ): void;
}

export interface ResolverOptions {
  /** Largest reply over UDP, bytes. */
  readonly udpReplyBytes?: number;
  readonly observer?: ReplyObserver;
  /** Monotonic milliseconds, for the observer. */
  readonly now?: () => number;
}

const NOT_READY = { code: ExtendedError.NOT_READY, text: 'manifests are still being read' };
const NOT_OURS = { code: ExtendedError.NOT_AUTHORITATIVE, text: 'not a name of the cluster zones' };

/** Answers queries from the published names: the life of a query, from its bytes to the reply's. */
export class Resolver implements Exchange {
  readonly #live: LiveZone;
  readonly #udpReplyBytes: number;
  readonly #observer: ReplyObserver | undefined;
  readonly #now: () => number;
  readonly #query = new Query();
  readonly #view = new AnswerView();
  readonly #soa = { zoneLength: 0, serial: 0, ttl: 0, minimum: 0 };
  #rcode: number = Rcode.NOERROR;
  #zone: ServedZone | undefined;

  constructor(live: LiveZone, options: ResolverOptions = {}) {
    this.#live = live;
    this.#udpReplyBytes = options.udpReplyBytes ?? UDP_PAYLOAD_BYTES;
    this.#observer = options.observer;
    this.#now = options.now ?? systemClock.now;
  }

  answer(
    input: Uint8Array,
    length: number,
    peer: Peer,
    transport: Transport,
    output: Buffer,
    _sink: ReplySink,
  ): number {
    const query = this.#query;
    const start = this.#observer === undefined ? 0 : this.#now();
    this.#zone = undefined;
    const verdict = readQuery(input, length, query);
    if (verdict === IGNORE) return 0;
    const written =
      verdict === Rcode.NOERROR
        ? this.#resolve(query, input, output, transport === 'udp')
        : this.#refuse(query, input, output, verdict);
    this.#observer?.replied(
      query,
      this.#rcode,
      this.#zone,
      transport,
      peer,
      length,
      written,
      (this.#now() - start) / 1000,
    );
    return written;
  }

  #resolve(query: Query, input: Uint8Array, output: Buffer, overUdp: boolean): number {
    const live = this.#live;
    const limit = overUdp ? udpReplyLimit(query, this.#udpReplyBytes) : TCP_REPLY_BYTES;
    const published = live.isSynced ? live.get(query.key, query.sum) : undefined;
    const zone =
      published === undefined ? live.zoneOf(query.key) : live.zones[zoneIndex(published)];
    if (zone === undefined) return this.#refuse(query, input, output, Rcode.REFUSED, NOT_OURS);
    this.#zone = zone;
    if (!live.isSynced) return this.#refuse(query, input, output, Rcode.SERVFAIL, NOT_READY);
    // Zone transfers are not offered, and over UDP they would be a gift to reflection attacks.
    if (query.type === Type.AXFR || query.type === Type.IXFR) {
      return this.#refuse(query, input, output, Rcode.REFUSED);
    }
    const name = published ?? this.#madeUp(query, zone);
    if (name === undefined) return this.#negative(query, input, output, Rcode.NXDOMAIN);
    return this.#answerName(query, input, output, limit, name, zone);
  }

  #answerName(
    query: Query,
    input: Uint8Array,
    output: Buffer,
    limit: number,
    name: PackedName,
    zone: ServedZone,
  ): number {
    const prepared = this.#view;
    for (let more = prepared.first(name); more; more = prepared.next()) {
      if (prepared.type === Type.CNAME) {
        const alias = unpackName(query.key, name);
        const reply = followAlias(questionName(query, input), alias, query.type, this.#live);
        this.#rcode = reply.rcode;
        return writeComposed(query, input, output, limit, reply);
      }
      // RFC 8482 section 4.1: a responder may answer ANY with one RRset of its choice.
      if (prepared.type === query.type || query.type === Type.ANY) {
        this.#rcode = Rcode.NOERROR;
        return writePrepared(query, input, output, limit, prepared, zone.key.length);
      }
    }
    if (query.key === zone.key && (query.type === Type.SOA || query.type === Type.ANY)) {
      return this.#startOfAuthority(query, input, output, limit);
    }
    return this.#negative(query, input, output, Rcode.NOERROR);
  }

  #madeUp(query: Query, zone: ServedZone): PackedName | undefined {
    const name = this.#live.makeUp(query.key, zone);
    return name === undefined ? undefined : packName(name.zone, name.answers);
  }

  #startOfAuthority(query: Query, input: Uint8Array, output: Buffer, limit: number): number {
    const apex = questionName(query, input);
    const answer = [soaRecord(apex, this.#live.serial, this.#live.ttl)];
    const rcode = Rcode.NOERROR;
    this.#rcode = rcode;
    const reply = { rcode, authoritative: true, answer, authority: [], additional: [] };
    return writeComposed(query, input, output, limit, reply);
  }

  #negative(query: Query, input: Uint8Array, output: Buffer, rcode: number): number {
    this.#rcode = rcode;
    const soa = this.#soa;
    soa.zoneLength = (this.#zone as ServedZone).key.length;
    soa.serial = this.#live.serial;
    soa.minimum = this.#live.ttl;
    soa.ttl = soaTtl(this.#live.ttl);
    return writeNegative(query, input, output, rcode, soa);
  }

  #refuse(
    query: Query,
    input: Uint8Array,
    output: Buffer,
    rcode: number,
    error?: { code: number; text: string },
  ): number {
    this.#rcode = rcode;
    return writeRefusal(query, input, output, rcode, error);
  }
}
