/**
 * A number of places that clients take and give back. A client may hold at most as many as are
 * still free: one client gets half of them, and `n` clients that take all they can leave one in
 * `n + 1` free.
 */
export class FairSlots {
  readonly #places: number;
  /** Those that hold any. */
  readonly #holders = new Map<string, Holder>();
  /** The one looked for last: a client is looked for several times in a row. */
  #last: Holder = { client: '', held: 0 };
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
    return this.#find(client).held;
  }

  /** Whether the client may hold one more. One that has none may have any free place. */
  hasRoomFor(client: string): boolean {
    return this.heldBy(client) < this.#places - this.#taken;
  }

  /** Takes one; what is returned is for `giveBack`. */
  take(client: string): Holder {
    const holder = this.#find(client);
    this.#taken++;
    if (holder.held++ === 0) this.#holders.set(client, holder);
    return holder;
  }

  giveBack(holder: Holder): void {
    this.#taken--;
    if (--holder.held === 0) this.#holders.delete(holder.client);
  }

  #find(client: string): Holder {
    if (this.#last.client !== client) {
      this.#last = this.#holders.get(client) ?? { client, held: 0 };
    }
    return this.#last;
  }
}

/** A client, and how many places it holds. */
interface Holder {
  readonly client: string;
  held: number;
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
