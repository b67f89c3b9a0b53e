import type { PlainReply } from '../dns/plain-reply.ts';
import type { Query } from '../dns/query.ts';
import type { StoredReply } from './cluster-answers.ts';

/**
 * A client's question that may be relayed: its bytes go to an upstream, and those of the reply to
 * the client, without a message object between. That is for questions in which no plugin but
 * `forward` and one that keeps replies has a say, and for plain replies; whatever else comes passes
 * the plugins, which alone say what becomes of it.
 */
export interface RelayedQuestion {
  /** Of class IN. */
  readonly query: Query;
  /** Who counts as one client with its sender: `clientPrefix`. */
  readonly client: string;
  /** When it came, `Clock.now()`, less the time in which this process slept; ms. */
  readonly cameAt: number;
  /**
   * Sends and keeps the reply of this upstream. False when it takes the plugins to do so: nothing
   * has happened.
   */
  answer(reply: PlainReply, upstream: string): boolean;
  /** Has the plugins answer it. `forward` goes on with the query that it has sent. */
  pass(): void;
}

/** How `forward` takes questions in bytes. */
export interface Relaying {
  /**
   * Asks an upstream. False when it takes the plugins to do so: nothing has happened. Else one of
   * the question's functions is called, later.
   */
  relay(question: RelayedQuestion): boolean;
}

/** A plugin above `forward` that keeps what is relayed; without one, `forward`, which does not. */
export interface ReplyKeeper {
  /** Whether it has nothing for the question, and keeps any plain reply to it as it is. */
  takes(query: Query): boolean;
  /**
   * What the client gets of the reply to a question that it `takes`, and what `keep` keeps; stands
   * for another one at the next call. Undefined for a reply that it does not keep.
   */
  keeping(query: Query, reply: PlainReply): StoredReply | undefined;
  /** Keeps it, and counts a question that it had no reply for. */
  keep(): void;
}
