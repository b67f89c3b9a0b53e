import type { KubeObject } from '../../kube/objects.ts';
import { objectProblem, type Problem, type Severity } from '../../kube/problem.ts';

/** Problems kept; a longer list is of no use. */
const MAX_PROBLEMS = 500;

/** Collects what is to be said of host names, each with the object that it is about. */
export class HostProblems {
  readonly #problems: Problem[] = [];
  #left = 0;

  get all(): readonly Problem[] {
    const last = this.#problems.at(-1);
    if (this.#left === 0 || last === undefined) return this.#problems;
    const message = `${this.#left} more problems of host names: fix those before first`;
    return [...this.#problems, { ...last, severity: 'hint', message }];
  }

  warning(object: KubeObject, code: string, message: string): void {
    this.#add('warning', object, code, message);
  }

  hint(object: KubeObject, code: string, message: string): void {
    this.#add('hint', object, code, message);
  }

  #add(severity: Severity, object: KubeObject, code: string, message: string): void {
    if (this.#problems.length >= MAX_PROBLEMS) {
      this.#left++;
      return;
    }
    this.#problems.push(objectProblem(severity, code, object, message));
  }
}
