import { Rcode } from '../../dns/codes.ts';
import type { NameKey } from '../../dns/name.ts';
import type { Query } from '../../dns/query.ts';
import type { Metrics } from '../../observe/metrics.ts';
import type { Clock } from '../../support/clock.ts';
import type { RandomIndex } from '../../support/random.ts';
import { type HeavyHitter, HeavyHitters } from './heavy-hitters.ts';
import type { ReplyWatcher } from './reply-watcher.ts';
import { Sampling } from './sampling.ts';
import { type SearchedZone, searchStep } from './search-step.ts';

/** Clients, and names that do not exist, that are kept: some 100 KB in all. */
const CLIENTS = 256;
const NAMES = 256;

/** Rates are those of about the last half minute; ms. */
const HALF_LIFE_MS = 15_000;

/** Queries by what became of them. Whole numbers where every query is looked at. */
export interface Tally {
  queries: number;
  nxdomain: number;
  servfail: number;
  /** Search-list steps among `nxdomain`, by the dots of the name that was searched for. */
  readonly steps: [none: number, one: number, more: number];
}

export interface ClientTally extends Tally {
  /** Since when it is counted, Unix seconds. */
  readonly since: number;
}

/** A name that does not exist. */
export interface MissingTally {
  queries: number;
  /** Who asked for it last. */
  client: string;
  /** Undefined when it is no search-list step. */
  readonly searchedFor: NameKey | undefined;
}

/** What counts of a query. */
export type AskedQuery = Pick<Query, 'key' | 'peer' | 'receivedAt'>;

export interface AskersOptions {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly random: RandomIndex;
  /** The published names, as they are now. */
  readonly zones: () => Iterable<SearchedZone>;
}

/**
 * Who asks, what for, and how much of it in vain: the clients that ask most, and the names that do
 * not exist and are asked for most. Memory is fixed, whatever is asked; of many queries a few are
 * looked at. The numbers of one that left its table and came back begin anew.
 */
export class Askers implements ReplyWatcher {
  readonly #options: AskersOptions;
  readonly #sampling: Sampling;
  readonly #clients: HeavyHitters<ClientTally>;
  readonly #missing: HeavyHitters<MissingTally>;
  readonly #all: HeavyHitters<ClientTally>;
  /** Unix seconds. */
  readonly since: number;
  /** Queries up to the next that is looked at. */
  #gap = 1;

  constructor(options: AskersOptions) {
    const { clock, metrics, random } = options;
    const now = clock.now();
    this.#options = options;
    this.#sampling = new Sampling(random);
    this.#clients = new HeavyHitters(CLIENTS, HALF_LIFE_MS, now);
    this.#missing = new HeavyHitters(NAMES, HALF_LIFE_MS, now);
    this.#all = new HeavyHitters(1, HALF_LIFE_MS, now);
    this.since = clock.wallSeconds();
    for (const [kept, table] of [
      [this.#clients, 'clients'],
      [this.#missing, 'names'],
    ] as const) {
      metrics.read('svcdns_askers', () => kept.size, { table });
      metrics.read('svcdns_askers_evictions_total', () => kept.evictions, { table });
    }
  }

  /** How many queries each that is looked at stands for now. */
  get oneIn(): number {
    return this.#sampling.oneIn;
  }

  /** A query has its reply. On the query path: all but a few calls end here. */
  replied(query: Query, rcode: number): void {
    if (--this.#gap > 0) return;
    const times = this.#sampling.oneIn;
    this.#gap = this.#sampling.gap(query.receivedAt);
    this.#count(query, rcode, times);
  }

  /** Another thread, which takes samples of its own, has sent a reply that stands for so many. */
  sampled(query: AskedQuery, rcode: number, times: number): void {
    this.#count(query, rcode, times);
  }

  /** All clients together; undefined before the first query. */
  all(): HeavyHitter<ClientTally> | undefined {
    return this.#all.top(1, this.#options.clock.now())[0];
  }

  clients(limit: number): HeavyHitter<ClientTally>[] {
    return this.#clients.top(limit, this.#options.clock.now());
  }

  /** Names that do not exist, by their keys. */
  missing(limit: number): HeavyHitter<MissingTally>[] {
    return this.#missing.top(limit, this.#options.clock.now());
  }

  #count({ key, peer, receivedAt }: AskedQuery, rcode: number, times: number): void {
    const { address } = peer;
    const isMissing = rcode === Rcode.NXDOMAIN;
    const step = isMissing ? searchStep(key, this.#options.zones()) : undefined;
    const start = () => this.#newTally();
    const client = this.#clients.add(address, times, receivedAt, start);
    const all = this.#all.add('', times, receivedAt, start);
    for (const tally of [client, all]) {
      tally.queries += times;
      if (isMissing) tally.nxdomain += times;
      if (rcode === Rcode.SERVFAIL) tally.servfail += times;
      if (step !== undefined) tally.steps[Math.min(step.dots, 2)]! += times;
    }
    if (!isMissing) return;
    const name = this.#missing.add(key, times, receivedAt, () => ({
      queries: 0,
      client: address,
      searchedFor: step?.name,
    }));
    name.queries += times;
    name.client = address;
  }

  #newTally(): ClientTally {
    const since = this.#options.clock.wallSeconds();
    return { queries: 0, nxdomain: 0, servfail: 0, steps: [0, 0, 0], since };
  }
}
