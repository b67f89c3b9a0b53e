/**
 * What a thread has got done, in memory that the thread watching it sees too, also while neither
 * comes to read messages.
 */
export class Progress {
  readonly shared: SharedArrayBuffer;
  readonly #cells: Int32Array;

  /** `shared` is that of the other side. */
  constructor(shared = new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#cells = new Int32Array(shared);
  }

  /** A piece of work is done, one that takes a second at most. */
  readonly step = (): void => {
    Atomics.add(this.#cells, STEPS, 1);
  };

  /** Goes up with each step, and round. */
  get steps(): number {
    return Atomics.load(this.#cells, STEPS);
  }

  /** What the kernel calls the thread; 0 while it is not known. */
  get thread(): number {
    return Atomics.load(this.#cells, THREAD);
  }

  set thread(id: number) {
    Atomics.store(this.#cells, THREAD, id);
  }

  /** Which of the pieces that are read it is, from 0; it says nothing while none is. */
  get piece(): number {
    return Atomics.load(this.#cells, PIECE);
  }

  set piece(at: number) {
    Atomics.store(this.#cells, PIECE, at);
  }

  /** The process id of the program that the thread has started; 0 when none is under way. */
  get child(): number {
    return Atomics.load(this.#cells, CHILD);
  }

  set child(pid: number) {
    Atomics.store(this.#cells, CHILD, pid);
  }
}

const STEPS = 0;
const THREAD = 1;
const CHILD = 2;
const PIECE = 3;
const CELLS = 4;
