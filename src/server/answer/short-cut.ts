import { Rcode } from '../../dns/codes.ts';
import type { Query } from '../../dns/query.ts';
import type { ShortCutPart } from '../../plugins/cluster-answers.ts';
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

/** The short cut through plugins that have a say in some questions, or in what is answered. */
export class SharedShortCut implements ShortCut {
  readonly #resolver: Resolver;
  readonly #isRotated: boolean;
  readonly #randomIndex: RandomIndex;
  readonly #gates: readonly Passing[];
  readonly #stores: readonly Storing[];
  readonly #watchers: readonly Watching[];
  readonly #explainers: readonly Explaining[];
  rcode: number = Rcode.NOERROR;
  plugin = '';

  /** `parts` of the plugins above `kubernetes`, in their order. */
  constructor(
    resolver: Resolver,
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
      if (query.edns && this.#explainers.length > 0) length = this.#explain(query, output, length);
      for (const one of this.#watchers) one.answered(query, output, this.rcode, this.plugin);
    }
    return length;
  }

  #answer(query: Query, output: Buffer): number {
    const resolver = this.#resolver;
    const length = resolver.resolve(query, output);
    if (length !== NOT_OURS) {
      this.rcode = resolver.rcode;
      this.plugin = resolver.plugin;
      return length;
    }
    for (const store of this.#stores) {
      const stored = store.stored(query);
      if (stored === undefined) continue;
      const random = this.#isRotated ? this.#randomIndex : undefined;
      const written = writeStored(query, output, stored, random);
      if (written === NOT_OURS) break;
      store.sent?.();
      this.rcode = stored.rcode;
      this.plugin = stored.plugin;
      return written;
    }
    return NOT_OURS;
  }

  #explain(query: Query, output: Buffer, length: number): number {
    if (length <= 0 || !isWithoutAnswer(output, this.rcode)) return length;
    for (const one of this.#explainers) {
      const error = one.reasonFor(query, this.rcode);
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
type Explaining = Required<Pick<ShortCutPart, 'reasonFor'>>;

function isExplainer(part: ShortCutPart): part is Explaining {
  return part.reasonFor !== undefined;
}

/** Whether it takes questions away from the short cut. */
export function isGate(part: ShortCutPart): part is Passing {
  return part.passes !== undefined;
}

function isStore(part: ShortCutPart): part is Storing {
  return part.stored !== undefined;
}

/** Whether it wants to know of replies. */
export function isWatcher(part: ShortCutPart): part is Watching {
  return part.answered !== undefined;
}
