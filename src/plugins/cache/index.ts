import { Type } from '../../dns/codes.ts';
import { keyOfWire } from '../../dns/name.ts';
import type { Query } from '../../dns/query.ts';
import { isInAny } from '../../dns/zones.ts';
import type { Clock } from '../../support/clock.ts';
import type { ShortCutPart, StoredReply } from '../cluster-answers.ts';
import type { Next, Plugin, PluginContext, Reply, Request } from '../plugin.ts';
import type { ReplyKeeper } from '../relaying.ts';
import { forClient } from '../reply.ts';
import { Admission } from './admission.ts';
import { budgetsOf } from './budget.ts';
import { activityOf, type Entry } from './entry.ts';
import { capped, freshReply, lifetimeMs, staleReply } from './lifetime.ts';
import { type CacheMetrics, cacheMetrics } from './metrics.ts';
import type { CacheOptions, StaleOptions } from './options.ts';
import { Refreshes, validating, within } from './refreshes.ts';
import { RelayedReplies } from './relayed-replies.ts';
import { Slots } from './slots.ts';
import { CacheStore } from './store.ts';
import { StoredEntry, slotQuestionOf } from './stored-entry.ts';

/** What a cache leaves to the one that takes its place at a reload. */
class Kept {
  readonly store: CacheStore;
  readonly below: string;

  constructor(store: CacheStore, below: string) {
    this.store = store;
    this.below = below;
  }
}

interface Found {
  readonly entry: Entry;
  readonly isStale: boolean;
}

/**
 * Keeps replies of the plugins below for as long as their TTLs say. Never those of `kubernetes`:
 * that data is in memory already, and always up to date.
 */
export class CachePlugin implements Plugin, ShortCutPart {
  readonly name = 'cache';
  readonly #options: CacheOptions;
  readonly #clock: Clock;
  readonly #metrics: CacheMetrics;
  readonly #store: CacheStore;
  readonly #admission: Admission;
  readonly keeper: ReplyKeeper;
  readonly #refreshes: Refreshes;
  /** The directives below: the content is kept at a reload only when they are the same. */
  readonly #below: string;
  readonly #isClaimed: PluginContext['isClaimed'];
  readonly #isOwnName: PluginContext['isOwnName'];
  /** For the query that the short cut looks at. */
  #lastStored: StoredEntry | undefined;

  constructor(options: CacheOptions, context: PluginContext) {
    this.#options = options;
    this.#clock = context.clock;
    this.#metrics = cacheMetrics(context, options.zones);
    this.#below = context.below;
    this.#isClaimed = context.isClaimed;
    this.#isOwnName = context.isOwnName;
    const { kept } = context;
    this.#store =
      kept instanceof Kept && kept.below === context.below
        ? kept.store
        : new CacheStore(budgetsOf(context.metrics));
    this.#admission = new Admission(options, this.#store, context, this.#metrics.drops);
    this.#refreshes = new Refreshes(options.stale?.recheckMs, this.#clock, this.#admission);
    this.keeper = new RelayedReplies(options, {
      ...context,
      ...this.#metrics,
      store: this.#store,
      isCacheable: (query) => this.#isCacheable(query),
    });
  }

  async start(): Promise<void> {
    this.#store.join();
    this.#store.positive.observe(this.#metrics.success);
    this.#store.negative.observe(this.#metrics.denial);
  }

  async stop(): Promise<void> {
    this.#store.leave();
  }

  keep(): Kept {
    return new Kept(this.#store, this.#below);
  }

  serve(request: Request, next: Next): Promise<Reply> {
    if (!this.#isCacheable(request)) return next(request);
    this.#metrics.requests.add(1);
    const slots = new Slots(request);
    // Hits have been answered by the short cut, mostly.
    const found = this.#store.mayHave(request.key) ? this.#find(slots) : undefined;
    if (found === undefined) return this.#miss(request, slots, next);
    if (found.isStale) return this.#serveStale(found.entry, request, slots, next);
    const reply = freshReply(found.entry, request, this.#options, this.#clock.now());
    if (this.#leadsHome(reply)) return this.#miss(request, slots, next);
    this.#countHit(found.entry);
    this.#noteKept(found, request);
    this.#prefetch(found.entry, request, next);
    return Promise.resolve(reply);
  }

  /** A hit that is nothing but a hit. */
  stored(query: Query): StoredReply | undefined {
    this.#lastStored = undefined;
    if (this.#options.prefetch !== undefined || !this.#store.mayHave(query.key)) return undefined;
    if (!this.#isCacheable(query)) return undefined;
    const found = this.#find(new Slots(slotQuestionOf(query)));
    if (found === undefined || found.isStale) return undefined;
    const { entry } = found;
    if (entry.kind === 'failure' || entry.error !== undefined) return undefined;
    const now = this.#clock.now();
    this.#lastStored = new StoredEntry(entry, query, this.#options, now, this.#isOwnName);
    return this.#lastStored;
  }

  sent(): void {
    this.#metrics.requests.add(1);
    if (this.#lastStored !== undefined) this.#countHit(this.#lastStored.entry);
  }

  #miss(request: Request, slots: Slots, next: Next): Promise<Reply> {
    this.#metrics.misses.add(1);
    return this.#ask(request, slots, next);
  }

  /** Not what a plugin below answers itself: its name may have been kept before it was ours. */
  #isCacheable(question: Pick<Request, 'key' | 'type' | 'qclass'>): boolean {
    const { type, key } = question;
    if (type === Type.AXFR || type === Type.IXFR) return false;
    return isInAny(key, this.#options.zones) && !this.#isClaimed(question);
  }

  /** The best entry: a fresh one; then, with serve_stale, the newest; then the last failure. */
  #find(slots: Slots): Found | undefined {
    const now = this.#clock.now();
    const ageOver = (entry: Entry): number =>
      now - entry.storedAt - lifetimeMs(entry, this.#options);
    const isFresh = (entry: Entry): boolean => ageOver(entry) < 0;
    const { stale } = this.#options;
    const isServable = (entry: Entry): boolean => ageOver(entry) < (stale?.windowMs ?? 0);

    const positive = this.#store.findPositive(slots);
    if (positive !== undefined) {
      if (isFresh(positive)) return { entry: positive, isStale: false };
      const isPreferred = stale?.preferPositive === true && isServable(positive);
      if (isPreferred) return { entry: positive, isStale: true };
    }
    const { denials, failure } = this.#store.findNegative(slots);
    if (positive === undefined && denials.length === 0 && failure === undefined) return undefined;
    const fresh = denials.find(isFresh);
    if (fresh !== undefined) return { entry: fresh, isStale: false };
    const answers = positive === undefined ? denials : [positive, ...denials];
    const [newest] = answers.filter(isServable).sort((a, b) => b.storedAt - a.storedAt);
    if (newest !== undefined) return { entry: newest, isStale: true };
    return failure !== undefined && isFresh(failure)
      ? { entry: failure, isStale: false }
      : undefined;
  }

  async #serveStale(entry: Entry, request: Request, slots: Slots, next: Next): Promise<Reply> {
    const stale = this.#options.stale as StaleOptions; // or nothing would be stale
    const refresh = this.#refreshes.refresh(entry, request, next);
    if (stale.waitMs > 0 && (await within(this.#clock, stale.waitMs, refresh)) === true) {
      const found = this.#find(slots);
      if (found?.isStale === false) {
        this.#metrics.misses.add(1);
        return freshReply(found.entry, request, this.#options, this.#clock.now());
      }
      // A good reply came that may not be stored: clients that waited ask again.
      if (found?.entry !== entry) return this.#miss(request, slots, next);
    }
    const reply = staleReply(entry, request, stale.ttl);
    if (this.#leadsHome(reply)) return this.#miss(request, slots, next);
    this.#countHit(entry);
    this.#noteKept({ entry, isStale: true }, request);
    this.#metrics.stale.add(1);
    return reply;
  }

  /** It has an alias whose target has become a name of the cluster since it was stored. */
  #leadsHome({ answer }: Reply): boolean {
    return answer.some(
      ({ type, data }) =>
        type === Type.CNAME && data.kind === 'name' && this.#isOwnName(keyOfWire(data.name)),
    );
  }

  #noteKept({ entry, isStale }: Found, { explained }: Request): void {
    explained?.note({ kind: 'kept', ageMs: this.#clock.now() - entry.storedAt, isStale });
  }

  #countHit(entry: Entry): void {
    (entry.kind === 'positive' ? this.#metrics.successHits : this.#metrics.denialHits).add(1);
  }

  #prefetch(entry: Entry, request: Request, next: Next): void {
    const { prefetch } = this.#options;
    if (prefetch === undefined || entry.kind === 'failure') return;
    const now = this.#clock.now();
    const activity = activityOf(entry);
    if (now - activity.lastHitAt > prefetch.pauseMs) activity.hits = 0;
    activity.hits++;
    activity.lastHitAt = now;
    const ttl = lifetimeMs(entry, this.#options) / 1000;
    const left = ttl - Math.floor((now - entry.storedAt) / 1000);
    if (activity.hits < prefetch.amount || left > Math.ceil((prefetch.percent / 100) * ttl)) return;
    if (!this.#refreshes.isDue(entry)) return;
    this.#metrics.prefetches.add(1);
    void this.#refreshes.refresh(entry, request, next);
  }

  #ask(request: Request, slots: Slots, next: Next): Promise<Reply> {
    return next(validating(request)).then((reply) => this.#answered(request, slots, next, reply));
  }

  #answered(request: Request, slots: Slots, next: Next, reply: Reply): Reply {
    if (reply.plugin === 'kubernetes') return reply;
    if (reply.provisional === 'pending') this.#refreshes.awaitLate(request, slots, next);
    const { stored } = this.#admission.admit(request, slots, reply);
    if (stored === undefined || stored.entry.kind === 'failure') {
      return forClient(capped(reply, this.#options), request);
    }
    const { authoritative, options, error } = reply;
    const { entry, sections } = stored;
    const settled = freshReply(entry, request, this.#options, entry.storedAt, sections);
    return { ...settled, authoritative, options, error, plugin: reply.plugin };
  }
}
