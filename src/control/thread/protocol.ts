import type { ObjectsAnswer, ObjectsQuestion } from '../../explain/objects-question.ts';
import { EVERYTHING, type LabelSelector, parseSelector } from '../../kube/selector.ts';
import type { HeldBack, Piece, SourceMeasure } from '../../sources/source.ts';
import type { SourceSettings } from '../../sources/source-settings.ts';
import type { ZoneChange } from '../../zone/live-zone.ts';
import type { ZoneOptions } from '../../zone/options.ts';
import type { HistoryQuestion } from '../history/change-recorder.ts';
import type { HistorySize } from '../history/history.ts';
import type { RecordChange } from '../history/record-change.ts';
import type { NamedChange, RememberedChange } from '../history/remembered-change.ts';
import type { BrowseQuestion } from '../listing/browse.ts';
import type { PageRequest, SentPage } from '../listing/pages.ts';
import type { Programmed } from '../publish/programmed.ts';
import type { Kept, StateFiles } from '../state/kept-files.ts';
import type { ControlSummary } from '../summary.ts';

/**
 * What the control thread is started with. Plain data: label selectors travel as text and are
 * parsed again on the other side.
 */
export interface ControlSettings {
  readonly source: SourceSettings;
  /** What standard input held, when that is among the manifests. */
  readonly input?: Uint8Array | undefined;
  /** What is not read as long as it is as it was then, as it hung or killed a thread. */
  readonly quarantined: readonly Piece[];
  readonly zone: ZoneSettings;
  /** A piece that hung the parser is left out until it changes. */
  readonly quarantine: boolean;
  /** Undefined when nothing is kept from one run to the next. */
  readonly state: StateFiles | undefined;
  /** Our own addresses, for NS records. */
  readonly serverAddresses: readonly string[];
}

/** What the thread itself is given. */
export interface ControlThreadData {
  readonly settings: ControlSettings;
  /** Of a `Progress`. */
  readonly progress: SharedArrayBuffer;
  /** The heap of this process is to stay small. */
  readonly isHeapSmall: boolean;
}

/** `ZoneOptions` with its selectors as text. */
export type ZoneSettings = Omit<ZoneOptions, 'namespaceLabels' | 'labels'> & {
  readonly namespaceLabels: string;
  readonly labels: string;
};

/** The options in a form that can be sent to a thread. */
export function zoneSettings(options: ZoneOptions): ZoneSettings {
  return {
    ...options,
    labels: options.labels.text,
    namespaceLabels: options.namespaceLabels.text,
  };
}

/** The options that were sent. */
export function zoneOptions(settings: ZoneSettings): ZoneOptions {
  return {
    ...settings,
    labels: selector(settings.labels),
    namespaceLabels: selector(settings.namespaceLabels),
  };
}

/** The text was a selector's own, so it parses. */
function selector(text: string): LabelSelector {
  const parsed = parseSelector(text);
  return parsed.kind === 'selector' ? parsed.selector : EVERYTHING;
}

/** What a change of manifests came to. */
export interface ManifestChange {
  /** The objects, in a line each. */
  readonly lines: readonly string[];
  /** The records that have come and gone, some of them. */
  readonly records: readonly RecordChange[];
  /** Records that are not among them, and names whose records were not looked at. */
  readonly left: { readonly records: number; readonly names: number };
}

/** What is told once changes have been sent, in one message: each costs more than to read it. */
export interface Revision {
  /** The changes that have been published whole. */
  readonly programmed: readonly Programmed[];
  /** How much is remembered of changes; undefined before the first can come. */
  readonly remembered: HistorySize | undefined;
}

/** From the resolver's thread to the control thread. */
export type ToControl =
  /** The last `change` has been taken: the next one may come. */
  | { readonly kind: 'ack' }
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  /** Let go of the programs that have been started: they would outlive the thread. */
  | { readonly kind: 'stop' }
  /** Asks for a part of a table of objects; the next is asked for when it has come. */
  | { readonly kind: 'page'; readonly id: number; readonly request: PageRequest }
  /** Asks for what the page shows of the objects. */
  | { readonly kind: 'browse'; readonly id: number; readonly question: BrowseQuestion }
  /** Asks why names have their answers. */
  | { readonly kind: 'explain'; readonly id: number; readonly question: ObjectsQuestion }
  /** Asks which records have changed. */
  | { readonly kind: 'history'; readonly id: number; readonly question: HistoryQuestion }
  /** Asks for all changes that are remembered, for the thread that takes this one's place. */
  | { readonly kind: 'remembered'; readonly id: number }
  /** What that thread has remembered, and what became of its names. */
  | { readonly kind: 'inherit'; readonly remembered: string; readonly change: RememberedChange };

/** From the control thread to the resolver's thread. */
export type FromControl =
  /** What there is at the start is much. */
  | { readonly kind: 'large' }
  /**
   * A part of what changed, small enough to take between two queries; the next follows after `ack`.
   * Without the acknowledgement Node would hand over all that wait at once, and no query would be
   * answered meanwhile.
   */
  | { readonly kind: 'change'; readonly change: ZoneChange; readonly serial: number }
  /** Everything that was found has been sent. */
  | { readonly kind: 'loaded'; readonly summary: ControlSummary; readonly held: HeldBack }
  /** What is published was true at this time, Unix seconds; undefined when it is again. */
  | { readonly kind: 'stale'; readonly asOf: number | undefined }
  | { readonly kind: 'measured'; readonly measure: SourceMeasure }
  /** A change of manifests, or of a cluster, has been published. */
  | { readonly kind: 'changed'; readonly change: ManifestChange | NamedChange }
  /** The objects, and what was published of them, are others than before: all has been sent. */
  | ({ readonly kind: 'revised' } & Revision)
  /** The answer to a `page`. */
  | ({ readonly kind: 'page'; readonly id: number } & SentPage)
  /** The answer to a `browse`, as JSON; '' when there is no such object. */
  | { readonly kind: 'browsed'; readonly id: number; readonly text: string }
  /** The answer to an `explain`. */
  | { readonly kind: 'explained'; readonly id: number; readonly answer: ObjectsAnswer }
  /** The answer to a `history`, as JSON. */
  | { readonly kind: 'history'; readonly id: number; readonly text: string }
  /** The answer to a `remembered`, as JSON: as text it is passed on as it is. */
  | { readonly kind: 'memory'; readonly id: number; readonly text: string }
  | {
      readonly kind: 'log';
      readonly level: 'error' | 'warn' | 'info' | 'debug';
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    }
  /** The answer to `stop`: there is no program any more, and none will be started. */
  | { readonly kind: 'stopped' }
  /** What is to be kept for the next run could not be written. */
  | { readonly kind: 'unsaved'; readonly what: Kept }
  /**
   * Sent before files are read, with all of them, and with none when no file is being read any
   * more. Which of them it is stands in `Progress`: a message for each took 3 % of a change.
   */
  | { readonly kind: 'reading'; readonly pieces: readonly Piece[] };
