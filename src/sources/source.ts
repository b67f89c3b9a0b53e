import type { WrittenObject } from '../kube/document.ts';
import type { KubeObject } from '../kube/objects.ts';
import type { Problem } from '../kube/problem.ts';
import type { ObjectChange } from '../registry/registry.ts';

/**
 * Where objects come from: a folder of manifests, or an API server. Objects are valid, with the API
 * server's defaults filled in, and each says where it comes from (`Origin`).
 *
 * It runs in the control thread and may block there, as long as it counts steps.
 */
export interface Source {
  /**
   * Delivers everything there is, and goes on delivering what changes. Resolves when everything has
   * been looked at once; what could not be had is among the problems of `report`. Never rejects.
   */
  start(): Promise<void>;
  /** Delivers nothing any more, and lets go of every timer, watch and connection. */
  stop(): Promise<void>;
  /** What has been found so far. */
  report(): SourceReport;
  /** Why an object is delivered that is no longer there; undefined when it is there. */
  heldBack?(object: KubeObject): HoldReason | undefined;
}

/** One step from what was delivered to what there is now; to be taken as a whole. */
export interface SourceChange extends ObjectChange {
  /** Whether everything has been delivered once. Until then objects may be missing. */
  readonly isSynced: boolean;
  /**
   * When the oldest part of it came about, as `Clock.now()` counts; undefined when it is no news
   * but was held back.
   */
  readonly changedAt: number | undefined;
}

/** What a source reports as it goes. */
export interface SourceEvents {
  /** Called once at the start, even when there is nothing to deliver; then for every change. */
  readonly onChange: (change: SourceChange) => void;
  /** News for the log, each said once. */
  readonly onWarning?: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  /**
   * What is delivered may be out of date: it was true at this time, Unix seconds. Undefined when it
   * is followed again.
   */
  readonly onStale?: (asOf: number | undefined) => void;
  readonly onMeasure?: (measure: SourceMeasure) => void;
  /** Called between pieces of work, of which each takes a second at most. */
  readonly step?: () => void;
  /**
   * Called with the pieces that are read next, so that it is known which it was if one of them
   * never ends; and with none when nothing is being read any more.
   */
  readonly reading?: (pieces: readonly Piece[]) => void;
  /** Called before each of them is read, with its place among them. */
  readonly readingAt?: (at: number) => void;
  readonly observer?: ReadingObserver | undefined;
}

/** Sees what is read from files, besides what becomes of it. */
export interface ReadingObserver {
  /** The text of a file, before it is parsed. */
  readonly text?: (file: string, text: string) => void;
  /** An object of a file, as it is written. */
  readonly object?: (written: WrittenObject) => void;
}

/** What a source that talks to an API server has done, or how it stands. Plain data. */
export type SourceMeasure =
  | ({ readonly kind: 'request' } & RequestMeasure)
  | { readonly kind: 'followed'; readonly resources: readonly FollowedResource[] };

/** A request to an API server. */
export interface RequestMeasure {
  readonly host: string;
  /** HTTP status, or `<error>`, as client-go counts. */
  readonly code: string;
  /** To the head of the reply. */
  readonly seconds: number;
  /** Spent waiting for `apiserver_qps`. */
  readonly waitedSeconds: number;
}

/** A kind of objects of an API server, as it is followed now. */
export interface FollowedResource {
  readonly kind: string;
  readonly objects: number;
  /** Since the start. */
  readonly lists: number;
  readonly watches: number;
  /** Since the last event, of whatever type. */
  readonly eventAgeSeconds: number;
  /** Since the server was last known to be there: 0 while it is. */
  readonly outageSeconds: number;
}

/** What is read as one, such as a file, and which version of it. */
export interface Piece {
  /** As in `Origin.file`. */
  readonly name: string;
  /** Another one for any other content: a hash of it. */
  readonly version: string;
}

/** The code of the problem of a piece that is not read until it changes: reading it never ended. */
export const QUARANTINED = 'MANIFEST_QUARANTINED';

/** What a source has found, for the start-up table, `check` and the log. Plain data. */
export interface SourceReport {
  readonly files: number;
  /** Kinds that have no part in DNS, and how many objects there were of each. */
  readonly passedOver: readonly (readonly [kind: string, count: number])[];
  /** Documents that could not be read, or held an object that was refused. */
  readonly refusedDocuments: number;
  /** Everything that is wrong now with the objects, or with getting at them. */
  readonly problems: readonly Problem[];
  readonly held: HeldBack;
}

/**
 * `deleted`: its removal waits to be seen again; `broken`: its file cannot be used any more, and
 * the object is as it was last read.
 */
export type HoldReason = 'deleted' | 'broken';

/** What is still delivered although it is no longer there. */
export interface HeldBack {
  /** Services whose removal waits until it is seen again. */
  readonly services: number;
  /** Objects of files that have become broken. */
  readonly objects: number;
}
