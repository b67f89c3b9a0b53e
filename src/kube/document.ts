import type { KubeObject, Origin } from './objects.ts';
import type { Problem } from './problem.ts';

/** Steps from the document's root to a value: `['spec', 'ports', 1, 'port']`. */
export type Path = readonly (string | number)[];

/** One YAML or JSON document: its value, and where in the text each part of it stands. */
export interface Document {
  /** Plain data: strings, numbers, booleans, null, arrays, and null-prototype or plain objects. */
  readonly value: unknown;
  /** Where the document begins. */
  readonly origin: Origin;
  /** The place of a value, or of its nearest ancestor that is written down. */
  locate(path: Path): Origin;
  /**
   * The place of the key of a mapping's member; where `locate` leads when it is not written down.
   */
  locateKey(path: Path): Origin;
  /**
   * The items of a List, in place of `value.items`. Each is read only when that is asked for, so
   * that a dump of a whole cluster is never in memory as one value.
   */
  readonly items?: Iterable<ListItem>;
  /** The text that says all of it; undefined where it shares one with others. */
  readonly source?: PlacedText;
  /** The namespace of objects that name none; `default` when it is not said. */
  readonly namespace?: string;
  /** What the reader of the text warns about although it could read it. */
  readonly warnings?: readonly Problem[];
}

/** An object as it is written, of whatever kind. */
export interface WrittenObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** The namespace of what names none. */
  readonly defaultNamespace: string;
  /** The place of a value in it, or of its nearest ancestor that is written down. */
  locate(path: Path): Origin;
}

/** A text that says all of something but where it is. */
export interface PlacedText {
  readonly text: string;
  /** Where in the text it begins that is no comment. */
  readonly origin: Origin;
}

/** An item of a List that is read by itself. */
export interface ListItem extends PlacedText {
  /** The item as a document: paths begin at the item. */
  read(): Document;
  /**
   * Its object, where that is told from the text alone, and where nothing is to be said about it.
   */
  quickObject(): KubeObject | undefined;
}
