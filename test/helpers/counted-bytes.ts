/** Bytes that count how much of them is read. */
export interface CountedBytes {
  readonly bytes: Buffer;
  /** Bytes read so far: one by one, or as the length of what was copied or turned into text. */
  readonly read: number;
}

const TEXT_OR_COPY: ReadonlyMap<PropertyKey, number> = new Map([
  ['subarray', 0],
  ['slice', 0],
  ['toString', 1],
  ['latin1Slice', 0],
  ['copy', 2],
]);

/**
 * The same bytes, read through a counter: what reading a message costs, in a number that no machine
 * changes. A method that is not known here counts as all of the bytes.
 */
export function countReads(bytes: Buffer): CountedBytes {
  let read = 0;
  const counted = new Proxy(bytes, {
    get(target, key) {
      if (key === 'length') return target.length;
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') {
        read++;
        return value;
      }
      const at = TEXT_OR_COPY.get(key);
      return (...given: unknown[]) => {
        const [start = 0, end = target.length] = at === undefined ? [] : given.slice(at);
        read += Number(end) - Number(start);
        return Reflect.apply(value, target, given) as unknown;
      };
    },
  });
  return {
    bytes: counted,
    get read() {
      return read;
    },
  };
}
