import { Rcode } from '../../dns/codes.ts';
import { isInAny } from '../../dns/zones.ts';
import type { Counter } from '../../observe/metrics.ts';
import type { Clock } from '../../support/clock.ts';
import type { PluginContext, Reply, Request } from '../plugin.ts';
import { classify, type Finding } from './classify.ts';
import { type NewEntry, newEntry } from './entry.ts';
import { failuresAfter, lifetimeMs, limitsOf } from './lifetime.ts';
import type { CacheOptions } from './options.ts';
import type { Sections } from './packed-records.ts';
import type { Slots } from './slots.ts';
import type { CacheStore } from './store.ts';

/** What became of a reply. */
export interface Admitted {
  /** What is stored of it; undefined when nothing is. */
  readonly stored: NewEntry | undefined;
  /** It is an answer or a denial, whether it may be stored or not. */
  readonly isGood: boolean;
}

const NOT_STORED: Admitted = { stored: undefined, isGood: false };

/** Decides which replies are stored. */
export class Admission {
  readonly #options: CacheOptions;
  readonly #store: CacheStore;
  readonly #clock: Clock;
  readonly #isDivided: PluginContext['isDivided'];
  readonly #drops: Counter;

  constructor(
    options: CacheOptions,
    store: CacheStore,
    { clock, isDivided }: Pick<PluginContext, 'clock' | 'isDivided'>,
    drops: Counter,
  ) {
    this.#options = options;
    this.#store = store;
    this.#clock = clock;
    this.#isDivided = isDivided;
    this.#drops = drops;
  }

  /** Stores what may be stored. A good reply that may not be stored still removes what is older. */
  admit(request: Request, slots: Slots, reply: Reply): Admitted {
    // Without recursion, the reply depends on what the upstream happens to have.
    if (!request.recursionDesired) return NOT_STORED;
    if (reply.provisional !== undefined) return NOT_STORED;
    const keepPositive = this.#options.stale?.preferPositive === true;
    const found = this.#judge(request, reply);
    const stored = this.#entryOf(request, slots, reply, found);
    const isGood = isUsable(reply) && found.kind !== 'foreign';
    if (stored !== undefined) {
      const { entry } = stored;
      const { entries } = limitsOf(entry.kind, this.#options);
      this.#store.put(slots, entry, entries, keepPositive);
    } else if (isGood) {
      this.#store.forget(slots, keepPositive && reply.answer.length === 0);
    }
    return { stored, isGood };
  }

  #judge(request: Request, reply: Reply): Finding {
    // Nothing of the cluster's zones is ever stored, whatever the options. It comes here behind
    // aliases.
    if (reply.plugin === 'kubernetes') return { kind: 'useless' };
    const found = classify(request, reply, this.#clock.wallSeconds());
    if (found.kind === 'foreign') this.#drops.add(1);
    return found;
  }

  #entryOf(request: Request, slots: Slots, reply: Reply, found: Finding): NewEntry | undefined {
    if (found.kind === 'foreign' || found.kind === 'useless') return undefined;
    if (isInAny(request.key, limitsOf(found.kind, this.#options).except)) return undefined;
    if (found.kind === 'failure') return this.#failure(request, slots, reply);
    // RFC 1035 section 3.2.1: zero "should not be cached", whatever MINTTL says.
    if (found.ttl === 0) return undefined;
    return newEntry(request, slots, {
      kind: found.kind,
      everyType: found.kind === 'denial' && found.everyType && !this.#isDivided(request.key),
      reply,
      sections: found.sections,
      ttl: found.ttl,
      storedAt: this.#clock.now(),
    });
  }

  /** One that is still fresh stays: a failure that many clients waited for counts once. */
  #failure(request: Request, slots: Slots, reply: Reply): NewEntry | undefined {
    const { servfailMs } = this.#options;
    const storedAt = this.#clock.now();
    const before = this.#store.lastFailure(slots);
    const isFresh =
      before !== undefined && storedAt - before.storedAt < lifetimeMs(before, this.#options);
    if (servfailMs === 0 || isFresh) return undefined;
    const failures = failuresAfter(before, servfailMs, storedAt);
    const content = { kind: 'failure', everyType: false, ttl: 0, storedAt, failures } as const;
    return newEntry(request, slots, { ...content, reply, sections: NO_RECORDS });
  }
}

function isUsable({ rcode, truncated, isSilent }: Reply): boolean {
  return (rcode === Rcode.NOERROR || rcode === Rcode.NXDOMAIN) && !truncated && !isSilent;
}

const NO_RECORDS: Sections = { answer: [], authority: [], additional: [] };
