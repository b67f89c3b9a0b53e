import { HEADER_BYTES } from './header.ts';

/**
 * RFC 1035 section 4.2.2: over a stream a message follows its length, two bytes; in one write (RFC
 * 7766 section 8).
 */
export function framed(message: Uint8Array, length = message.length): Buffer {
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + length);
  frame.writeUInt16BE(length);
  frame.set(length === message.length ? message : message.subarray(0, length), LENGTH_BYTES);
  return frame;
}

/** The longest message that a stream can carry, as its length has two bytes. */
export const MAX_MESSAGE_BYTES = 0xffff;

const LENGTH_BYTES = 2;

/** Which messages of a stream are given out. */
export interface FrameLimits {
  /** Longest message that is given out whole, bytes. */
  readonly maxBytes: number;
  /** Shorter ones are skipped; by default 12, a header. */
  readonly minBytes?: number;
}

/**
 * Cuts the byte stream of a TCP or TLS connection into DNS messages, however it was split on its
 * way.
 *
 *     frames.push(chunk);
 *     for (let message = frames.next(); message !== undefined; message = frames.next()) …
 *
 * The messages do not depend on when `next()` is called between chunks. A message that is all in
 * one chunk is not copied. Of one longer than `maxBytes` only the header is kept, and given out
 * once all of the message has arrived: enough to answer FORMERR.
 */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #minBytes: number;
  /** Pushed bytes; those before `#at` have been read. */
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

  constructor({ maxBytes, minBytes = HEADER_BYTES }: FrameLimits) {
    this.#maxBytes = maxBytes;
    this.#minBytes = minBytes;
  }

  /** Adds the next bytes, which must not change any more. */
  push(chunk: Buffer): void {
    const isRead = this.#at === this.#chunk.length;
    this.#chunk = isRead ? chunk : Buffer.concat([this.#chunk.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  /** The next message, or undefined when it is not all there. It may be a part of a chunk. */
  next(): Buffer | undefined {
    while (this.#missing >= 0 || this.#readLength()) {
      const message = this.#readMessage();
      if (message === undefined) break;
      if (message.length >= this.#minBytes) return message;
      this.#short++;
    }
    // All of the chunk has been read: releases its memory.
    this.#chunk = NOTHING;
    this.#at = 0;
    return undefined;
  }

  /** Some pushed bytes have not been read: `next()` may have a message. */
  get hasUnread(): boolean {
    return this.#at < this.#chunk.length;
  }

  /** A message has begun and is not all there. To be read after `next()` returned undefined. */
  get partial(): boolean {
    return this.#missing >= 0 || this.#halfLength >= 0;
  }

  /** Messages so far that were skipped as too short. */
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
