import type { Message } from '../../../dns/message.ts';
import type { WireName } from '../../../dns/record.ts';
import type { DatagramEvents } from '../../datagram.ts';
import type { DatagramHold } from '../transport/datagram-socket.ts';
import type { SentQuery } from './sent-query.ts';

/** A verified reply. */
export interface TryReply {
  readonly message: Message;
  /** The question's name as it went out, which the reply's names are spelled like. */
  readonly sentName: WireName;
  /** It came over a connection, where it cannot be forged. */
  readonly isStream: boolean;
  /** It is truncated, and could not be had whole. */
  readonly isCut: boolean;
}

/** Why a try ended without a reply: the network, a useless reply, or no free socket here. */
export type TryFailure =
  | { readonly kind: 'network'; readonly error: Error }
  | { readonly kind: 'useless' | 'busy' };

/** One of the first two is called, once, unless the try is cancelled; `silent` at most once. */
export interface TryEvents<Try> {
  answered(from: Try, reply: TryReply): void;
  failed(from: Try, failure: TryFailure): void;
  /** No reply for so long that another try is due. This one goes on listening. */
  silent(from: Try): void;
}

/** A query that was sent over UDP before, for the same question to the same upstream. */
export interface BegunTry {
  readonly sent: SentQuery;
  readonly sentAt: number;
  /** When another upstream is worth asking. */
  readonly hedgeAt: number;
  /** From now on `heir` hears what comes. The hold is undefined when the socket has failed. */
  handTo(heir: DatagramEvents): DatagramHold | undefined;
}
