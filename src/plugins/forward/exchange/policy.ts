import { type Draw, shuffled } from '../../draw.ts';

export const POLICIES = ['random', 'round_robin', 'sequential'] as const;
export type Policy = (typeof POLICIES)[number];

/** The order in which upstreams are tried, anew for each question. */
export class Selection {
  readonly #policy: Policy;
  readonly #draw: Draw;
  #turn = 0;

  constructor(policy: Policy, draw: Draw) {
    this.#policy = policy;
    this.#draw = draw;
  }

  order<Item>(items: readonly Item[]): readonly Item[] {
    if (items.length < 2 || this.#policy === 'sequential') return items;
    if (this.#policy === 'random') return shuffled(items, this.#draw);
    // CoreDNS's way: one takes its turn in front, the rest stay in the order of the file.
    const first = this.#turn++ % items.length;
    return [items[first]!, ...items.filter((_, at) => at !== first)];
  }
}
