/**
 * A number of places that clients take and give back. A client may hold at most as many as are
 * still free: one client gets half of them, and `n` clients that take all they can leave one in
 * `n + 1` free.
 */
export class FairSlots {
  readonly #places: number;
  readonly #held = new Map<string, number>();
  #taken = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /** Places that are held now. */
  get taken(): number {
    return this.#taken;
  }

  /** Whether all are held. */
  get isFull(): boolean {
    return this.#taken >= this.#places;
  }

  heldBy(client: string): number {
    return this.#held.get(client) ?? 0;
  }

  /** Whether the client may hold one more. One that has none may have any free place. */
  hasRoomFor(client: string): boolean {
    return this.heldBy(client) < this.#places - this.#taken;
  }

  take(client: string): void {
    this.#taken++;
    this.#held.set(client, this.heldBy(client) + 1);
  }

  giveBack(client: string): void {
    this.#taken--;
    const left = this.heldBy(client) - 1;
    if (left > 0) this.#held.set(client, left);
    else this.#held.delete(client);
  }
}

/** A number of places to take and give back, for what is scarce, such as descriptors. */
export class Places {
  /** May be lowered below what is taken: then none is given out until some have come back. */
  most: number;
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
