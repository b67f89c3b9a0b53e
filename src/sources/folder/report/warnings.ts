import { type Problem, problemText } from '../../../kube/problem.ts';

/** A warning that stays true is said again after this long, if it is one to insist on; ms. */
const REPEAT_MS = 60_000;

/** Worth repeating: names may be going stale for as long as it lasts. */
const INSISTENT: ReadonlySet<string> = new Set(['FOLDER_MISSING']);

/**
 * Decides which of the warnings that are true now are news. Each is said once when it becomes true;
 * one that comes and goes, at most once a minute.
 */
export class Warnings {
  readonly #said = new Map<string, { saidAt: number; seenAt: number }>();
  #current = '';
  #haveChanged = false;

  /** The news among all warnings that are true at `now` (`Clock.now()`, ms). */
  news(warnings: readonly Problem[], now: number): Problem[] {
    const current = warnings.map(problemText).join('\n');
    this.#haveChanged ||= current !== this.#current;
    this.#current = current;
    const news = warnings.filter((warning) => this.#isNews(warning, now));
    for (const [key, { seenAt }] of this.#said) {
      if (now - seenAt >= REPEAT_MS) this.#said.delete(key);
    }
    return news;
  }

  /** Whether others have become true, news or not, or one no longer is, since this was asked. */
  haveChanged(): boolean {
    const haveChanged = this.#haveChanged;
    this.#haveChanged = false;
    return haveChanged;
  }

  #isNews(warning: Problem, now: number): boolean {
    const key = `${warning.code} ${warning.origin.file} ${warning.message}`;
    const said = this.#said.get(key);
    if (said === undefined) {
      this.#said.set(key, { saidAt: now, seenAt: now });
      return true;
    }
    said.seenAt = now;
    if (!INSISTENT.has(warning.code) || now - said.saidAt < REPEAT_MS) return false;
    said.saidAt = now;
    return true;
  }
}
