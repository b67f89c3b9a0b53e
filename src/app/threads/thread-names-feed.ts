import type { Clock } from '../../support/clock.ts';
import type { NameSet } from '../name-set.ts';
import { NamesMirror } from './names-mirror.ts';
import type { ToResolver } from './protocol.ts';

export interface ThreadNamesFeedOptions {
  readonly clock: Clock;
  readonly send: (message: ToResolver) => void;
  /** The thread is too far behind. */
  readonly onTooSlow: () => void;
}

/** The sets of names that one thread has, each with a number that messages call it by. */
export class ThreadNamesFeed {
  /** Resolves when the thread is gone. */
  readonly ended: Promise<void>;
  readonly #options: ThreadNamesFeedOptions;
  readonly #numbers = new Map<NameSet, number>();
  readonly #sets = new Map<number, { readonly set: NameSet; readonly mirror: NamesMirror }>();
  #lastNumber = 0;
  #end: () => void = () => {};

  constructor(options: ThreadNamesFeedOptions) {
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** The number of a set, which it keeps for as long as it is used. */
  numberOf(set: NameSet): number {
    const known = this.#numbers.get(set);
    if (known !== undefined) return known;
    this.#numbers.set(set, ++this.#lastNumber);
    return this.#lastNumber;
  }

  set(number: number): NameSet | undefined {
    return this.#sets.get(number)?.set;
  }

  /** Changes that the thread has not taken. */
  get behind(): number {
    return [...this.#sets.values()].reduce((all, { mirror }) => all + mirror.behind, 0);
  }

  /** Sends what the thread does not have yet; resolves when it has all of these. */
  async begin(sets: readonly NameSet[]): Promise<void> {
    const { clock, send, onTooSlow } = this.#options;
    const mirrors = sets.map((set) => {
      const number = this.numberOf(set);
      const known = this.#sets.get(number);
      if (known !== undefined) return known.mirror;
      const mirror = new NamesMirror({
        live: set.live,
        clock,
        send: {
          names: (change, serial) => send({ kind: 'names', set: number, change, serial }),
          zone: (state) => send({ kind: 'zone', set: number, state }),
        },
        onTooSlow,
      });
      this.#sets.set(number, { set, mirror });
      return mirror;
    });
    await Promise.all(mirrors.map(({ whole }) => whole));
  }

  taken(number: number): void {
    this.#sets.get(number)?.mirror.taken();
  }

  /** The thread needs no others any more. */
  keepOnly(sets: readonly NameSet[]): void {
    for (const [number, { set, mirror }] of this.#sets) {
      if (sets.includes(set)) continue;
      mirror.stop();
      this.#sets.delete(number);
      this.#numbers.delete(set);
    }
  }

  /** The thread is gone. */
  end(): void {
    this.keepOnly([]);
    this.#end();
  }
}
