import { Rcode } from '../../dns/codes.ts';
import type { Query } from '../../dns/query.ts';
import type { ShortCutPart, StoredReply } from '../../plugins/cluster-answers.ts';
import type { RandomIndex } from '../../support/random.ts';
import { explain } from './reply.ts';
import { NOT_OURS, type Resolver } from './resolver.ts';
import { writeStored } from './stored.ts';

/** Answers questions of class IN past the chain. */
export interface ShortCut {
  /** The plugin whose reply was the last one. */
  readonly plugin: string;
  /** The rcode of the last reply, for metrics. */
  readonly rcode: number;
  /** Writes the reply and returns its length; `NOT_OURS` for a question that the chain answers. */
  resolve(query: Query, output: Buffer): number;
}

/**
 * The short cut through plugins that have a say in some questions, or in what is answered; without
 * a resolver only through those that answer from memory.
 */
export class SharedShortCut implements ShortCut {
  readonly #resolver: Resolver | undefined;
  readonly #isRotated: boolean;
  readonly #randomIndex: RandomIndex;
  readonly #gates: readonly Passing[];
  readonly #stores: readonly Storing[];
  readonly #watchers: readonly Watching[];
  readonly #explainers: readonly Explaining[];
  /** The last reply, if it came from memory. */
  #lastStored: StoredReply | undefined;
  rcode: number = Rcode.NOERROR;
  plugin = '';

  /** `parts` of the plugins above `kubernetes`, in their order. */
  constructor(
    resolver: Resolver | undefined,
    parts: readonly ShortCutPart[],
    isRotated: boolean,
    randomIndex: RandomIndex,
  ) {
    this.#resolver = resolver;
    this.#isRotated = isRotated;
    this.#randomIndex = randomIndex;
    this.#gates = parts.filter(isGate);
    this.#stores = parts.filter(isStore);
    this.#watchers = parts.filter(isWatcher);
    this.#explainers = parts.filter(isExplainer);
  }

  resolve(query: Query, output: Buffer): number {
    for (const gate of this.#gates) if (!gate.passes(query)) return NOT_OURS;
    let length = this.#answer(query, output);
    if (length !== NOT_OURS) {
      if (this.#isExplained(query)) length = this.#explain(query, output, length);
      for (const one of this.#watchers) one.answered(query, output, this.rcode, this.plugin);
    }
    return length;
  }

  #answer(query: Query, output: Buffer): number {
    const resolver = this.#resolver;
    this.#lastStored = undefined;
    const length = resolver?.resolve(query, output) ?? NOT_OURS;
    if (resolver !== undefined && length !== NOT_OURS) {
      this.rcode = resolver.rcode;
      this.plugin = resolver.plugin;
      return length;
    }
    for (const store of this.#stores) {
      const stored = store.stored(query);
      if (stored === undefined) continue;
      // The reason of one behind an alias is about the alias too.
      if (this.#isExplained(query) && stored.rcode !== 0 && stored.answers > 0) break;
      const random = this.#isRotated ? this.#randomIndex : undefined;
      const written = writeStored(query, output, stored, random);
      if (written === NOT_OURS) break;
      store.sent?.();
      this.rcode = stored.rcode;
      this.plugin = stored.plugin;
      this.#lastStored = stored;
      return written;
    }
    return NOT_OURS;
  }

  #isExplained({ edns }: Query): boolean {
    return edns && this.#explainers.length > 0;
  }

  #explain(query: Query, output: Buffer, length: number): number {
    if (length <= 0 || !isWithoutAnswer(output, this.rcode)) return length;
    const stored = this.#lastStored;
    for (const one of this.#explainers) {
      const error =
        stored === undefined
          ? one.reasonFor(query, this.rcode)
          : one.reasonOfKept(this.rcode, stored.ageMs);
      if (error !== undefined) return explain(query, output, length, error);
    }
    return length;
  }
}

/** Whether the reply of this rcode has no record in its answer section. */
function isWithoutAnswer(reply: Buffer, rcode: number): boolean {
  return rcode !== Rcode.NOERROR || (reply[6] === 0 && reply[7] === 0);
}

type Storing = Required<Pick<ShortCutPart, 'stored'>> & Pick<ShortCutPart, 'sent'>;
type Passing = Required<Pick<ShortCutPart, 'passes'>>;
type Watching = Required<Pick<ShortCutPart, 'answered'>>;
type Explaining = Required<Pick<ShortCutPart, 'reasonFor' | 'reasonOfKept'>>;

function isExplainer(part: ShortCutPart): part is Explaining {
  return part.reasonFor !== undefined && part.reasonOfKept !== undefined;
}

/** Whether it takes questions away from the short cut. */
export function isGate(part: ShortCutPart): part is Passing {
  return part.passes !== undefined;
}

/** Whether it answers from memory. */
export function isStore(part: ShortCutPart): part is Storing {
  return part.stored !== undefined;
}

/** Whether it wants to know of replies. */
export function isWatcher(part: ShortCutPart): part is Watching {
  return part.answered !== undefined;
}
