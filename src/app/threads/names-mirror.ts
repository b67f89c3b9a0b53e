import { PART_NAMES } from '../../control/publish/outbox.ts';
import type { Clock, Timer } from '../../support/clock.ts';
import type { LiveZone, ZoneChange, ZoneFollower, ZoneState } from '../../zone/live-zone.ts';

/** The others wait no longer than this for a thread to take a change, ms. */
const PATIENCE_MS = 1000;

/**
 * Changes that a thread may be behind: some 32 MiB at most. One that is further behind is of no
 * use, and what waits for it would fill the memory.
 */
const MAX_WAITING = 256;

interface Waiting {
  readonly promise: Promise<void>;
  readonly done: () => void;
  readonly timer: Timer;
}

export interface NamesMirrorOptions {
  readonly live: LiveZone;
  readonly clock: Clock;
  readonly send: {
    names(change: ZoneChange, serial: number): void;
    zone(state: ZoneState): void;
  };
  /** It is too far behind. */
  readonly onTooSlow: () => void;
}

/**
 * Keeps one thread's copy of a set of names like the published ones. It begins with all there are,
 * part by part; changes meanwhile go to it at once, as all later ones do. That everything has been
 * read the thread learns last: a name that it lacks until then is one that it knows nothing of.
 */
export class NamesMirror implements ZoneFollower {
  /** Resolves when the thread has all names for the first time. */
  readonly whole: Promise<void>;
  readonly #options: NamesMirrorOptions;
  readonly #content: Iterator<ZoneChange>;
  #isWhole: () => void = () => {};
  #isBeginning = true;
  #sent = 0;
  #taken = 0;
  /** What is waited for: until the thread has taken so many. */
  readonly #waiting = new Map<number, Waiting>();
  /** It has kept others waiting in vain; they wait again once it has caught up. */
  #isSlow = false;

  constructor(options: NamesMirrorOptions) {
    const { live } = options;
    this.#options = options;
    this.whole = new Promise((resolve) => {
      this.#isWhole = resolve;
    });
    this.#content = live.content(PART_NAMES);
    live.followers.add(this);
    this.#goOn();
  }

  /** Changes sent and not taken. */
  get behind(): number {
    return this.#sent - this.#taken;
  }

  apply(change: ZoneChange, serial: number): void {
    this.#count();
    this.#options.send.names(change, serial);
  }

  become(state: ZoneState): void {
    if (this.#isBeginning) return;
    this.#count();
    this.#options.send.zone(state);
  }

  caughtUp(): Promise<void> | undefined {
    if (this.behind === 0 || this.#isSlow) return undefined;
    const upTo = this.#sent;
    const known = this.#waiting.get(upTo);
    if (known !== undefined) return known.promise;
    const { promise, done } = deferred();
    const timer = this.#options.clock.setTimeout(() => {
      this.#isSlow = true;
      this.#settle(upTo);
    }, PATIENCE_MS);
    this.#waiting.set(upTo, { promise, done, timer });
    return promise;
  }

  /** The thread has taken one more. */
  taken(): void {
    this.#taken++;
    this.#settle(this.#taken);
    if (this.behind === 0) this.#isSlow = false;
    if (this.#isBeginning && this.behind === 0) this.#goOn();
  }

  /** The thread needs the names no more, or is gone. */
  stop(): void {
    this.#options.live.followers.delete(this);
    this.#isBeginning = false;
    for (const upTo of [...this.#waiting.keys()]) this.#settle(upTo);
  }

  #goOn(): void {
    const { live, send } = this.#options;
    const next = this.#content.next();
    if (next.done === true) {
      this.#isBeginning = false;
      this.become(live.state);
      const rest = this.caughtUp();
      if (rest === undefined) this.#isWhole();
      else void rest.then(this.#isWhole);
      return;
    }
    this.#count();
    send.names(next.value, live.serial);
  }

  #count(): void {
    this.#sent++;
    if (this.behind === MAX_WAITING) this.#options.onTooSlow();
  }

  #settle(upTo: number): void {
    const waiting = this.#waiting.get(upTo);
    this.#waiting.delete(upTo);
    waiting?.timer.cancel();
    waiting?.done();
  }
}

function deferred(): { readonly promise: Promise<void>; readonly done: () => void } {
  let done: () => void = () => {};
  const promise = new Promise<void>((resolve) => {
    done = resolve;
  });
  return { promise, done };
}
