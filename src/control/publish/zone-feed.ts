import type { NameKey } from '../../dns/name.ts';
import type { LiveZone, ZoneChange } from '../../zone/live-zone.ts';
import type { PackedName } from '../../zone/packed-name.ts';
import type { PodChange } from '../../zone/pod-namespaces.ts';
import type { Snapshot } from '../state/snapshot.ts';

/**
 * Names, and addresses of Pods, put on or taken off at once when a control thread has not sent
 * them; queries wait meanwhile.
 */
const SOME_NAMES = 500;

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
  /** Published by the thread before, or restored, and not heard of since. */
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

  /**
   * Publishes names of an earlier run, for the time until everything has been sent. What the thread
   * has already sent is newer, and stays.
   */
  restore({ names, serial, savedAt }: Snapshot): void {
    if (this.#live.isSynced) return;
    this.#live.become({ restoredFrom: savedAt });
    this.#restoreSome(names[Symbol.iterator](), serial);
  }

  #restoreSome(saved: Iterator<readonly [NameKey, PackedName]>, serial: number): void {
    if (this.#live.isSynced) return;
    const keys: NameKey[] = [];
    const names: PackedName[] = [];
    let next = saved.next();
    for (let count = 1; next.done !== true; next = saved.next()) {
      const [key, name] = next.value;
      if (!this.#live.has(key)) {
        keys.push(key);
        names.push(name);
        this.#unmentioned.add(key);
      }
      if (count++ === SOME_NAMES) break;
    }
    this.#live.apply({ keys, names, gone: [] }, Math.max(serial, this.#live.serial));
    if (next.done !== true) this.#afterOthers(() => this.#restoreSome(saved, serial));
  }

  /** Everything has been sent: from now on what is not there does not exist. */
  settle(): void {
    this.#live.become({ isSynced: true, restoredFrom: undefined });
    this.#sweep();
  }

  /** Names that come back while this goes on are mentioned again, and so are spared. */
  #sweep(): void {
    const gone = someOf(this.#unmentioned);
    const pods = { owned: [], gone: someOf(this.#unmentionedPods) };
    if (gone.length + pods.gone.length === 0) return;
    this.take({ keys: [], names: [], gone, pods }, this.#live.serial);
    this.#afterOthers(() => this.#sweep());
  }

  /** The other resolver threads have this part by then. */
  #afterOthers(callback: () => void): void {
    const others = this.#live.caughtUp();
    if (others === undefined) this.#later(callback);
    else void others.then(() => this.#later(callback));
  }
}

function someOf<T>(all: ReadonlySet<T>): T[] {
  const some: T[] = [];
  for (const one of all) {
    if (some.length >= SOME_NAMES) break;
    some.push(one);
  }
  return some;
}

function* addressesIn(change: PodChange | undefined): Generator<string> {
  if (change === undefined) return;
  yield* change.gone;
  for (const { addresses } of change.owned) yield* addresses;
}
