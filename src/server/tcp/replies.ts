import type { Socket } from 'node:net';
import { framed, MAX_MESSAGE_BYTES } from '../../dns/framing.ts';

/** Replies are gathered up to this size before they are written: one write, and progress to see. */
const WRITE_BYTES = 16 * 1024;

/** The replies of one connection on their way out: each behind its length, several in one write. */
export class TcpReplies {
  readonly #socket: Socket;
  readonly #now: () => number;
  readonly #onWritten: () => void;
  /** What goes out in the next write. */
  #batch: Buffer[] = [];
  #batchBytes = 0;
  #writes = 0;
  /** Writes so far, up to two. */
  #first = 0;
  #movedAt = 0;

  /** `onWritten`: the kernel has taken a write. */
  constructor(socket: Socket, now: () => number, onWritten: () => void) {
    this.#socket = socket;
    this.#now = now;
    this.#onWritten = onWritten;
  }

  /** Puts a reply in line; false when no stream can carry it. */
  add(reply: Uint8Array, length: number): boolean {
    if (length > MAX_MESSAGE_BYTES) return false;
    const frame = framed(reply, length);
    this.#batch.push(frame);
    this.#batchBytes += frame.length;
    return true;
  }

  /**
   * Writes what is in line; false when nothing is. Length and message leave in one write (RFC 7766
   * section 8).
   */
  flush(): boolean {
    if (this.#batchBytes === 0) return false;
    const [first] = this.#batch;
    const bytes = this.#batch.length === 1 ? first! : Buffer.concat(this.#batch, this.#batchBytes);
    this.#batch = [];
    this.#batchBytes = 0;
    if (this.#writes++ === 0) this.#movedAt = this.#now();
    this.#sendAtOnce();
    this.#socket.write(bytes, this.#written);
    return true;
  }

  /**
   * Each write is whole replies: to wait for more only adds latency. The kernel never holds back
   * the first one, and most clients have a single question.
   */
  #sendAtOnce(): void {
    if (this.#first > 1) return;
    if (++this.#first === 2) this.#socket.setNoDelay();
  }

  /** As much is in line as is written at once. */
  get isFull(): boolean {
    return this.#batchBytes >= WRITE_BYTES;
  }

  /** Nothing waits to be written. */
  get isEmpty(): boolean {
    return this.#batchBytes === 0;
  }

  /** The kernel has all of them. */
  get areSent(): boolean {
    return this.isEmpty && this.#writes === 0;
  }

  /** Bytes written that the kernel has not taken. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  /** Since when the kernel has taken nothing of what was written; undefined when it has all. */
  get unsentSince(): number | undefined {
    return this.#writes === 0 ? undefined : this.#movedAt;
  }

  readonly #written = (): void => {
    this.#writes--;
    this.#movedAt = this.#now();
    this.#onWritten();
  };
}
