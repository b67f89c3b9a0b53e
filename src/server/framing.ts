import { HEADER_BYTES } from '../dns/header.ts';

/**
 * Cuts the byte stream of a TCP connection into DNS messages (RFC 1035 section 4.2.2: each has its
 * length in two bytes before it), wherever the stream was split on its way.
 *
 *     frames.push(chunk);
 *     for (let message = frames.next(); message !== undefined; message = frames.next()) …
 *
 * A message shorter than a header is passed over. Of one longer than `maxBytes` the rest is passed
 * over too, and its header alone is given: enough to say FORMERR, and to keep no more than 12 bytes.
 */
export class FrameReader {
  readonly #maxBytes: number;
  #chunk: Buffer = NOTHING;
  #at = 0;
  /** The length's first byte when the stream was split inside the length; otherwise -1. */
  #halfLength = -1;
  /** Bytes of the current message still to come; -1 between messages. */
  #missing = -1;
  /** What is kept of a message that began in an earlier chunk. */
  #kept: Buffer = NOTHING;
  #keptBytes = 0;
  #short = 0;
  #long = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Adds the next bytes. `next()` must have returned undefined for those before. */
  push(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** The next message, or undefined when it is not all there. Valid until the next call. */
  next(): Buffer | undefined {
    while (this.#missing >= 0 || this.#readLength()) {
      const message = this.#readMessage();
      if (message === undefined) break;
      if (message.length >= HEADER_BYTES) return message;
      this.#short++;
    }
    if (this.#at === this.#chunk.length) this.#chunk = NOTHING; // let go of its memory
    return undefined;
  }

  /** Whether a message has begun and is not all there. Asked after `next()` returned undefined. */
  get partial(): boolean {
    return this.#missing >= 0 || this.#halfLength >= 0;
  }

  /** Messages so far that were too short to be answered. */
  get short(): number {
    return this.#short;
  }

  /** Messages so far that were cut to their header. */
  get long(): number {
    return this.#long;
  }

  #readLength(): boolean {
    while (this.#at < this.#chunk.length) {
      const byte = this.#chunk[this.#at++]!;
      if (this.#halfLength < 0) {
        this.#halfLength = byte;
        continue;
      }
      this.#begin((this.#halfLength << 8) | byte);
      return true;
    }
    return false;
  }

  #begin(length: number): void {
    this.#halfLength = -1;
    this.#missing = length;
    this.#keptBytes = 0;
    const isLong = length > this.#maxBytes;
    if (isLong) this.#long++;
    const wanted = isLong ? HEADER_BYTES : length;
    const isWhole = !isLong && this.#chunk.length - this.#at >= length;
    this.#kept = isWhole ? NOTHING : Buffer.allocUnsafeSlow(wanted);
  }

  #readMessage(): Buffer | undefined {
    const start = this.#at;
    const taken = Math.min(this.#missing, this.#chunk.length - start);
    this.#at += taken;
    if (this.#kept.length === 0) {
      this.#missing = -1; // all of it is in this chunk: no copy
      return this.#chunk.subarray(start, start + taken);
    }
    const room = Math.min(taken, this.#kept.length - this.#keptBytes);
    this.#chunk.copy(this.#kept, this.#keptBytes, start, start + room);
    this.#keptBytes += room;
    this.#missing -= taken;
    if (this.#missing > 0) return undefined;
    this.#missing = -1;
    const message = this.#kept;
    this.#kept = NOTHING;
    return message;
  }
}

const NOTHING = Buffer.alloc(0);
