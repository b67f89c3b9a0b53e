import { Flag } from '../../dns/header.ts';
import type { PlainReply } from '../../dns/plain-reply.ts';
import type { Query } from '../../dns/query.ts';
import { isInAny } from '../../dns/zones.ts';
import type { StoredReply } from '../cluster-answers.ts';
import type { PluginContext } from '../plugin.ts';
import type { ReplyKeeper } from '../relaying.ts';
import { type Entry, entryOf } from './entry.ts';
import { limitsOf } from './lifetime.ts';
import type { CacheMetrics } from './metrics.ts';
import type { CacheOptions } from './options.ts';
import { Slots } from './slots.ts';
import type { CacheStore } from './store.ts';
import { StoredEntry, slotQuestionOf } from './stored-entry.ts';

export interface RelayedRepliesContext
  extends Pick<PluginContext, 'clock' | 'isDivided' | 'isOwnName'>,
    Pick<CacheMetrics, 'requests' | 'misses'> {
  readonly store: CacheStore;
  readonly isCacheable: (query: Query) => boolean;
}

/** Keeps plain replies as `Admission` does, without reading their records. */
export class RelayedReplies implements ReplyKeeper {
  readonly #options: CacheOptions;
  readonly #context: RelayedRepliesContext;
  #slots: Slots | undefined;
  #entry: Entry | undefined;

  constructor(options: CacheOptions, context: RelayedRepliesContext) {
    this.#options = options;
    this.#context = context;
  }

  takes(query: Query): boolean {
    const { success, denial } = this.#options;
    const { store, isCacheable } = this.#context;
    const { key } = query;
    if (!query.recursionDesired || !isCacheable(query)) return false;
    if (isInAny(key, success.except) || isInAny(key, denial.except)) return false;
    return !store.mayHave(key) || isNew(new Slots(slotQuestionOf(query)), store);
  }

  keeping(query: Query, reply: PlainReply): StoredReply | undefined {
    const { ttl, rcode, flags, answers, authorities, isDenial } = reply;
    if (ttl === 0) return undefined;
    const { clock, isDivided, isOwnName } = this.#context;
    const slots = new Slots(slotQuestionOf(query));
    const authenticData = (flags & Flag.AD) !== 0;
    const content = {
      kind: isDenial ? 'denial' : 'positive',
      // Behind an alias, it is the alias's target that does not exist.
      everyType: rcode !== 0 && answers === 0 && !isDivided(query.key),
      reply: { rcode, recursionAvailable: true, authenticData, error: undefined },
      ttl,
      storedAt: clock.now(),
    } as const;
    const records = { wire: reply.wire(true), answers, authorities, additionals: 0 };
    this.#slots = slots;
    this.#entry = entryOf(slots, content, records);
    return new StoredEntry(this.#entry, query, this.#options, content.storedAt, isOwnName);
  }

  keep(): void {
    const { store, requests, misses } = this.#context;
    const entry = this.#entry!;
    requests.add(1);
    misses.add(1);
    const { entries } = limitsOf(entry.kind, this.#options);
    store.put(this.#slots!, entry, entries, this.#options.stale?.preferPositive === true);
  }
}

/** Whether nothing is stored for the question, fresh or not. */
function isNew(slots: Slots, store: CacheStore): boolean {
  const { denials, failure } = store.findNegative(slots);
  return denials.length === 0 && failure === undefined && store.findPositive(slots) === undefined;
}
