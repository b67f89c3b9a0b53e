/** RFC 1035 section 4.2.2: over a stream a message follows its length, two bytes; in one write (RFC 7766 section 8). */
export function framed(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(2 + message.length);
  frame.writeUInt16BE(message.length);
  message.copy(frame, 2);
  return frame;
}

/** Cuts what a stream brings into messages, wherever it was split. Keeps at most one, of 65,535 bytes. */
export class Frames {
  /** The length's first byte, when the stream was split inside the length; otherwise -1. */
  #halfLength = -1;
  /** The message that has begun, and how much of it is there. */
  #message: Buffer | undefined;
  #filled = 0;

  /** The messages that are whole with this chunk. */
  push(chunk: Buffer): Buffer[] {
    const messages: Buffer[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#message === undefined) {
        at = this.#readLength(chunk, at);
        if (this.#message === undefined) break;
      }
      const message: Buffer = this.#message;
      const taken = chunk.copy(message, this.#filled, at);
      at += taken;
      this.#filled += taken;
      if (this.#filled < message.length) break;
      messages.push(message);
      this.#message = undefined;
    }
    return messages;
  }

  #readLength(chunk: Buffer, start: number): number {
    let at = start;
    if (this.#halfLength < 0) {
      this.#halfLength = chunk[at++]!;
      if (at === chunk.length) return at;
    }
    this.#message = Buffer.allocUnsafeSlow((this.#halfLength << 8) | chunk[at++]!);
    this.#halfLength = -1;
    this.#filled = 0;
    return at;
  }
}
