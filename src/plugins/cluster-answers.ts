import type { ExtendedErrorText } from '../dns/edns.ts';
import type { NameKey } from '../dns/name.ts';
import type { Query } from '../dns/query.ts';

/**
 * What a plugin above `kubernetes` does with the answers for names of the cluster, and one above
 * `forward` with plain replies of upstreams.
 */
export type ClusterAnswers =
  /** It may change them, or wants to see them: every question passes the plugins. */
  | 'changed'
  /** It leaves them as they are, or does what the short cut does too. */
  | 'kept'
  /** The same, and it looks at replies to names that are not read yet. */
  | 'failures seen'
  /** It begins a list of addresses at another one each time, as the short cut can. */
  | 'rotated'
  /** It has a say in some questions, or looks at the answers. */
  | ShortCutPart;

/**
 * What a plugin does for questions that take the short cut past the chain. A part without `passes`
 * lets all of them, one without `answered` does nothing more.
 */
export interface ShortCutPart {
  /**
   * The whole reply to a question that `kubernetes` hands on, or that there is no `kubernetes` for,
   * from memory; undefined when there is none, or the plugin has more to do for it. It stands for
   * another one at the next call.
   */
  stored?(query: Query): StoredReply | undefined;
  /** The client was sent what `stored` said last. */
  sent?(): void;
  /**
   * Whether the plugin would hand on this question of class IN as it is, and the reply to it,
   * whatever that is. When it would not, the question passes the plugins. Asked for every query, so
   * it must be cheap, and changes nothing: the question may pass the plugins all the same.
   */
  passes?(query: Query): boolean;
  /**
   * Told of the reply to a question that the short cut has answered, with all records that there
   * are, and which plugin's it is. Query and reply are used again afterwards.
   */
  answered?(query: Query, reply: Buffer, rcode: number, plugin: string): void;
  /**
   * Why a question has no answer, for a client that takes reasons (RFC 8914): asked about replies
   * that have none yet. It has to be cheap.
   */
  reasonFor?(query: Query, rcode: number): ExtendedErrorText | undefined;
  /** The same of a relayed reply, which this upstream has sent. */
  reasonOf?(upstream: string, rcode: number): ExtendedErrorText;
  /** The same of a reply from memory, which an upstream has sent so long ago; ms. */
  reasonOfKept?(rcode: number, ageMs: number): ExtendedErrorText;
}

/** A reply as it stands behind a question of this name, in any case. */
export interface StoredReply {
  /** The name of the plugin. */
  readonly plugin: string;
  /** The three sections, a latin1 string. */
  readonly wire: string;
  readonly answers: number;
  readonly authorities: number;
  readonly additionals: number;
  readonly rcode: number;
  /** Bits of the header: RA and AD, as this client gets them. */
  readonly flags: number;
  /** How long it has been kept; ms. */
  readonly ageMs: number;
  /** The TTL that a record has by now, of the one in its bytes; seconds. */
  ttlOf(ttl: number): number;
  /** Whether this server answers the name itself: then an alias to it is for the plugins. */
  isOwnName(key: NameKey): boolean;
}
