/** What has a place among those that are open. */
export class Placed {
  /** Whose limits it counts for. */
  readonly client: string;
  /** Where it stands; set by `OpenConnections` alone. */
  place = -1;

  constructor(client: string) {
    this.client = client;
  }
}

/**
 * The connections that are open, in no order, and how many each client has.
 *
 * They are in no map or set: of one that has grown old V8 makes a new table every few dozen
 * connections, and holds what stood in the one before until the whole heap is collected. A third
 * of all connections would be kept like that, each with its socket.
 */
export class OpenConnections<Connection extends Placed> {
  readonly #all: Connection[] = [];
  readonly #counts = new Map<string, number>();

  /** Not a copy. */
  get all(): readonly Connection[] {
    return this.#all;
  }

  get size(): number {
    return this.#all.length;
  }

  /** How many this client has. */
  countOf(client: string): number {
    return this.#counts.get(client) ?? 0;
  }

  /** Those of this client, looked for among all: `Limits.tcpConnections` bounds it. */
  of(client: string): Connection[] {
    return this.#all.filter((connection) => connection.client === client);
  }

  add(connection: Connection): void {
    connection.place = this.#all.length;
    this.#all.push(connection);
    this.#counts.set(connection.client, this.countOf(connection.client) + 1);
  }

  /** False when it is not there. The last one takes its place. */
  remove(connection: Connection): boolean {
    const { client, place } = connection;
    if (this.#all[place] !== connection) return false;
    const last = this.#all.pop()!;
    if (last !== connection) {
      this.#all[place] = last;
      last.place = place;
    }
    const left = this.countOf(client) - 1;
    if (left > 0) this.#counts.set(client, left);
    else this.#counts.delete(client);
    return true;
  }
}
