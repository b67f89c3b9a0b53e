import { clientPrefix } from '../../dns/client-prefix.ts';
import { Rcode } from '../../dns/codes.ts';
import type { Counter } from '../../observe/metrics.ts';
import type { PluginContext, Request } from '../plugin.ts';
import { domainOf } from './domain.ts';
import type { ForwardOptions } from './options.ts';
import { Tally } from './tally.ts';

/**
 * Without an option one client has half of all: a whole office may stand behind one address, and still the others get
 * through.
 */
const CLIENT_SHARE = 1 / 2;
/** One domain has a fifth: 200 of 1000. Names made up below it, to be slow to answer, are no more than that. */
const DOMAIN_SHARE = 1 / 5;
/** What a share is at least. */
const LEAST_SHARE = 100;

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
  readonly #perClient: number;
  readonly #perDomain: number;
  readonly #clients = new Tally();
  readonly #domains = new Tally();
  #questions = 0;
  #waiting = 0;

  constructor(options: ForwardOptions, counters: LimitCounters) {
    this.#options = options;
    this.#counters = counters;
    const { maxConcurrent, maxConcurrentPerClient, maxConcurrentPerDomain } = options;
    const share = (part: number) => Math.max(LEAST_SHARE, Math.ceil(maxConcurrent * part));
    this.#perClient = maxConcurrentPerClient ?? share(CLIENT_SHARE);
    this.#perDomain = maxConcurrentPerDomain ?? share(DOMAIN_SHARE);
  }

  /** Why no query may be sent for a question; undefined when one may. */
  whyNotStart({ client, key }: Request): TurnedAway | undefined {
    const { maxConcurrent, from } = this.#options;
    if (this.#questions >= maxConcurrent) {
      this.#counters.concurrent.add(1);
      const text = `concurrent queries exceeded maximum ${maxConcurrent}`;
      return { rcode: Rcode.REFUSED, text }; // as CoreDNS has it
    }
    if (this.#clients.of(clientPrefix(client.address)) >= this.#perClient) {
      this.#counters.client.add(1);
      return tooMany(`of this client exceeded maximum ${this.#perClient}`);
    }
    if (this.#domains.of(domainOf(key, from)) >= this.#perDomain) {
      this.#counters.domain.add(1);
      return tooMany(`about this domain exceeded maximum ${this.#perDomain}`);
    }
    return this.whyNotWait();
  }

  /** Why a client may not wait for an answer, be it asked for already; undefined when it may. */
  whyNotWait(): TurnedAway | undefined {
    if (this.#waiting < MAX_WAITING) return undefined;
    this.#counters.waiting.add(1);
    return tooMany(`exceeded maximum ${MAX_WAITING} of clients that wait`);
  }

  /** A query is sent for a question. The function returned is for when it has landed. */
  start({ client, key }: Request): () => void {
    const prefix = clientPrefix(client.address);
    const domain = domainOf(key, this.#options.from);
    this.#questions++;
    this.#clients.add(prefix);
    this.#domains.add(domain);
    return () => {
      this.#questions--;
      this.#clients.remove(prefix);
      this.#domains.remove(domain);
    };
  }

  /** A client begins to wait. The function returned is for when it has its answer. */
  wait(): () => void {
    this.#waiting++;
    return () => {
      this.#waiting--;
    };
  }
}

function tooMany(what: string): TurnedAway {
  return { rcode: Rcode.SERVFAIL, text: `concurrent queries ${what}` };
}
