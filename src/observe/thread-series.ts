import type { Labels, NewNumbers } from './series.ts';

/** A series of one thread, in memory that all threads see. It can be sent to another. */
export interface ThreadSeries {
  readonly name: string;
  readonly labels: Labels;
  readonly values: Float64Array;
}

/** Memory that is got at once: some 800 series, of which a server block in use has thirty. */
const PIECE_BYTES = 64 * 1024;

/** Makes room for numbers in memory that all threads see. */
export function sharedNumbers(): NewNumbers {
  let memory = new SharedArrayBuffer(0);
  let at = 0;
  return (count) => {
    const bytes = count * Float64Array.BYTES_PER_ELEMENT;
    if (at + bytes > memory.byteLength) {
      memory = new SharedArrayBuffer(PIECE_BYTES);
      at = 0;
    }
    at += bytes;
    return new Float64Array(memory, at - bytes, count);
  };
}
