import { isAddressType, Rcode, Type } from '../../dns/codes.ts';
import type { ExtendedErrorText } from '../../dns/edns.ts';
import type { NameKey } from '../../dns/name.ts';
import type { Query } from '../../dns/query.ts';
import { KUBERNETES } from '../../plugins/kubernetes/metrics.ts';
import type { ServedZone } from '../../zone/apex.ts';
import { Decision, decide, notReadyError, OUTSIDE_ERROR } from '../../zone/decision.ts';
import type { LiveZone } from '../../zone/live-zone.ts';
import { lookUp } from '../../zone/lookup.ts';
import {
  AnswerView,
  type PackedName,
  packName,
  unpackName,
  zoneIndex,
} from '../../zone/packed-name.ts';
import { keySum } from '../../zone/table.ts';
import {
  explain,
  fitsWhole,
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
  /** No plugin stands below: what is not ours is REFUSED. */
  readonly refuseOthers?: boolean;
  /** Nobody has what an alias that leads outside leads to: it stands alone. */
  readonly endAliases?: boolean;
  /** Names that a plugin below answers although others are REFUSED. */
  readonly spares?: ((key: NameKey) => boolean) | undefined;
  /** A reply that would be cut is not made: who looks at replies is to see all records. */
  readonly onlyWhole?: boolean;
  /** A plugin looks at replies to names that are not read yet: the chain makes them. */
  readonly failuresByChain?: boolean;
  /** How many records to turn an RRset of so many addresses by; default none. */
  readonly rotation?: ((records: number) => number) | undefined;
}

/**
 * Answers questions about published names from their prepared bytes: the short cut past the chain,
 * and what makes svcdns fast. It builds no message and allocates next to nothing.
 */
export class Resolver {
  readonly #live: LiveZone;
  readonly #fallthrough: readonly NameKey[];
  readonly #refuseOthers: boolean;
  readonly #endAliases: boolean;
  readonly #spares: ResolverOptions['spares'];
  readonly #onlyWhole: boolean;
  readonly #failuresByChain: boolean;
  readonly #rotation: ResolverOptions['rotation'];
  readonly #view = new AnswerView();
  /** By how many bytes the question is shorter than the one that the name's answers are for. */
  #shorter = 0;
  /** The rcode of the last reply, for metrics. */
  rcode: number = Rcode.NOERROR;
  /** Whose the last reply was, for metrics: nobody's where no plugin takes the name. */
  plugin = KUBERNETES;

  constructor(live: LiveZone, options: ResolverOptions = {}) {
    this.#live = live;
    this.#fallthrough = options.fallthrough ?? [];
    this.#refuseOthers = options.refuseOthers ?? false;
    this.#endAliases = options.endAliases ?? false;
    this.#spares = options.spares;
    this.#onlyWhole = options.onlyWhole ?? false;
    this.#failuresByChain = options.failuresByChain ?? false;
    this.#rotation = options.rotation;
  }

  /**
   * Writes the reply to a query of class IN, and returns its length; or `NOT_OURS` for a name
   * outside our zones, one that falls through, an alias that leads outside, or a name whose
   * addresses upstreams have. With `onlyWhole` also for one that would be cut, or an alias.
   */
  resolve(query: Query, output: Buffer): number {
    const length = this.#resolve(query, output);
    const { stale } = this.#live;
    if (stale === undefined || length <= 0 || this.rcode === Rcode.REFUSED) return length;
    return explain(query, output, length, stale);
  }

  #resolve(query: Query, output: Buffer): number {
    const live = this.#live;
    // Names of an earlier run: the chain answers them, and says so.
    if (live.restoredFrom !== undefined) return NOT_OURS;
    this.plugin = KUBERNETES;
    const { key } = query;
    const published = live.get(key, query.sum);
    const zone = published === undefined ? live.zoneOf(key) : live.zones[zoneIndex(published)];
    this.#shorter = 0;
    const name = published ?? (zone && this.#unpublished(key, zone));
    const isFound = name !== undefined;
    const { isSynced } = live;
    switch (decide(key, query.type, zone !== undefined, isFound, isSynced, this.#fallthrough)) {
      case Decision.FOUND:
        return this.#answerName(query, output, name!, zone!);
      case Decision.MISSING:
        return this.#negative(query, output, Rcode.NXDOMAIN, zone!);
      case Decision.FALL_THROUGH:
        return this.#hasNext(key) ? NOT_OURS : this.#negative(query, output, Rcode.NXDOMAIN, zone!);
      case Decision.OUTSIDE:
        if (this.#hasNext(key)) return NOT_OURS;
        this.plugin = '';
        return this.#refuse(query, output, Rcode.REFUSED, OUTSIDE_ERROR);
      case Decision.TRANSFER:
        return this.#refuse(query, output, Rcode.REFUSED);
      case Decision.NOT_READY:
        if (this.#failuresByChain) return NOT_OURS;
        return this.#refuse(query, output, Rcode.SERVFAIL, notReadyError(live.objects));
    }
  }

  /**
   * A name that is made up on demand, or the one that a port name without its underscores stands
   * for, and then `#shorter`.
   */
  #unpublished(key: NameKey, zone: ServedZone): PackedName | undefined {
    const live = this.#live;
    const pod = live.madeUpPod(key, zone);
    if (pod !== undefined) return packName(pod.zone, pod.answers);
    const portKey = live.portKey(key, zone);
    if (portKey === undefined) return undefined;
    this.#shorter = portKey.length - key.length;
    return live.get(portKey, keySum(portKey));
  }

  #answerName(query: Query, output: Buffer, name: PackedName, zone: ServedZone): number {
    const prepared = this.#view;
    for (let more = prepared.first(name); more; more = prepared.next()) {
      if (prepared.isHosts) {
        if (isAddressType(query.type)) return NOT_OURS;
        continue;
      }
      if (prepared.type === Type.CNAME) return this.#alias(query, output, name);
      // RFC 8482 section 4.1: a responder may answer ANY with one RRset of its choice.
      if (prepared.type === query.type || query.type === Type.ANY) {
        if (this.#onlyWhole && !fitsWhole(query, prepared)) return NOT_OURS;
        this.rcode = Rcode.NOERROR;
        const turn = prepared.isAddresses ? (this.#rotation?.(prepared.answers) ?? 0) : 0;
        return writePrepared(query, output, prepared, zone.key.length, turn, this.#shorter);
      }
    }
    if (query.key === zone.key && (query.type === Type.SOA || query.type === Type.ANY)) {
      return this.#startOfAuthority(query, output);
    }
    return this.#negative(query, output, Rcode.NOERROR, zone);
  }

  #alias(query: Query, output: Buffer, name: PackedName): number {
    const alias = unpackName(query.key, name);
    const found = lookUp(questionName(query), alias, query.type, this.#live);
    if (found.outside !== undefined && !this.#endAliases) return NOT_OURS;
    if (found.hosts !== undefined || this.#onlyWhole) return NOT_OURS;
    this.rcode = found.rcode;
    return writeComposed(query, output, found);
  }

  #startOfAuthority(query: Query, output: Buffer): number {
    const { soa, serial } = this.#live;
    this.rcode = Rcode.NOERROR;
    const answer = [soa.record(questionName(query), serial)];
    const { NOERROR: rcode } = Rcode;
    const reply = { rcode, authoritative: true, answer, authority: [], additional: [] };
    return writeComposed(query, output, reply);
  }

  #negative(query: Query, output: Buffer, rcode: number, zone: ServedZone): number {
    this.rcode = rcode;
    return writeNegative(query, output, rcode, zone, this.#live);
  }

  #refuse(query: Query, output: Buffer, rcode: number, error?: ExtendedErrorText): number {
    this.rcode = rcode;
    return writeRefusal(query, output, rcode, error);
  }

  #hasNext(key: NameKey): boolean {
    return !this.#refuseOthers || this.#spares?.(key) === true;
  }
}
