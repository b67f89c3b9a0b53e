/** Bounds how many UDP sockets are open at a time: each is a file descriptor and a port. */
export class DatagramGate {
  readonly #most: number;
  #open = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get open(): number {
    return this.#open;
  }

  /** Takes a place; the function returned, harmless when repeated, gives it back. Undefined when all are taken. */
  enter(): (() => void) | undefined {
    if (this.#open >= this.#most) return undefined;
    this.#open++;
    let isInside = true;
    return () => {
      if (isInside) this.#open--;
      isInside = false;
    };
  }
}
