import type { Origin } from '../kube/objects.ts';
import type { Problem, Severity } from '../kube/problem.ts';
import { closest } from '../kube/spelling.ts';
import { oneLine } from '../observe/text-line.ts';

/** More than anyone reads, and few enough that a malicious file cannot fill memory. */
const MAX_PROBLEMS = 200;

const MAX_QUOTED_CHARACTERS = 60;

const MAX_LISTED = 8;

/** Collects what is wrong with a configuration: all of it, in the order found, up to a cap. */
export class ProblemList {
  readonly #problems: Problem[] = [];

  get all(): readonly Problem[] {
    return this.#problems;
  }

  /** No more problems are kept, so there is no need to look for any. */
  get isFull(): boolean {
    return this.#problems.length > MAX_PROBLEMS;
  }

  get hasErrors(): boolean {
    return this.#problems.some((problem) => problem.severity === 'error');
  }

  addAll(problems: readonly Problem[]): void {
    for (const problem of problems) {
      this.#add(problem.severity, problem.code, problem.message, problem.origin);
    }
  }

  error(code: string, message: string, origin: Origin): void {
    this.#add('error', code, message, origin);
  }

  warning(code: string, message: string, origin: Origin): void {
    this.#add('warning', code, message, origin);
  }

  hint(code: string, message: string, origin: Origin): void {
    this.#add('hint', code, message, origin);
  }

  #add(severity: Severity, code: string, message: string, origin: Origin): void {
    if (this.#problems.length > MAX_PROBLEMS) return;
    if (this.#problems.length < MAX_PROBLEMS) {
      this.#problems.push({ severity, code, message: oneLine(message), origin });
      return;
    }
    // The last one is always an error, as there may be errors among those left out.
    const text = `Stopped after ${MAX_PROBLEMS} problems: fix these first, there are more`;
    this.#problems.push({
      severity: 'error',
      code: 'CONFIG_TOO_MANY_PROBLEMS',
      message: text,
      origin,
    });
  }
}

/** Text of a configuration as messages show it: quoted, on one line, cut when it is long. */
export function quoted(text: string): string {
  const short =
    text.length > MAX_QUOTED_CHARACTERS ? `${text.slice(0, MAX_QUOTED_CHARACTERS)}…` : text;
  return `'${oneLine(short)}'`;
}

/** Names for a message: a few are all shown, of many only the first. */
export function listed(names: readonly string[]): string {
  if (names.length <= MAX_LISTED) return names.join(', ');
  return `${names.slice(0, MAX_LISTED).join(', ')} and ${names.length - MAX_LISTED} more`;
}

/** `: did you mean 'kubernetes'?`, or nothing when no known word is similar. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const similar = closest(word, known);
  return similar === undefined ? '' : `: did you mean '${similar}'?`;
}

/** The place of what has no line: a whole file, an option, an environment variable. */
export function whole(name: string): Origin {
  return { file: name, document: 0, line: 0, column: 0 };
}
