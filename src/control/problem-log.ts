import { logLevelOf, type Problem, problemText } from '../kube/problem.ts';

/** Problems logged for one change; `svcdns check` prints all. */
const MAX_LOGGED_PROBLEMS = 20;

/**
 * Texts of a source that are remembered, more than it has at a time: of one that was said before
 * these a return may be logged twice. Those that last are known from the last summary.
 */
const MAX_SAID = 1000;

type Log = (level: 'error' | 'warn' | 'info', text: string) => void;

/** Logs problems of manifests as they come up, and which files have none any more. */
export class ProblemLog {
  readonly #log: Log;
  /** What was wrong at the last summary; undefined before the first. */
  #problems: ReadonlySet<string> | undefined;
  /** Files with errors, at the last summary. */
  #faulty: ReadonlySet<string> = new Set();
  /** What the source has logged itself, at once, the oldest first. */
  readonly #said = new Set<string>();
  /** Of which files nothing was read, at the last summary. */
  #unread: ReadonlySet<string> = new Set();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Whether there was a summary. */
  get isBegun(): boolean {
    return this.#problems !== undefined;
  }

  /** The source has logged this text, and decides when it is worth another line. */
  said(text: string): void {
    this.#said.delete(text);
    this.#said.add(text);
    if (this.#said.size > MAX_SAID) this.#said.delete(this.#said.values().next().value as string);
  }

  /**
   * Logs what was not wrong before. The problems of the first load are printed at the start; files
   * of which nothing was read are logged then too, as they must not be overlooked.
   */
  take(all: readonly Problem[]): void {
    const before = this.#problems;
    const unread = new Set(all.filter(({ isWholeFile }) => isWholeFile).map(problemText));
    for (const text of [...unread].slice(0, MAX_LOGGED_PROBLEMS)) {
      if (!this.#unread.has(text)) this.#log('error', text);
    }
    this.#unread = unread;
    this.#logFixed(all);
    const problems = all.filter(({ isWholeFile }) => !isWholeFile);
    const now = new Map(problems.map((problem) => [problemText(problem), logLevelOf(problem)]));
    this.#problems = new Set(now.keys());
    if (before === undefined) return;
    // Hints come last, so that they leave out none of the others.
    const news = [...now]
      .filter(([text]) => !before.has(text) && !this.#said.has(text))
      .sort(([, a], [, b]) => Number(a === 'info') - Number(b === 'info'));
    for (const [text, level] of news.slice(0, MAX_LOGGED_PROBLEMS)) this.#log(level, text);
    const [first] = news.slice(MAX_LOGGED_PROBLEMS);
    if (first === undefined) return;
    const more = news.length - MAX_LOGGED_PROBLEMS;
    this.#log(first[1], `${more} more problems: run svcdns check`);
  }

  /** Which files have no errors any more, as their names may be back. */
  #logFixed(problems: readonly Problem[]): void {
    const errors = problems.filter(({ severity }) => severity === 'error');
    const faulty = new Set(errors.map(({ origin }) => origin.file));
    const fixed = [...this.#faulty].filter((file) => !faulty.has(file));
    this.#faulty = faulty;
    for (const file of fixed.slice(0, MAX_LOGGED_PROBLEMS)) {
      this.#log('info', `No errors any more in ${file}`);
    }
    const more = fixed.length - MAX_LOGGED_PROBLEMS;
    if (more > 0) this.#log('info', `No errors any more in ${more} more files`);
  }
}
