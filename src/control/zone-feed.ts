import type { NameKey } from '../dns/name.ts';
import type { LiveZone, ZoneChange } from '../zone/live-zone.ts';
import type { PodChange } from '../zone/pod-namespaces.ts';

/** Names, and addresses of Pods, taken off in one go when a new control thread has not mentioned them. */
const SWEEP_NAMES = 500;

/**
 * Brings what one control thread sends into the published zone.
 *
 * A thread that takes the place of a dead one knows nothing of what is published, and sends all
 * names anew. Until it has sent them the old ones go on being answered; then those it
 * did not mention are taken off.
 */
export class ZoneFeed {
  readonly #live: LiveZone;
  readonly #later: (callback: () => void) => void;
  /** Published by the thread before, and not heard of since. */
  readonly #unmentioned: Set<NameKey>;
  readonly #unmentionedPods: Set<string>;

  /** `later` runs a callback after other events have had their turn: `setImmediate`. */
  constructor(live: LiveZone, later: (callback: () => void) => void) {
    this.#live = live;
    this.#later = later;
    this.#unmentioned = new Set(live.keys());
    this.#unmentionedPods = new Set(live.pods?.addresses());
  }

  take(change: ZoneChange, serial: number): void {
    this.#live.apply(change, serial);
    for (const key of change.keys) this.#unmentioned.delete(key);
    for (const key of change.gone) this.#unmentioned.delete(key);
    for (const address of addressesIn(change.pods)) this.#unmentionedPods.delete(address);
  }

  /** Everything has been sent: from now on what is not there does not exist. */
  settle(): void {
    this.#live.isSynced = true;
    this.#sweep();
  }

  /** Names that come back while this goes on are mentioned again, and so are spared. */
  #sweep(): void {
    const gone = someOf(this.#unmentioned);
    const pods = { owned: [], gone: someOf(this.#unmentionedPods) };
    if (gone.length + pods.gone.length === 0) return;
    this.take({ keys: [], names: [], gone, pods }, this.#live.serial);
    this.#later(() => this.#sweep());
  }
}

function someOf<T>(all: ReadonlySet<T>): T[] {
  const some: T[] = [];
  for (const one of all) {
    if (some.length >= SWEEP_NAMES) break;
    some.push(one);
  }
  return some;
}

function* addressesIn(change: PodChange | undefined): Generator<string> {
  if (change === undefined) return;
  yield* change.gone;
  for (const { addresses } of change.owned) yield* addresses;
}
