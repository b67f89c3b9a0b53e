import { Flag } from '../../dns/header.ts';
import type { Query } from '../../dns/query.ts';
import type { StoredReply } from '../cluster-answers.ts';
import type { PluginContext } from '../plugin.ts';
import type { Entry } from './entry.ts';
import { ageOf, clamped, limitsOf } from './lifetime.ts';
import type { CacheOptions, StoreOptions } from './options.ts';
import type { SlotQuestion } from './slots.ts';

/** A fresh entry as the short cut sends it: what `freshReply` makes, without records. */
export class StoredEntry implements StoredReply {
  readonly plugin = 'cache';
  readonly entry: Entry;
  readonly flags: number;
  readonly ageMs: number;
  readonly isOwnName: PluginContext['isOwnName'];
  readonly #limits: StoreOptions;
  readonly #age: number;

  constructor(
    entry: Entry,
    query: Query,
    options: CacheOptions,
    now: number,
    isOwnName: PluginContext['isOwnName'],
  ) {
    this.entry = entry;
    this.isOwnName = isOwnName;
    this.ageMs = now - entry.storedAt;
    this.#limits = limitsOf(entry.kind, options);
    this.#age = ageOf(entry, options, now);
    const isAuthentic = entry.authenticData && query.takesAuthenticData;
    this.flags = (entry.recursionAvailable ? Flag.RA : 0) | (isAuthentic ? Flag.AD : 0);
  }

  get wire(): string {
    return this.entry.wire;
  }

  get answers(): number {
    return this.entry.answers;
  }

  get authorities(): number {
    return this.entry.authorities;
  }

  get additionals(): number {
    return this.entry.additionals;
  }

  get rcode(): number {
    return this.entry.rcode;
  }

  ttlOf(ttl: number): number {
    return clamped(ttl, this.#limits) - this.#age;
  }
}

/** The question of a query, without a request; no options of ours have been added to it. */
export function slotQuestionOf(query: Query): SlotQuestion {
  const { key, type, qclass, flags, edns, dnssecOk } = query;
  return {
    key,
    type,
    qclass,
    checkingDisabled: (flags & Flag.CD) !== 0,
    edns: edns ? { dnssecOk, options: [] } : undefined,
  };
}
