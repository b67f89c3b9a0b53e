import type { Clock } from '../../support/clock.ts';
import type { Next, Request } from '../plugin.ts';
import type { Admission } from './admission.ts';
import { activityOf, type Entry } from './entry.ts';
import { Slots } from './slots.ts';

/** Background queries at a time; beyond it entries just grow old, and late answers are lost. */
const MAX_REFRESHES = 1000;

/** A refresh that takes longer has failed, so that a lost one does not block the next. */
const REFRESH_TIMEOUT_MS = 10_000;

/** Time from a prefetch that failed until the next. */
const PREFETCH_RECHECK_MS = 1000;

/** Questions that are asked while no client waits, and whose replies are kept. */
export class Refreshes {
  /** After a failure, ms. */
  readonly #pauseMs: number;
  readonly #clock: Clock;
  readonly #admission: Admission;
  /** Those under way, by slot; true when a usable reply came. */
  readonly #underWay = new Map<string, Promise<boolean>>();

  constructor(pauseMs: number | undefined, clock: Clock, admission: Admission) {
    this.#pauseMs = pauseMs ?? PREFETCH_RECHECK_MS;
    this.#clock = clock;
    this.#admission = admission;
  }

  /** Whether `refresh` would ask for an entry now. */
  isDue(entry: Entry): boolean {
    return !this.#underWay.has(entry.slot) && this.#mayRefresh(entry);
  }

  /** Asks again for an entry, once at a time. True when a usable reply came. Never rejects. */
  refresh(entry: Entry, request: Request, next: Next): Promise<boolean> {
    const running = this.#underWay.get(entry.slot);
    if (running !== undefined) return running;
    if (!this.#mayRefresh(entry)) return Promise.resolve(false);
    const again = { ...request, recursionDesired: true, receivedAt: this.#clock.now() };
    const refresh = this.#askInBackground(entry.slot, again, next);
    void refresh.then((isGood) => {
      if (!isGood) activityOf(entry).failedAt = this.#clock.now();
    });
    return refresh;
  }

  /**
   * The client was told that there is no answer yet. The outcome of its question, an answer or a
   * failure, is stored for those who ask next.
   */
  awaitLate(request: Request, slots: Slots, next: Next): void {
    const slot = slots.of('failure');
    if (!request.recursionDesired || this.#underWay.has(slot)) return;
    if (this.#underWay.size < MAX_REFRESHES) void this.#askInBackground(slot, request, next);
  }

  /** Not for a while after a failure, and not when too many are under way. */
  #mayRefresh(entry: Entry): boolean {
    const isTooSoon = this.#clock.now() - activityOf(entry).failedAt < this.#pauseMs;
    return !isTooSoon && this.#underWay.size < MAX_REFRESHES;
  }

  /** Asks while no client waits, and stores the reply. True when it is good. Never rejects. */
  #askInBackground(slot: string, request: Request, next: Next): Promise<boolean> {
    const asking = this.#askPatiently({ ...request, isPatient: true }, next);
    this.#underWay.set(slot, asking);
    void asking.then(() => this.#underWay.delete(slot));
    return asking;
  }

  async #askPatiently(request: Request, next: Next): Promise<boolean> {
    try {
      const reply = await within(this.#clock, REFRESH_TIMEOUT_MS, next(validating(request)));
      return (
        reply !== undefined && this.#admission.admit(request, new Slots(request), reply).isGood
      );
    } catch {
      // A client that asks when nothing is stored any more gets the error; here none waits.
      return false;
    }
  }
}

/** Asks for AD on behalf of all clients of the entry: it is not part of the key. */
export function validating(request: Request): Request {
  return request.authenticData ? request : { ...request, authenticData: true };
}

/** What `promise` comes to, or undefined when that takes longer than `ms`. */
export function within<Value>(
  clock: Clock,
  ms: number,
  promise: Promise<Value>,
): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => resolve(undefined), ms);
    promise.then(resolve, reject).finally(() => timer.cancel());
  });
}
