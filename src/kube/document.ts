import type { Origin } from './objects.ts';

/** Steps from the document's root to a value: `['spec', 'ports', 1, 'port']`. */
export type Path = readonly (string | number)[];

/** One YAML or JSON document as it was read, with a way back to its text. */
export interface Document {
  /** Plain data: strings, numbers, booleans, null, arrays, and null-prototype or plain objects. */
  readonly value: unknown;
  /** Where the document begins. */
  readonly origin: Origin;
  /** The place of a value, or of its nearest ancestor that is written down. */
  locate(path: Path): Origin;
}
