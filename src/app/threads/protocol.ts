import type { BlockSettings } from '../../config/settings.ts';
import type { ZoneSettings } from '../../control/thread/protocol.ts';
import type { SocketAddress } from '../../dns/query.ts';
import type { ObjectsAnswer, ObjectsQuestion } from '../../explain/objects-question.ts';
import type { Problem } from '../../kube/problem.ts';
import type { LogFormat } from '../../observe/log.ts';
import type { ThreadSeries } from '../../observe/thread-series.ts';
import type { KubernetesBlock } from '../../plugins/kubernetes/directive.ts';
import type { SharedPlace } from '../../server/listen/thread-sockets.ts';
import type { ZoneChange, ZoneState } from '../../zone/live-zone.ts';
import type { SeenReply } from './reply-relay.ts';

/** What a resolver thread beside the first is started with. Plain data. */
export interface ResolverThreadData {
  /** From 1: the first thread, the main one, is 0. */
  readonly thread: number;
  /** Of a `Progress`. */
  readonly progress: SharedArrayBuffer;
  readonly cookieSeed: Uint8Array;
  readonly logLevel: string;
  readonly logFormat: LogFormat;
  /** Somebody wants to know who asks what. */
  readonly isWatched: boolean;
}

/** A configuration, as far as it is needed to answer. Plain data: selectors are text. */
export interface ThreadConfiguration {
  readonly blocks: readonly ThreadBlock[];
  readonly folder: string;
  readonly udpReplyBytes: number;
  /** Places for sockets towards other servers that this thread has. */
  readonly outgoing: number;
  /** What the server listens on while this is prepared; `commit` says what then. */
  readonly addresses: readonly SocketAddress[];
}

/** Where a thread is to have sockets, and what the server listens on. */
export interface ThreadAddresses {
  readonly places: readonly SharedPlace[];
  readonly addresses: readonly SocketAddress[];
}

interface ThreadBlock extends Omit<BlockSettings, 'kubernetes'> {
  readonly kubernetes: ThreadNames | undefined;
}

/** What a `kubernetes` directive answers from: which of the sets of names, by number. */
export interface ThreadNames extends Pick<KubernetesBlock, 'fallthrough' | 'extraFallthrough'> {
  readonly zone: ZoneSettings;
  readonly set: number;
  /** What the names are from, for people. */
  readonly objects: string;
}

/** From the main thread to a resolver thread. */
export type ToResolver =
  /** Build and start it beside what answers; `prepared` is the answer. */
  | { readonly kind: 'prepare'; readonly id: number; readonly configuration: ThreadConfiguration }
  /** What was prepared answers from now on, at these places. */
  | ({ readonly kind: 'commit' } & ThreadAddresses)
  /** What was prepared is not wanted. */
  | { readonly kind: 'abort' }
  /** The addresses of the machine have changed. */
  | ({ readonly kind: 'places' } & ThreadAddresses)
  /** A change of a set of names; the answer is `taken`, and so to `zone`. */
  | {
      readonly kind: 'names';
      readonly set: number;
      readonly change: ZoneChange;
      readonly serial: number;
    }
  | { readonly kind: 'zone'; readonly set: number; readonly state: ZoneState }
  /** The answer to `explain`. */
  | {
      readonly kind: 'explained';
      readonly id: number;
      readonly answer: ObjectsAnswer | undefined;
    }
  /** So many characters of `lines` have been written. */
  | { readonly kind: 'written'; readonly characters: number }
  /** Answer what is due, and let go of everything; the answer is `stopped`. */
  | { readonly kind: 'stop'; readonly graceMs: number };

/** From a resolver thread to the main thread. */
export type FromResolver =
  /** With an error among the problems, what was there before goes on. */
  | { readonly kind: 'prepared'; readonly id: number; readonly problems: readonly Problem[] }
  | { readonly kind: 'taken'; readonly set: number }
  /** Series that it counts in from now on. */
  | { readonly kind: 'series'; readonly series: readonly ThreadSeries[] }
  | {
      readonly kind: 'explain';
      readonly id: number;
      readonly set: number;
      readonly question: ObjectsQuestion;
    }
  /** Some of its replies. */
  | { readonly kind: 'seen'; readonly replies: readonly SeenReply[] }
  /** Whole lines of the log. */
  | { readonly kind: 'lines'; readonly text: string }
  | { readonly kind: 'stopped' };
