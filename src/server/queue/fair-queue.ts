import { LinkedList, type ListNode } from '../../support/linked-list.ts';

/** What can stand in a `FairQueue`. */
export interface Queued {
  /** The client that it is from (`clientPrefix`). */
  readonly client: string;
  /** When it came, monotonic ms; never less than that of the one pushed before. */
  readonly receivedAt: number;
}

/**
 * A bounded queue that serves clients in turn, one question each: a client that asks much waits
 * behind itself. A client's oldest question comes first, but its newest once the oldest has waited
 * too long: then more comes than can be done, and the newest is the one still waited for.
 *
 * A client may have at most as many in it as there are places free, so that a few that ask without
 * end leave room for others. Its oldest goes when it brings one more; and when every place is
 * taken, the oldest of all goes. Every operation takes the same time, however many questions and
 * clients there are.
 */
export class FairQueue<T extends Queued> {
  readonly #places: number;
  /** All questions, oldest first. */
  readonly #all = new LinkedList<Entry<T>>();
  readonly #clients = new Map<string, Client<T>>();
  /** Clients in the order of their turns. */
  readonly #turns = new LinkedList<Client<T>>();

  constructor(places: number) {
    this.#places = places;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Puts a question in line, and returns the one that had to go for it, if any. */
  push(item: T): T | undefined {
    const client = this.#clients.get(item.client) ?? this.#newClient(item.client);
    const free = this.#places - this.#all.size;
    const isOver = client.entries.size >= Math.max(free, 1);
    const out = isOver
      ? client.entries.first?.value
      : free <= 0
        ? this.#all.first?.value
        : undefined;
    if (out !== undefined) this.#remove(out);
    this.#add(client, item);
    return out?.item;
  }

  /**
   * A question of the client whose turn it is: the newest if its oldest came before then, else the
   * oldest.
   */
  take(before: number): T | undefined {
    const turn = this.#turns.first;
    if (turn === undefined) return undefined;
    const client = turn.value;
    const oldest = client.entries.first!.value;
    const isLate = oldest.item.receivedAt < before;
    const entry = isLate ? client.entries.last!.value : oldest;
    this.#remove(entry);
    if (client.turn !== undefined) {
      this.#turns.remove(client.turn);
      client.turn = this.#turns.push(client);
    }
    return entry.item;
  }

  /** Takes the oldest question out if it came before then. */
  takeBefore(receivedAt: number): T | undefined {
    const entry = this.#all.first?.value;
    if (entry === undefined || entry.item.receivedAt >= receivedAt) return undefined;
    this.#remove(entry);
    return entry.item;
  }

  #newClient(name: string): Client<T> {
    return { name, entries: new LinkedList<Entry<T>>(), turn: undefined };
  }

  #add(client: Client<T>, item: T): void {
    if (client.turn === undefined) {
      client.turn = this.#turns.push(client);
      this.#clients.set(client.name, client);
    }
    const entry: Entry<T> = { item, client, among: undefined, own: undefined };
    entry.among = this.#all.push(entry);
    entry.own = client.entries.push(entry);
  }

  #remove({ client, among, own }: Entry<T>): void {
    this.#all.remove(among!);
    client.entries.remove(own!);
    if (client.entries.size > 0 || client.turn === undefined) return;
    this.#turns.remove(client.turn);
    client.turn = undefined;
    this.#clients.delete(client.name);
  }
}

interface Client<T> {
  readonly name: string;
  /** Oldest first. */
  readonly entries: LinkedList<Entry<T>>;
  /** Its place in the order of turns; undefined while it has no question. */
  turn: ListNode<Client<T>> | undefined;
}

/** A question and its places in both lists. */
interface Entry<T> {
  readonly item: T;
  readonly client: Client<T>;
  among: ListNode<Entry<T>> | undefined;
  own: ListNode<Entry<T>> | undefined;
}
