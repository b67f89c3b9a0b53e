import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/**
 * Bytes of requests parsed in one turn of the event loop. Node.js reads 64 KiB at once, which may
 * be 1,500 requests: parsing them takes 30 ms in which no query is answered.
 */
const PORTION_BYTES = 1024;

/**
 * A connection that gives Node's HTTP server its bytes in portions, one in a turn of the event
 * loop. It reads from the kernel again when all of them have been given.
 */
export class PortionedSocket extends Duplex {
  readonly remoteAddress: string | undefined;
  readonly #socket: Socket;
  #held: Buffer = NOTHING;
  #isWanted = false;
  #isDue = false;
  #hasEnded = false;
  #isDeaf = false;

  constructor(socket: Socket) {
    super({ allowHalfOpen: true, autoDestroy: true, emitClose: true });
    this.remoteAddress = socket.remoteAddress;
    this.#socket = socket;
    socket.pause();
    socket.on('data', (bytes) => {
      socket.pause();
      this.#held = bytes;
      this.#give();
    });
    socket.on('end', () => {
      this.#hasEnded = true;
      this.#give();
    });
    socket.on('error', () => {}); // a reset: 'close' follows
    socket.on('close', () => this.destroy());
  }

  /** Reads nothing more; what is written still goes out. */
  stopReading(): void {
    this.#isDeaf = true;
    this.#held = NOTHING;
  }

  /** As of a `net.Socket`: closes when everything written has been sent. */
  destroySoon(): void {
    this.end(() => this.destroy());
  }

  override _read(): void {
    this.#isWanted = true;
    this.#give();
  }

  override _write(
    bytes: Buffer,
    _encoding: unknown,
    written: (error?: Error | null) => void,
  ): void {
    this.#socket.write(bytes, written);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#held = NOTHING;
    this.#socket.destroy();
    done(error);
  }

  #give(): void {
    if (!this.#isWanted || this.#isDue || this.#isDeaf || this.destroyed) return;
    if (this.#held.length === 0 && !this.#hasEnded) {
      this.#socket.resume();
      return;
    }
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      if (this.#isDeaf || this.destroyed) return;
      this.#isWanted = false;
      const portion = this.#held.subarray(0, PORTION_BYTES);
      this.#held = this.#held.subarray(PORTION_BYTES);
      this.push(portion.length === 0 ? null : portion);
    });
  }
}

const NOTHING = Buffer.alloc(0);
