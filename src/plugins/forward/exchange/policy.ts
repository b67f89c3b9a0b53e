import { type RandomIndex, shuffled } from '../../random-index.ts';

export const POLICIES = ['random', 'round_robin', 'sequential'] as const;
export type Policy = (typeof POLICIES)[number];

/** The order in which upstreams are tried, anew for each question. */
export class Selection {
  readonly #policy: Policy;
  readonly #randomIndex: RandomIndex;
  #turn = 0;

  constructor(policy: Policy, randomIndex: RandomIndex) {
    this.#policy = policy;
    this.#randomIndex = randomIndex;
  }

  order<Item>(items: readonly Item[]): readonly Item[] {
    if (items.length < 2 || this.#policy === 'sequential') return items;
    if (this.#policy === 'random') return shuffled(items, this.#randomIndex);
    // CoreDNS's way: one takes its turn in front, the rest stay in the order of the file.
    const first = this.#turn++ % items.length;
    return [items[first]!, ...items.filter((_, at) => at !== first)];
  }
}
