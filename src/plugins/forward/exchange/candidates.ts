import { type RandomIndex, shuffled } from '../../../support/random.ts';
import type { Policy } from '../options/options.ts';
import type { Failure } from '../upstream/health.ts';
import type { Upstream } from '../upstream/upstream.ts';

/** RFC 9520 section 3.2: no more tries than this of one upstream for one question. */
export const MAX_TRIES_EACH = 3;

/** An upstream, and what became of one question there. */
export interface Candidate {
  readonly upstream: Upstream;
  tries: number;
  open: number;
  /** Its reply was of no use, and the next would be the same. */
  isLame: boolean;
}

/** The order in which upstreams are tried, chosen again for each question. */
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
    // As in CoreDNS: one takes its turn in front, the rest stay in the order of the file.
    const first = this.#turn++ % items.length;
    return [items[first]!, ...items.filter((_, at) => at !== first)];
  }
}

/** The upstreams that one question may go to. */
export class Candidates {
  readonly all: readonly Candidate[];

  /** In the order to try them. */
  constructor(upstreams: readonly Upstream[]) {
    this.all = upstreams.map((upstream) => ({ upstream, tries: 0, open: 0, isLame: false }));
  }

  get areDown(): boolean {
    return this.all.every(({ upstream }) => upstream.health.isDown);
  }

  /**
   * The upstream to ask next: one that was asked least often, then one that did not fail a moment
   * ago, then, except for the first try, the fastest. One that is down only when all are, and then
   * only now and then.
   */
  pick(mustDiffer: boolean, isFirst: boolean): Candidate | undefined {
    const isLeft = ({ tries, open, isLame }: Candidate) =>
      tries < MAX_TRIES_EACH && !isLame && !(mustDiffer && open > 0);
    let best: Candidate | undefined;
    for (const candidate of this.all) {
      if (!isLeft(candidate) || candidate.upstream.health.isDown) continue;
      if (best === undefined || isBetter(candidate, best, isFirst)) best = candidate;
    }
    if (best !== undefined || !this.areDown) return best;
    return this.all.find((candidate) => isLeft(candidate) && candidate.upstream.health.takeTrial());
  }
}

function isBetter(one: Candidate, other: Candidate, isFirst: boolean): boolean {
  if (one.tries !== other.tries) return one.tries < other.tries;
  const [health, otherHealth] = [one.upstream.health, other.upstream.health];
  if (health.isSuspect !== otherHealth.isSuspect) return !health.isSuspect;
  return !isFirst && health.latencyMs < otherHealth.latencyMs;
}

export function areAllDown(upstreams: readonly Upstream[]): boolean {
  return upstreams.length > 0 && upstreams.every(({ health }) => health.isDown);
}

/** What is wrong with upstreams that were not asked. */
export function failureOfUnasked(upstreams: readonly Upstream[]): Failure {
  const areOff =
    areAllDown(upstreams) && upstreams.every(({ health }) => health.lastFailure === 'network');
  return areOff ? 'network' : 'silent';
}
