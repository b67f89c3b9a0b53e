import { readUint16 } from '../../../dns/header.ts';
import type { DatagramEvents } from '../../datagram.ts';
import type { RelayedQuestion } from '../../relaying.ts';
import type { DatagramHold } from '../transport/datagram-socket.ts';
import { type EncodeOptions, repeatsQuestion, type SentQuery } from '../upstream/sent-query.ts';
import type { BegunTry } from '../upstream/try-events.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { sentQueryOf } from './relayed-query.ts';

/** Who has a try under way. */
export interface RelayedTryOwner {
  /** Has it answered by this reply; false when that is not plain. */
  answer(one: RelayedTry, reply: Buffer): boolean;
  /** Has its question pass the plugins; whoever goes on with the try is its heir. */
  pass(one: RelayedTry): void;
}

/** What a try is about. */
export interface RelayedTryOptions {
  readonly question: RelayedQuestion;
  /** Equal for questions that share an answer. */
  readonly identity: string;
  /** Those that may be asked, in the order to try them; the first is. */
  readonly upstreams: readonly Upstream[];
  readonly bytes: Buffer;
  readonly how: EncodeOptions;
  readonly sentAt: number;
  /** When another upstream is worth asking; never without another. */
  readonly hedgeAt: number;
  /** When the plugins have something to do: ask another upstream, or tell the client so far. */
  readonly dueAt: number;
}

/**
 * The query for a relayed question, to one upstream. What is not its plain reply is heard by the
 * exchange that goes on with it.
 */
export class RelayedTry implements DatagramEvents, BegunTry {
  readonly options: RelayedTryOptions;
  readonly #owner: RelayedTryOwner;
  #hold: DatagramHold | undefined;
  #heir: DatagramEvents | undefined;
  /** Something has come that is not its plain reply, and waits for its turn. */
  #isHeard = false;
  /** Gives back what it counts for in the limits. */
  leave: () => void = () => {};

  constructor(options: RelayedTryOptions, owner: RelayedTryOwner) {
    this.options = options;
    this.#owner = owner;
  }

  get upstream(): Upstream {
    return this.options.upstreams[0]!;
  }

  /** Sends it; false when there is no socket for it. */
  send(): boolean {
    this.#hold = this.upstream.askDatagram(this.options.bytes, this);
    return this.#hold !== undefined;
  }

  /** RFC 5452 section 9.1: ID and question must match, letters too if they were sent at random. */
  isAnsweredBy(reply: Buffer): boolean {
    const { bytes, question } = this.options;
    const { questionEnd } = question.query;
    return (
      reply.length >= questionEnd &&
      readUint16(reply, 0) === readUint16(bytes, 0) &&
      repeatsQuestion(reply, bytes, questionEnd)
    );
  }

  /** Its reply has come: the socket may send other queries. */
  answered(): void {
    this.#hold?.answered();
  }

  /** Nobody goes on with it. */
  close(): void {
    if (this.#heir === undefined) this.#hold?.close();
  }

  get sentAt(): number {
    return this.options.sentAt;
  }

  get hedgeAt(): number {
    return this.options.hedgeAt;
  }

  get dueAt(): number {
    return this.options.dueAt;
  }

  get sent(): SentQuery {
    const { bytes, question, how } = this.options;
    return sentQueryOf(bytes, question.query.questionEnd, how);
  }

  handTo(heir: DatagramEvents): DatagramHold | undefined {
    this.#heir = heir;
    return this.#hold;
  }

  /**
   * Only what comes first: what comes behind a guess waits behind it, so that guesses are counted
   * before one of them could be right.
   */
  takes(bytes: Buffer): boolean {
    if (this.#isHeard || this.#heir !== undefined) return false;
    this.#isHeard = true;
    return this.#owner.answer(this, bytes);
  }

  received(bytes: Buffer): void {
    this.#hear((events) => events.received(bytes));
  }

  strayed(): void {
    this.#hear((events) => events.strayed());
  }

  failed(error: Error): void {
    this.#hear((events) => events.failed(error));
  }

  #hear(hear: (events: DatagramEvents) => void): void {
    if (this.#heir === undefined) this.#owner.pass(this);
    if (this.#heir !== undefined) hear(this.#heir);
  }
}
