import type { NameKey } from '../dns/name.ts';
import type { ResourceRecord } from '../dns/record.ts';
import type { LiveZone } from '../zone/live-zone.ts';
import type { PublishedNames } from '../zone/lookup.ts';

/** What a plugin says of an answer of its own that the answer does not show. */
export type ChainNote =
  /** This server gave it: `192.0.2.53:53`. */
  | { readonly kind: 'upstream'; readonly upstream: string }
  /** It was kept since an upstream gave it. */
  | { readonly kind: 'kept'; readonly ageMs: number; readonly isStale: boolean }
  /** These servers would have been asked. */
  | { readonly kind: 'not asked'; readonly upstreams: readonly string[] };

/** That a question is asked to be explained. */
export interface Explained {
  /** No other server is to be asked. */
  readonly isOffline: boolean;
  note(note: ChainNote): void;
}

export interface TracedName {
  readonly key: NameKey;
  readonly type: number;
}

/** One plugin that a question came to, and what it did. */
export interface TracedPlugin {
  readonly plugin: string;
  /** Its first line, `Corefile:12:5`; undefined for one that needs none. */
  readonly line: string | undefined;
  /** What it was asked. */
  readonly question: TracedName;
  /** What it asked the plugins below. */
  readonly asked: readonly TracedName[];
  /** Undefined when it says nothing at all. */
  readonly rcode: number | undefined;
  /** The reply is another one than it had from below. */
  readonly isChanged: boolean;
  /** Why, when the reply says so. */
  readonly text: string;
  readonly notes: readonly ChainNote[];
}

/** A question, the way that it took, and the reply. */
export interface TracedQuestion {
  readonly question: TracedName;
  /** Undefined when no server block has the name. */
  readonly block: TracedBlock | undefined;
  /** First to last. */
  readonly plugins: readonly TracedPlugin[];
  /** The question that was decided in the end: another one where a plugin asked for another. */
  readonly decided: TracedName;
  /** The names that the last plugin answers from; undefined when it has none. */
  readonly published: PublishedNames | undefined;
  /** Names of other plugins, which handed the question on. */
  readonly passed: readonly PublishedNames[];
  readonly rcode: number;
  readonly isSilent: boolean;
  /** The plugin that made the reply, '' for none. */
  readonly plugin: string;
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  /** What the reply says of its reason; '' for nothing. */
  readonly text: string;
}

interface TracedBlock {
  /** As text, without the final dot; '' is the root. */
  readonly zones: readonly string[];
  /** '' for none. */
  readonly view: string;
  /** `Corefile:1:1` */
  readonly line: string | undefined;
  /** The names of its `kubernetes`. */
  readonly live: LiveZone | undefined;
  /** The servers that its questions may be sent to. */
  readonly upstreams: readonly string[];
}
