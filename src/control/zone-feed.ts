import type { NameKey } from '../dns/name.ts';
import type { LiveZone, ZoneChange } from '../zone/live-zone.ts';

/** Names taken off in one go when a new control thread has not mentioned them. */
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
  #unmentioned: Set<NameKey> | undefined;

  /** `later` runs a callback after other events have had their turn: `setImmediate`. */
  constructor(live: LiveZone, later: (callback: () => void) => void) {
    this.#live = live;
    this.#later = later;
    if (live.size > 0) this.#unmentioned = new Set(live.keys());
  }

  take(change: ZoneChange, serial: number): void {
    this.#live.apply(change, serial);
    if (this.#unmentioned === undefined) return;
    for (const key of change.keys) this.#unmentioned.delete(key);
    for (const key of change.gone) this.#unmentioned.delete(key);
  }

  /** Everything has been sent: from now on what is not there does not exist. */
  settle(): void {
    this.#live.isSynced = true;
    this.#sweep();
  }

  /** Names that come back while this goes on are mentioned again, and so are spared. */
  #sweep(): void {
    const gone = [...(this.#unmentioned ?? [])].slice(0, SWEEP_NAMES);
    if (gone.length === 0) {
      this.#unmentioned = undefined;
      return;
    }
    this.take({ keys: [], names: [], gone }, this.#live.serial);
    this.#later(() => this.#sweep());
  }
}
