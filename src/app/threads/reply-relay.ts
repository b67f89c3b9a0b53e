import type { NameKey } from '../../dns/name.ts';
import type { Query } from '../../dns/query.ts';
import type { ReplyWatcher } from '../../server/askers/reply-watcher.ts';
import { Sampling } from '../../server/askers/sampling.ts';
import type { RandomIndex } from '../../support/random.ts';

/** A reply that stands for some. Plain data. */
export interface SeenReply {
  readonly client: string;
  readonly key: NameKey;
  readonly type: number;
  readonly rcode: number;
  readonly plugin: string;
  readonly seconds: number;
  /** How many it stands for. */
  readonly times: number;
}

/** Replies kept until they are fetched, twice a second; more than `Sampling` picks in that time. */
const MAX_KEPT = 1024;

/** Keeps a sample of the replies of one thread for those in the main thread who watch them. */
export class ReplyRelay implements ReplyWatcher {
  readonly #sampling: Sampling;
  #kept: SeenReply[] = [];
  /** Queries up to the next that is looked at. */
  #gap = 1;

  constructor(random: RandomIndex) {
    this.#sampling = new Sampling(random);
  }

  replied(query: Query, rcode: number, plugin: string, seconds: number): void {
    if (--this.#gap > 0) return;
    const times = this.#sampling.oneIn;
    const { key, type, peer, receivedAt } = query;
    this.#gap = this.#sampling.gap(receivedAt);
    if (this.#kept.length >= MAX_KEPT) return;
    this.#kept.push({ client: peer.address, key, type, rcode, plugin, seconds, times });
  }

  /** What has been kept since the last call. */
  fetch(): readonly SeenReply[] {
    const kept = this.#kept;
    if (kept.length > 0) this.#kept = [];
    return kept;
  }
}
