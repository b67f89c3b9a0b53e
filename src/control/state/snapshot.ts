import { createHash, webcrypto } from 'node:crypto';
import type { NameKey } from '../../dns/name.ts';
import { atOnce, type Pieces } from '../../support/pieces.ts';
import type { PackedName } from '../../zone/packed-name.ts';

/** Names with what they are, in any order. */
interface SavedNames extends Iterable<readonly [NameKey, PackedName]> {
  readonly size: number;
}

/** A set of published names as it was saved. */
export interface Snapshot {
  /** Which manifests and options they came from: `StateFiles.source`. */
  readonly source: string;
  /** Unix seconds. */
  readonly savedAt: number;
  /** Of the zone's SOA record. */
  readonly serial: number;
  readonly names: SavedNames;
}

/** A snapshot, or what is wrong with bytes that should be one. */
export type SnapshotReading = Snapshot | { readonly fault: string };

/**
 * ```text
 * {"svcdns":"snapshot","version":1,…,"names":2} newline
 * for each name: length of the key (2 bytes), key, length of the name (4 bytes), packed name
 * SHA-256 of all that stands before (32 bytes)
 * ```
 * When packed names come to look otherwise, this is to be another number.
 */
const VERSION = 1;
const HEAD_BYTES = 4096;
const SUM_BYTES = 32;
const KEY_LENGTH_BYTES = 2;
const NAME_LENGTH_BYTES = 4;

/** Names of a piece of work, and bytes of which a piece has the checksum. */
const PIECE_NAMES = 500;
const PIECE_BYTES = 256 * 1024;

/** The file of a snapshot, in one piece. */
export function encodeSnapshot(snapshot: Snapshot): Buffer {
  return atOnce(encodeInPieces(snapshot));
}

/** The same, piece by piece: `names` must stay as they are until it is done. */
export function* encodeInPieces({ source, savedAt, serial, names }: Snapshot): Pieces<Buffer> {
  const head = { svcdns: 'snapshot', version: VERSION, source, savedAt, serial, names: names.size };
  const start = Buffer.from(`${JSON.stringify(head)}\n`, 'latin1');
  let size = start.length + SUM_BYTES;
  let count = 0;
  for (const [key, name] of names) {
    size += KEY_LENGTH_BYTES + key.length + NAME_LENGTH_BYTES + name.length;
    if (++count % PIECE_NAMES === 0) yield;
  }
  const bytes = Buffer.allocUnsafe(size);
  let at = start.copy(bytes);
  for (const [key, name] of names) {
    at = bytes.writeUInt16BE(key.length, at);
    at += bytes.write(key, at, 'latin1');
    at = bytes.writeUInt32BE(name.length, at);
    at += bytes.write(name, at, 'latin1');
    if (++count % PIECE_NAMES === 0) yield;
  }
  const sum = createHash('sha256');
  for (let from = 0; from < at; from += PIECE_BYTES) {
    sum.update(bytes.subarray(from, Math.min(at, from + PIECE_BYTES)));
    yield;
  }
  sum.digest().copy(bytes, at);
  return bytes;
}

/** Names as they are now, whatever becomes of the map: a copy of lists is cheaper than of a map. */
export class NamesCopy implements SavedNames {
  readonly #keys: readonly NameKey[];
  readonly #names: readonly PackedName[];

  constructor(names: ReadonlyMap<NameKey, PackedName>) {
    this.#keys = [...names.keys()];
    this.#names = [...names.values()];
  }

  get size(): number {
    return this.#keys.length;
  }

  *[Symbol.iterator](): Generator<[NameKey, PackedName]> {
    for (const [at, key] of this.#keys.entries()) yield [key, this.#names[at]!];
  }
}

/**
 * Reads what `encodeSnapshot` made. Whatever else the bytes are, a file cut short, another
 * program's, one of another version, comes back as a fault: it is used whole or not at all.
 *
 * For the thread that answers: the checksum is computed beside it, and the names are taken out of
 * the bytes one by one.
 */
export async function decodeSnapshot(bytes: Buffer): Promise<SnapshotReading> {
  const newline = bytes.subarray(0, HEAD_BYTES).indexOf(10);
  const head = newline < 0 ? undefined : headOf(bytes.toString('latin1', 0, newline));
  if (head === undefined) return { fault: 'found another first line than that of a snapshot' };
  if (head.version !== VERSION) {
    return { fault: `found version ${head.version}, expected ${VERSION}` };
  }
  const end = bytes.length - SUM_BYTES;
  if (end <= newline || !(await hasSum(bytes.subarray(0, end), bytes.subarray(end)))) {
    return { fault: 'found a checksum of something else: it was cut off or changed' };
  }
  const names = new EncodedNames(bytes.subarray(newline + 1, end), head.names);
  if (!names.isWhole)
    return { fault: `found other names than the ${head.names} of its first line` };
  const { source, savedAt, serial } = head;
  return { source, savedAt, serial, names };
}

/** Names that are still bytes. */
class EncodedNames implements SavedNames {
  readonly size: number;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer, size: number) {
    this.#bytes = bytes;
    this.size = size;
  }

  /** Are there as many as there should be, with nothing behind? */
  get isWhole(): boolean {
    let count = 0;
    let at = 0;
    while (at < this.#bytes.length) {
      at = this.#end(this.#end(at, KEY_LENGTH_BYTES), NAME_LENGTH_BYTES);
      count++;
    }
    return at === this.#bytes.length && count === this.size;
  }

  *[Symbol.iterator](): Generator<[NameKey, PackedName]> {
    for (let at = 0; at < this.#bytes.length; ) {
      const middle = this.#end(at, KEY_LENGTH_BYTES);
      const end = this.#end(middle, NAME_LENGTH_BYTES);
      const key = this.#bytes.toString('latin1', at + KEY_LENGTH_BYTES, middle);
      const name = this.#bytes.toString('latin1', middle + NAME_LENGTH_BYTES, end);
      yield [key as NameKey, name as PackedName];
      at = end;
    }
  }

  /** Where the text ends whose length stands at `at`; infinite when not even the length does. */
  #end(at: number, lengthBytes: number): number {
    const text = at + lengthBytes;
    if (text > this.#bytes.length) return Number.POSITIVE_INFINITY;
    return text + this.#bytes.readUIntBE(at, lengthBytes);
  }
}

interface Head {
  readonly version: number;
  readonly source: string;
  readonly savedAt: number;
  readonly serial: number;
  readonly names: number;
}

function headOf(line: string): Head | undefined {
  try {
    const { svcdns, version, source, savedAt, serial, names } = JSON.parse(line);
    const isHead =
      svcdns === 'snapshot' &&
      typeof source === 'string' &&
      [version, savedAt, serial, names].every((value) => Number.isSafeInteger(value) && value >= 0);
    return isHead ? { version, source, savedAt, serial, names } : undefined;
  } catch {
    return undefined;
  }
}

async function hasSum(bytes: Buffer, sum: Buffer): Promise<boolean> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).equals(sum);
}
