import { addressText, clearHostBits, isPrivateAddress } from '../../dns/address.ts';
import { readPeer } from '../../dns/address-reader.ts';
import { Rcode } from '../../dns/codes.ts';
import { MAX_NAME_BYTES, type NameKey, ROOT, textOf } from '../../dns/name.ts';
import { NetworkSet } from '../../dns/network.ts';
import type { Query } from '../../dns/query.ts';
import type { Logger } from '../../observe/log.ts';
import type { Metrics } from '../../observe/metrics.ts';
import type { RateLimits } from '../../plugins/ratelimit/limits.ts';
import type { Clock } from '../../support/clock.ts';
import { truncate, writeRefusal } from '../answer/reply.ts';
import { AccountTable } from './account-table.ts';
import { accountName, kindOf, REPLY_KINDS } from './reply-class.ts';
import { LimitLog, RateCounters, REPORT_EVERY_MS } from './reports.ts';

export interface RateLimiterOptions {
  readonly limits: RateLimits;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly random: (bytes: number) => Uint8Array;
  /** CoreDNS's label for the listening server: `dns://:53`. */
  readonly server: string;
}

/** Marks the account of a network with all its replies, beside those of `REPLY_KINDS`. */
const ALL = REPLY_KINDS.length;

/** What stands in a key before the network: the kind, and how long the network's address is. */
const KEY_HEAD_BYTES = 2;

/**
 * Response rate limiting: looks at each reply over UDP before it leaves, and sends only so many a
 * second to one network. A forged query then gets its victim no more than that. What is over a
 * limit is truncated, so that a real client comes back over TCP, or dropped.
 *
 * Clients with a valid cookie, and as a rule private addresses, are not limited; for those a reply
 * costs one look at the address.
 */
export class RateLimiter {
  readonly #options: RateLimiterOptions;
  readonly #exempt: NetworkSet | undefined;
  readonly #counters: RateCounters;
  readonly #log: LimitLog;
  readonly #address = new Uint8Array(16);
  readonly #key = Buffer.alloc(KEY_HEAD_BYTES + 16 + MAX_NAME_BYTES);
  #table: AccountTable | undefined;
  /** The rcode of the last reply as it leaves, for metrics. */
  rcode: number = Rcode.NOERROR;

  constructor(options: RateLimiterOptions) {
    this.#options = options;
    const { exempt } = options.limits;
    this.#exempt = exempt.length === 0 ? undefined : new NetworkSet(exempt);
    this.#counters = new RateCounters(options.metrics);
    this.#log = new LimitLog(options.log);
  }

  /**
   * Looks at the reply of `written` bytes in `output` that is about to leave, and returns how many
   * bytes of it to send: as many, fewer of a truncated one, or 0.
   */
  release(query: Query, rcode: number, output: Buffer, written: number): number {
    this.rcode = rcode;
    if (written === 0 || query.transport === 'tcp') return written;
    const address = this.#address;
    const length = readPeer(query.peer, address);
    if (!this.#isLimited(length)) return written;
    if (query.isVerified) {
      this.#counters.exempt.add(1);
      return written;
    }
    const { limits, clock } = this.#options;
    const { windowSeconds: window, slip } = limits;
    const now = clock.now();
    const table = this.#accounts();
    clearHostBits(address, length, length === 4 ? limits.ipv4Prefix : limits.ipv6Prefix);

    const kind = kindOf(output, rcode);
    const name = accountName(query, output, kind);
    const own = table.find(this.#key, this.#fillKey(length, REPLY_KINDS.indexOf(kind), name));
    const isOwnOver = !table.charge(own, limits[kind], window, now);
    const ownOver = table.over(own);
    const all = table.find(this.#key, this.#fillKey(length, ALL, ROOT));
    const isAllOver = !table.charge(all, limits.all, window, now);
    if (!isOwnOver && !isAllOver) return written;

    const limit = isOwnOver ? kind : 'all';
    const over = isOwnOver ? ownOver : table.over(all);
    this.#counters.limited[limit].add(1);
    if (table.isNews(all, REPORT_EVERY_MS, now))
      this.#log.report(now, () => this.#facts(length, limit, query));
    if (limits.isLogOnly) return written;
    // The first one slips, so that a client that is just over the limit need not wait.
    if (slip > 0 && (over - 1) % slip === 0) return this.#slip(query, kind === 'errors', output);
    this.#counters.dropped.add(1);
    return 0;
  }

  #isLimited(length: number): boolean {
    if (length === 0) return false;
    const address = this.#address;
    if (!this.#options.limits.includesPrivate && isPrivateAddress(address, length)) return false;
    return this.#exempt?.has(address.subarray(0, length)) !== true;
  }

  /**
   * Sends what is no larger than the query, our cookie aside, and leads a real client to its
   * answer.
   */
  #slip(query: Query, isError: boolean, output: Buffer): number {
    const { slipped } = this.#counters;
    if (query.cookies !== undefined) {
      // RFC 7873 section 5.2.3: a server can answer BADCOOKIE, and the client asks again with our
      // cookie.
      slipped.badcookie.add(1);
      this.rcode = Rcode.BADCOOKIE;
      return writeRefusal(query, output, Rcode.BADCOOKIE);
    }
    if (isError) {
      // There is nothing more to be had over TCP.
      slipped.bare.add(1);
      return writeRefusal(query, output, this.rcode);
    }
    slipped.truncated.add(1);
    return truncate(query, output);
  }

  #accounts(): AccountTable {
    if (this.#table === undefined) {
      const { limits, random, server } = this.#options;
      this.#table = new AccountTable(limits.maxTableSize, random, this.#counters.evictions);
      this.#counters.watch(this.#table, server);
    }
    return this.#table;
  }

  #fillKey(addressLength: number, kind: number, name: NameKey): number {
    const key = this.#key;
    key[0] = kind;
    key[1] = addressLength;
    for (let at = 0; at < addressLength; at++) key[KEY_HEAD_BYTES + at] = this.#address[at]!;
    const start = KEY_HEAD_BYTES + addressLength;
    return start + key.write(name, start, 'latin1');
  }

  #facts(length: number, limit: string, query: Query): Record<string, string> {
    const { ipv4Prefix, ipv6Prefix } = this.#options.limits;
    const prefix = length === 4 ? ipv4Prefix : ipv6Prefix;
    const network = `${addressText(this.#address.subarray(0, length))}/${prefix}`;
    return { network, limit, name: textOf(query.key) };
  }
}
