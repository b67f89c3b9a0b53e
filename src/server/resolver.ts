import { ExtendedError, Rcode, Type } from '../dns/codes.ts';
import { isAtOrBelow, type NameKey } from '../dns/name.ts';
import type { Query } from '../dns/query.ts';
import type { ServedZone } from '../zone/apex.ts';
import type { LiveZone } from '../zone/live-zone.ts';
import { followAlias } from '../zone/lookup.ts';
import {
  AnswerView,
  type PackedName,
  packName,
  unpackName,
  zoneIndex,
} from '../zone/packed-name.ts';
import { keySum } from '../zone/table.ts';
import {
  questionName,
  writeComposed,
  writeNegative,
  writePrepared,
  writeRefusal,
} from './reply.ts';

/** Returned by `Resolver.resolve` for a question that other plugins have a say in. */
export const NOT_OURS = -2;

export interface ResolverOptions {
  /** Zones whose missing names go on to the next plugin; undefined when none do. */
  readonly fallthrough?: readonly NameKey[] | undefined;
  /**
   * Nobody stands below: what is not ours is REFUSED, and an alias that leads outside stands alone.
   */
  readonly refuseOthers?: boolean;
  /** Names that somebody below answers although others are REFUSED. */
  readonly spares?: ((key: NameKey) => boolean) | undefined;
  /** How many records to turn an RRset of so many addresses by; default none. */
  readonly rotation?: ((records: number) => number) | undefined;
}

const OUTSIDE = { code: ExtendedError.NOT_AUTHORITATIVE, text: 'not a name of the cluster zones' };
const NOT_READY = { code: ExtendedError.NOT_READY, text: 'not all manifests have been read yet' };

/**
 * Answers questions about published names from their prepared bytes: the short cut past the chain,
 * and what makes svcdns fast. It builds no message and allocates next to nothing.
 */
export class Resolver {
  readonly #live: LiveZone;
  readonly #fallthrough: readonly NameKey[];
  readonly #refuseOthers: boolean;
  readonly #spares: ResolverOptions['spares'];
  readonly #rotation: ResolverOptions['rotation'];
  readonly #view = new AnswerView();
  /** The rcode of the last reply, for metrics. */
  rcode: number = Rcode.NOERROR;

  constructor(live: LiveZone, options: ResolverOptions = {}) {
    this.#live = live;
    this.#fallthrough = options.fallthrough ?? [];
    this.#refuseOthers = options.refuseOthers ?? false;
    this.#spares = options.spares;
    this.#rotation = options.rotation;
  }

  /**
   * Writes the reply to a query of class IN, and returns its length; or `NOT_OURS` for a name
   * outside our zones, one that falls through, an alias that leads outside, or a name whose
   * addresses upstreams have.
   */
  resolve(query: Query, output: Buffer): number {
    const live = this.#live;
    // Names of an earlier run: the chain answers them, and says so.
    if (live.restoredFrom !== undefined) return NOT_OURS;
    const published = live.get(query.key, query.sum);
    const zone =
      published === undefined ? live.zoneOf(query.key) : live.zones[zoneIndex(published)];
    if (zone === undefined) {
      if (this.#hasNext(query.key)) return NOT_OURS;
      this.rcode = Rcode.REFUSED;
      return writeRefusal(query, output, Rcode.REFUSED, OUTSIDE);
    }
    // Zone transfers are not offered, and over UDP they would be a gift to reflection attacks.
    if (query.type === Type.AXFR || query.type === Type.IXFR) {
      this.rcode = Rcode.REFUSED;
      return writeRefusal(query, output, Rcode.REFUSED);
    }
    const name = published ?? this.#madeUp(query, zone);
    if (name !== undefined) return this.#answerName(query, output, name, zone, 0);
    const portKey = live.portKey(query.key, zone);
    const port = portKey === undefined ? undefined : live.get(portKey, keySum(portKey));
    if (portKey !== undefined && port !== undefined) {
      const shorter = portKey.length - query.key.length;
      return this.#answerName(query, output, port, zone, shorter);
    }
    // What has not been read yet cannot be called missing.
    if (!live.isSynced) {
      this.rcode = Rcode.SERVFAIL;
      return writeRefusal(query, output, Rcode.SERVFAIL, NOT_READY);
    }
    if (this.#fallsThrough(query.key)) return NOT_OURS;
    return this.#negative(query, output, Rcode.NXDOMAIN, zone);
  }

  #answerName(
    query: Query,
    output: Buffer,
    name: PackedName,
    zone: ServedZone,
    shorter: number,
  ): number {
    const prepared = this.#view;
    for (let more = prepared.first(name); more; more = prepared.next()) {
      if (prepared.isHosts) {
        if (query.type === Type.A || query.type === Type.AAAA) return NOT_OURS;
        continue;
      }
      if (prepared.type === Type.CNAME) return this.#alias(query, output, name);
      // RFC 8482 section 4.1: a responder may answer ANY with one RRset of its choice.
      if (prepared.type === query.type || query.type === Type.ANY) {
        this.rcode = Rcode.NOERROR;
        const turn = prepared.isAddresses ? (this.#rotation?.(prepared.answers) ?? 0) : 0;
        const { length } = zone.key;
        return writePrepared(query, output, prepared, length, turn, shorter);
      }
    }
    if (query.key === zone.key && (query.type === Type.SOA || query.type === Type.ANY)) {
      return this.#startOfAuthority(query, output);
    }
    return this.#negative(query, output, Rcode.NOERROR, zone);
  }

  #alias(query: Query, output: Buffer, name: PackedName): number {
    const alias = unpackName(query.key, name);
    const found = followAlias(questionName(query), alias, query.type, this.#live);
    if (found.outside !== undefined && !this.#refuseOthers) return NOT_OURS;
    if (found.hosts !== undefined) return NOT_OURS;
    this.rcode = found.rcode;
    return writeComposed(query, output, found);
  }

  #madeUp(query: Query, zone: ServedZone): PackedName | undefined {
    const name = this.#live.madeUpPod(query.key, zone);
    return name === undefined ? undefined : packName(name.zone, name.answers);
  }

  #startOfAuthority(query: Query, output: Buffer): number {
    const apex = questionName(query);
    const answer = [this.#live.soa.record(apex, this.#live.serial)];
    this.rcode = Rcode.NOERROR;
    const { NOERROR: rcode } = Rcode;
    const reply = { rcode, authoritative: true, answer, authority: [], additional: [] };
    return writeComposed(query, output, reply);
  }

  #negative(query: Query, output: Buffer, rcode: number, zone: ServedZone): number {
    this.rcode = rcode;
    return writeNegative(query, output, rcode, zone, this.#live);
  }

  #fallsThrough(key: NameKey): boolean {
    return this.#fallthrough.some((zone) => isAtOrBelow(key, zone)) && this.#hasNext(key);
  }

  #hasNext(key: NameKey): boolean {
    return !this.#refuseOthers || this.#spares?.(key) === true;
  }
}
