/** A number of places, taken and given back: what is scarce and shared, such as descriptors. */
export class Places {
  readonly most: number;
  #taken = 0;

  constructor(most: number) {
    this.most = most;
  }

  get taken(): number {
    return this.#taken;
  }

  /**
   * Takes one; the function returned, harmless when repeated, gives it back. Undefined when all are
   * taken.
   */
  take(): (() => void) | undefined {
    if (this.#taken >= this.most) return undefined;
    this.#taken++;
    let isTaken = true;
    return () => {
      if (isTaken) this.#taken--;
      isTaken = false;
    };
  }
}
