import { clientPrefix } from '../../../dns/client-prefix.ts';
import { Rcode } from '../../../dns/codes.ts';
import type { Counter } from '../../../observe/metrics.ts';
import { FairSlots } from '../../../support/fair-slots.ts';
import type { PluginContext, Request } from '../../plugin.ts';
import type { ForwardOptions } from '../options/options.ts';
import { domainOf } from './domain.ts';
import { Tally } from './tally.ts';

/**
 * So many are not shared out: of a few, the one client that a small site has may need all. Of more,
 * without an option, each client may have as many as are free (`FairSlots`): a whole office may
 * stand behind one address, and still the others get through, however many ask all they can.
 */
const NOT_SHARED = 100;
/**
 * One domain has a fifth: 200 of 1000. Names made up below it, to be slow to answer, are no more
 * than that.
 */
const DOMAIN_SHARE = 1 / 5;
/** What that is at least. */
const LEAST_OF_DOMAIN = 100;

/** Clients that wait for an answer at a time; many may wait for the same one. */
const MAX_WAITING = 20_000;

/** Why a question is not sent on. */
export interface TurnedAway {
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

export function limitCounters({ metrics }: Pick<PluginContext, 'metrics'>): LimitCounters {
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
  readonly #options: ForwardOptions;
  readonly #counters: LimitCounters;
  /** Undefined: as many as are free. */
  readonly #perClient: number | undefined;
  readonly #perDomain: number;
  readonly #questions: FairSlots;
  readonly #domains = new Tally();
  readonly #waiting = new FairSlots(MAX_WAITING);

  constructor(options: ForwardOptions, counters: LimitCounters) {
    this.#options = options;
    this.#counters = counters;
    const { maxConcurrent, maxConcurrentPerClient, maxConcurrentPerDomain } = options;
    const all = maxConcurrent <= NOT_SHARED ? maxConcurrent : undefined;
    this.#questions = new FairSlots(maxConcurrent);
    this.#perClient = maxConcurrentPerClient ?? all;
    this.#perDomain =
      maxConcurrentPerDomain ?? Math.max(LEAST_OF_DOMAIN, Math.ceil(maxConcurrent * DOMAIN_SHARE));
  }

  /** Why no query may be sent for a question; undefined when one may. */
  whyNotStart(request: Request): TurnedAway | undefined {
    const { maxConcurrent, from } = this.#options;
    if (this.#questions.isFull) {
      this.#counters.concurrent.add(1);
      const text = `concurrent queries exceeded maximum ${maxConcurrent}`;
      return { rcode: Rcode.REFUSED, text }; // as CoreDNS has it
    }
    const client = clientOf(request);
    const held = this.#questions.heldBy(client);
    const isOver =
      this.#perClient === undefined ? !this.#questions.hasRoomFor(client) : held >= this.#perClient;
    if (isOver) {
      this.#counters.client.add(1);
      return tooMany(`of this client exceeded maximum ${this.#perClient ?? `${held}, its share`}`);
    }
    if (this.#domains.of(domainOf(request.key, from)) >= this.#perDomain) {
      this.#counters.domain.add(1);
      return tooMany(`about this domain exceeded maximum ${this.#perDomain}`);
    }
    return this.whyNotWait(request);
  }

  /** Why a client may not wait for an answer, be it asked for already; undefined when it may. */
  whyNotWait(request: Request): TurnedAway | undefined {
    if (this.#waiting.hasRoomFor(clientOf(request))) return undefined;
    this.#counters.waiting.add(1);
    return tooMany(`exceeded the share of this client of ${MAX_WAITING} that may wait`);
  }

  /** A query is sent for a question. The function returned is for when it has landed. */
  start(request: Request): () => void {
    const client = clientOf(request);
    const domain = domainOf(request.key, this.#options.from);
    this.#questions.take(client);
    this.#domains.add(domain);
    return () => {
      this.#questions.giveBack(client);
      this.#domains.remove(domain);
    };
  }

  /** A client begins to wait. The function returned is for when it has its answer. */
  wait(request: Request): () => void {
    const client = clientOf(request);
    this.#waiting.take(client);
    return () => this.#waiting.giveBack(client);
  }
}

function clientOf({ client }: Request): string {
  return clientPrefix(client.address);
}

function tooMany(what: string): TurnedAway {
  return { rcode: Rcode.SERVFAIL, text: `concurrent queries ${what}` };
}
