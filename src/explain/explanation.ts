import type { ClientPod, ObjectPlace } from './objects-question.ts';
import type { Reason } from './reason.ts';

/** What an explanation has: the one form in which it is printed, sent, and shown. Plain data. */
export interface Explanation {
  readonly question: {
    /** As it was written. */
    readonly name: string;
    readonly type: string;
  };
  readonly client: ExplainedClient;
  readonly search: {
    readonly ndots: number;
    /** Empty for a name with a final dot: it is asked for as it stands. */
    readonly domains: readonly string[];
  };
  /** The names that the client's resolver asks for, up to the one with an answer. */
  readonly steps: readonly ExplainedStep[];
  /** Which of `steps` has the answer, from 0; null when none has. */
  readonly answeredBy: number | null;
  /** Which of `steps` says the most of the reason, from 0. */
  readonly toldBy: number;
  /** What the client gets in the end: `NOERROR`, `NODATA`, `NXDOMAIN`…; null: not asked. */
  readonly rcode: string | null;
  /** The reason in one line. */
  readonly reason: Reason;
  readonly waste: Waste;
}

/** Who asks. */
export interface ExplainedClient {
  /** Undefined when the address belongs to no Pod. */
  readonly namespace?: string | undefined;
  readonly address?: string | undefined;
  readonly pod?: ClientPod | undefined;
}

/** Questions of the search list that brought nothing. */
export interface Waste {
  /** For one type; a resolver that wants both families asks twice as many. */
  readonly questions: number;
  /** What avoids them; '' when there is nothing to avoid. */
  readonly advice: string;
}

/** A name that was asked for, and why it has its answer. */
export interface ExplainedStep {
  /** With the final dot. */
  readonly name: string;
  readonly type: string;
  /** What the search list added; null for the name as it stands. */
  readonly searchDomain: string | null;
  /** Null: not asked, as other servers would have been. */
  readonly rcode: string | null;
  /** The server block that took the question; null when none has the name. */
  readonly block: ExplainedBlock | null;
  /** The plugin that answered; null when none did. */
  readonly answeredBy: string | null;
  /** What each plugin did, first to last. */
  readonly plugins: readonly ExplainedPlugin[];
  readonly records: readonly ExplainedRecord[];
  /** Records of the answer that are not among `records`. */
  readonly moreRecords: number;
  readonly ttl: ExplainedTtl | null;
  readonly reason: Reason;
}

interface ExplainedBlock {
  readonly zones: readonly string[];
  readonly view: string;
  /** `Corefile:7:1`; null when it is written nowhere. */
  readonly origin: string | null;
}

export interface ExplainedPlugin {
  readonly plugin: string;
  readonly origin: string | null;
  readonly did: PluginDeed;
  /** The same in words. */
  readonly text: string;
}

/**
 * `passed`: it handed the question on and the reply back; `rewrote`: it asked for something else;
 * `changed`: it changed the reply; `answered`: it made the reply; `kept`: it had the reply in
 * memory; `refused`: it let the question go no further.
 */
type PluginDeed = 'passed' | 'rewrote' | 'changed' | 'answered' | 'kept' | 'refused';

/** A record of the answer, and where it comes from. */
export interface ExplainedRecord {
  /** With the final dot. */
  readonly name: string;
  readonly ttl: number;
  readonly type: string;
  readonly data: string;
  /** The object that the name is made of; null for what svcdns makes itself, or others say. */
  readonly object: string | null;
  /** Where it is written: `web.yaml:3:1`, or with its resourceVersion. */
  readonly origin: string | null;
  /** What wrote down the data: `manifest`, `API server`, a controller, `svcdns`, an upstream. */
  readonly by: string;
  /** The objects that the data comes from, where those are others. */
  readonly from: readonly ObjectPlace[];
}

export interface ExplainedTtl {
  readonly seconds: number;
  readonly text: string;
}
