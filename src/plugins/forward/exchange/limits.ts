import { Rcode } from '../../../dns/codes.ts';
import { isAtOrBelow, keyOf, type NameKey, parentOf } from '../../../dns/name.ts';
import type { Counter } from '../../../observe/metrics.ts';
import { FairSlots } from '../../../support/slots.ts';
import type { PluginContext } from '../../plugin.ts';
import { FORWARD_METRICS } from '../metrics.ts';
import type { ForwardOptions } from '../options/options.ts';

/**
 * A `max_concurrent` up to this is not shared out: the one client of a small site may need all of
 * it. Of a larger one, without an option, a client may have as many as are free (`FairSlots`): a
 * whole office may share one address, and still others get through.
 */
const NOT_SHARED = 100;

/** Of `max_concurrent`, for one domain: names made up below a slow domain must not take all. */
const DOMAIN_SHARE = 1 / 5;
const MIN_PER_DOMAIN = 100;

/** Clients that wait for an answer at a time; many may wait for the same one. */
const MAX_WAITING = 20_000;

/** Why a question is not sent on. */
interface Rejection {
  readonly rcode: number;
  readonly text: string;
}

/** What is counted of the limits. */
export interface LimitCounters {
  /** CoreDNS's, of `max_concurrent`. */
  readonly concurrent: Counter;
  readonly client: Counter;
  readonly domain: Counter;
  readonly waiting: Counter;
}

export function limitCounters(context: Pick<PluginContext, 'metrics'>): LimitCounters {
  const metrics = context.metrics.of(FORWARD_METRICS);
  const limited = (limit: 'client' | 'domain' | 'waiting') =>
    metrics.counter('svcdns_forward_limited_total', { limit });
  return {
    concurrent: metrics.counter('coredns_forward_max_concurrent_rejects_total'),
    client: limited('client'),
    domain: limited('domain'),
    waiting: limited('waiting'),
  };
}

/** How much of one `forward` line may be under way: in all, of one client, about one domain. */
export class ForwardLimits {
  readonly #maxConcurrent: number;
  readonly #counters: LimitCounters;
  /** Undefined: as many as are free. */
  readonly #perClient: number | undefined;
  readonly #perDomain: number;
  readonly #clients: FairSlots;
  readonly #domains = new FairSlots(Number.POSITIVE_INFINITY);
  readonly #waiting = new FairSlots(MAX_WAITING);

  constructor(options: ForwardOptions, counters: LimitCounters) {
    const { maxConcurrent, maxConcurrentPerClient, maxConcurrentPerDomain } = options;
    this.#maxConcurrent = maxConcurrent;
    this.#counters = counters;
    const all = maxConcurrent <= NOT_SHARED ? maxConcurrent : undefined;
    this.#clients = new FairSlots(maxConcurrent);
    this.#perClient = maxConcurrentPerClient ?? all;
    this.#perDomain =
      maxConcurrentPerDomain ?? Math.max(MIN_PER_DOMAIN, Math.ceil(maxConcurrent * DOMAIN_SHARE));
  }

  /** Why no query may be sent for a `clientPrefix`, about a `domainOf`; undefined when one may. */
  whyNotStart(client: string, domain: NameKey): Rejection | undefined {
    if (this.#clients.isFull) {
      this.#counters.concurrent.add(1);
      const text = `concurrent queries exceeded maximum ${this.#maxConcurrent}`;
      return { rcode: Rcode.REFUSED, text }; // as in CoreDNS
    }
    if (!this.#hasRoomFor(client)) {
      this.#counters.client.add(1);
      const held = this.#clients.heldBy(client);
      return tooMany(`of this client exceeded maximum ${this.#perClient ?? `${held}, its share`}`);
    }
    if (this.#domains.heldBy(domain) >= this.#perDomain) {
      this.#counters.domain.add(1);
      return tooMany(`about this domain exceeded maximum ${this.#perDomain}`);
    }
    return this.whyNotWait(client);
  }

  /** Why a client may not wait for an answer that is already asked for; undefined when it may. */
  whyNotWait(client: string): Rejection | undefined {
    if (this.#waiting.hasRoomFor(client)) return undefined;
    this.#counters.waiting.add(1);
    return tooMany(`exceeded the share of this client of ${MAX_WAITING} that may wait`);
  }

  /** Whether neither `whyNotStart` nor `whyNotWait` has a reason. */
  mayStart(client: string, domain: NameKey): boolean {
    return (
      !this.#clients.isFull &&
      this.#hasRoomFor(client) &&
      this.#domains.heldBy(domain) < this.#perDomain &&
      this.#waiting.hasRoomFor(client)
    );
  }

  #hasRoomFor(client: string): boolean {
    if (this.#perClient === undefined) return this.#clients.hasRoomFor(client);
    return this.#clients.heldBy(client) < this.#perClient;
  }

  /** Both `start` and `wait`, for a question with one client. */
  startAlone(client: string, domain: NameKey): () => void {
    const ofClient = this.#clients.take(client);
    const ofDomain = this.#domains.take(domain);
    const waiting = this.#waiting.take(client);
    return () => {
      this.#clients.giveBack(ofClient);
      this.#domains.giveBack(ofDomain);
      this.#waiting.giveBack(waiting);
    };
  }

  /** A query is sent for a question. The function returned is for when that has ended. */
  start(client: string, domain: NameKey): () => void {
    const ofClient = this.#clients.take(client);
    const ofDomain = this.#domains.take(domain);
    return () => {
      this.#clients.giveBack(ofClient);
      this.#domains.giveBack(ofDomain);
    };
  }

  /** A client begins to wait. The function returned is for when it has its answer. */
  wait(client: string): () => void {
    const waiting = this.#waiting.take(client);
    return () => this.#waiting.giveBack(waiting);
  }
}

function tooMany(what: string): Rejection {
  return { rcode: Rcode.SERVFAIL, text: `concurrent queries ${what}` };
}

const IPV4_REVERSE = keyOf(['in-addr', 'arpa']);
const IPV6_REVERSE = keyOf(['ip6', 'arpa']);

/** Labels of a domain with one owner: `example.org`, `2.0.192.in-addr.arpa`, an IPv6 /32. */
const LABELS = 2;
const IPV4_REVERSE_LABELS = 4;
const IPV6_REVERSE_LABELS = 10;

/**
 * The part of a name that says who owns it, as near as can be without a list of registries. `from`
 * is the zone of the `forward` line, whose own labels do not count.
 */
export function domainOf(name: NameKey, from: NameKey): NameKey {
  const labels = Math.max(minLabels(name), labelCount(from) + LABELS);
  let domain = name;
  for (let over = labelCount(name) - labels; over > 0; over--) domain = parentOf(domain);
  return domain;
}

function minLabels(name: NameKey): number {
  if (isAtOrBelow(name, IPV4_REVERSE)) return IPV4_REVERSE_LABELS;
  return isAtOrBelow(name, IPV6_REVERSE) ? IPV6_REVERSE_LABELS : LABELS;
}

function labelCount(name: NameKey): number {
  let count = 0;
  for (let at = 0; at < name.length; at += 1 + name.charCodeAt(at)) count++;
  return count;
}

/** Extra queries that each question earns: in the long run upstreams get at most so many more. */
const EARNED = 0.4;

/** Extra queries saved up in quiet times. */
const MAX_SAVED = 100;

/** Keeps retries from becoming a storm: each query of a question after the first costs one. */
export class RetryBudget {
  #saved = MAX_SAVED;

  earn(): void {
    this.#saved = Math.min(MAX_SAVED, this.#saved + EARNED);
  }

  /** Whether another query may be sent. */
  take(): boolean {
    if (this.#saved < 1) return false;
    this.#saved--;
    return true;
  }
}
