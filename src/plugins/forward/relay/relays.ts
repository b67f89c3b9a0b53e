import { Class, Type } from '../../../dns/codes.ts';
import { Flag } from '../../../dns/header.ts';
import { PlainReply } from '../../../dns/plain-reply.ts';
import type { Query } from '../../../dns/query.ts';
import type { Timer } from '../../../support/clock.ts';
import type { RelayedQuestion } from '../../relaying.ts';
import type { Selection } from '../exchange/candidates.ts';
import { domainOf, type ForwardLimits, type RetryBudget } from '../exchange/limits.ts';
import type { ForwardOptions } from '../options/options.ts';
import { isForwardable, queryKey } from '../upstream/query.ts';
import type { Upstream, UpstreamContext } from '../upstream/upstream.ts';
import type { UpstreamSet } from '../upstream/upstream-set.ts';
import { encodeRelayed } from './relayed-query.ts';
import { RelayedTry, type RelayedTryOwner } from './relayed-try.ts';

/** What relays share with the exchanges of their `forward` line. */
export interface RelaysContext extends Pick<UpstreamContext, 'clock' | 'random'> {
  readonly options: ForwardOptions;
  readonly upstreams: Pick<UpstreamSet, 'current'>;
  readonly selection: Selection;
  readonly limits: ForwardLimits;
  readonly retries: RetryBudget;
  /** How long a client waits; ms. */
  readonly clientMs: number;
  /** Whether there is an exchange with this identity. */
  readonly isAsked: (identity: string) => boolean;
  readonly inFlight: { add(amount: number): void };
}

const plain = new PlainReply();

const NEVER = Number.POSITIVE_INFINITY;

/**
 * A try's place in the map of those under way, empty once it has ended. Each time V8 makes a new
 * table for a map that has grown old, it keeps what stood in the one before until it collects the
 * whole heap: of most tries that would be the question, its bytes and all that it waits for.
 */
interface Place {
  one: RelayedTry | undefined;
}

/** The relayed questions of one `forward` line. */
export class Relays implements RelayedTryOwner {
  readonly #context: RelaysContext;
  /** By identity. */
  readonly #tries = new Map<string, Place>();
  #timer: Timer | undefined;
  #timerAt = NEVER;
  #isStopped = false;
  /** The one whose question is being handed to the plugins. */
  #passing: RelayedTry | undefined;

  constructor(context: RelaysContext) {
    this.#context = context;
  }

  /** Asks an upstream about a name that the line takes, as `Relaying` has it. */
  relay(question: RelayedQuestion): boolean {
    const { clock, random, limits, upstreams, options, isAsked } = this.#context;
    const { query, client, cameAt } = question;
    if (!isPlain(query)) return false;
    const all = upstreams.current();
    if (all.length === 0 || !all.every(isWell)) return false;
    const sentAt = clock.now();
    const clientAt = cameAt + this.#context.clientMs;
    if (sentAt >= clientAt) return false;
    const identity = identityOf(query);
    const domain = domainOf(query.key, options.from);
    // Who asks the same waits for the same exchange.
    if (this.join(identity) || isAsked(identity) || !limits.mayStart(client, domain)) return false;
    const ordered = this.#context.selection.order(all);
    const { capabilities, health, options: asked } = ordered[0]!;
    const how = { mixCase: capabilities.keepsCase, edns: capabilities.takesEdns };
    const bytes = encodeRelayed(query, random, how);
    const hedgeAt = ordered.length > 1 ? sentAt + health.hedgeMs : NEVER;
    const dueAt = Math.min(hedgeAt, sentAt + asked.silenceMs, clientAt);
    const asking = { question, identity, upstreams: ordered, bytes, how, sentAt, hedgeAt, dueAt };
    const relayed = new RelayedTry(asking, this);
    if (!relayed.send()) return false;
    this.#tries.set(identity, { one: relayed });
    this.#context.inFlight.add(1);
    relayed.leave = limits.startAlone(client, domain);
    if (relayed.dueAt < this.#timerAt) this.#wakeAt(relayed.dueAt, sentAt);
    return true;
  }

  /** Has the question under way with this identity pass the plugins, so that others can join it. */
  join(identity: string): boolean {
    const known = this.#tries.get(identity)?.one;
    if (known !== undefined) this.pass(known);
    return known !== undefined;
  }

  /** The try of the question that is being passed, for an exchange that goes on with it. */
  takePassing(identity: string): RelayedTry | undefined {
    const passing = this.#passing;
    if (passing?.options.identity !== identity) return undefined;
    this.#passing = undefined;
    return passing;
  }

  answer(one: RelayedTry, reply: Buffer): boolean {
    const { clock, retries, options } = this.#context;
    const { question, sentAt } = one.options;
    const { questionEnd, type } = question.query;
    if (!one.isAnsweredBy(reply) || !plain.read(reply, questionEnd, type)) return false;
    const { rcode } = plain;
    if (options.failover.has(rcode) || !question.answer(plain, one.upstream.label)) return false;
    this.#end(one);
    const ms = clock.now() - sentAt;
    retries.earn();
    one.answered();
    one.upstream.health.replied(ms);
    one.upstream.metrics.replied(rcode, ms);
    return true;
  }

  pass(one: RelayedTry): void {
    this.#end(one);
    this.#passing = one;
    one.options.question.pass();
    this.#passing = undefined;
    one.close();
  }

  /** Ends what only questions to come need. */
  stop(): void {
    this.#isStopped = true;
    if (this.#tries.size === 0) this.#wakeAt(NEVER, 0);
  }

  #end(one: RelayedTry): void {
    one.leave();
    const { identity } = one.options;
    const place = this.#tries.get(identity);
    if (place !== undefined) place.one = undefined;
    this.#tries.delete(identity);
    this.#context.inFlight.add(-1);
    if (this.#isStopped && this.#tries.size === 0) this.#wakeAt(NEVER, 0);
  }

  /** One timer for all: to begin and end one for each costs as much as to send its query. */
  #wakeAt(at: number, now: number): void {
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = at === NEVER ? undefined : this.#context.clock.setTimeout(this.#due, at - now);
  }

  readonly #due = (): void => {
    const now = this.#context.clock.now();
    let next = NEVER;
    for (const { one } of this.#tries.values()) {
      if (one === undefined) continue; // none in the map is: its type alone says so
      if (one.dueAt <= now) this.pass(one);
      else next = Math.min(next, one.dueAt);
    }
    this.#wakeAt(this.#tries.size === 0 ? NEVER : next, now);
  };
}

/** Whether the line does no more with a plain reply than to pass it on. */
export function canRelay({ forceTcp, next, nextOnNodata }: ForwardOptions): boolean {
  return !forceTcp && next.size === 0 && !nextOnNodata;
}

/** Over UDP, of one type that is forwarded. */
function isPlain({ transport, type }: Query): boolean {
  return transport === 'udp' && type !== Type.ANY && isForwardable(type);
}

/** Nothing speaks against asking it over UDP. */
function isWell({ isEncrypted, health }: Upstream): boolean {
  return !isEncrypted && !health.isDown && !health.isSuspect;
}

function identityOf({ key, type, flags, recursionDesired, edns, dnssecOk }: Query): string {
  const checkingDisabled = (flags & Flag.CD) !== 0;
  const bits = { recursionDesired, checkingDisabled, dnssecOk: edns && dnssecOk };
  return queryKey({ key, type, qclass: Class.IN, options: NO_OPTIONS, ...bits });
}

const NO_OPTIONS = [] as const;
