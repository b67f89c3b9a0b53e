import type { Query } from '../../dns/query.ts';
import type { ShortCutPart } from '../../plugins/cluster-answers.ts';
import { NOT_OURS, type Resolver } from './resolver.ts';

/** Answers questions of class IN past the chain. */
export interface ShortCut {
  /** The rcode of the last reply, for metrics. */
  readonly rcode: number;
  /** Writes the reply and returns its length; `NOT_OURS` for a question that the chain answers. */
  resolve(query: Query, output: Buffer): number;
}

/** The short cut through plugins that have a say in some questions, or look at what is answered. */
export class SharedShortCut implements ShortCut {
  readonly #resolver: Resolver;
  readonly #gates: readonly Passing[];
  readonly #watchers: readonly Watching[];

  /** `parts` of the plugins above `kubernetes`, in their order. */
  constructor(resolver: Resolver, parts: readonly ShortCutPart[]) {
    this.#resolver = resolver;
    this.#gates = parts.filter(isGate);
    this.#watchers = parts.filter(isWatcher);
  }

  get rcode(): number {
    return this.#resolver.rcode;
  }

  resolve(query: Query, output: Buffer): number {
    for (const gate of this.#gates) if (!gate.passes(query)) return NOT_OURS;
    const resolver = this.#resolver;
    const length = resolver.resolve(query, output);
    if (length !== NOT_OURS) {
      for (const one of this.#watchers) one.answered(query, output, length, resolver.rcode);
    }
    return length;
  }
}

type Passing = Required<Pick<ShortCutPart, 'passes'>>;
type Watching = Required<Pick<ShortCutPart, 'answered'>>;

function isGate(part: ShortCutPart): part is Passing {
  return part.passes !== undefined;
}

/** Whether it wants to know of replies. */
export function isWatcher(part: ShortCutPart): part is Watching {
  return part.answered !== undefined;
}
