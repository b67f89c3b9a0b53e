import type { Origin } from '../../../kube/objects.ts';
import type { Problem } from '../../../kube/problem.ts';
import { MAX_PROBLEMS, MAX_TYPO_CHARS } from '../limits.ts';
import type { Fault } from '../report/fault.ts';
import { syntaxErrors } from '../report/typo-problems.ts';
import { findTypos, type Typo } from '../report/typos.ts';

/** The documents of a file that could not be read, and why. */
export class Failures {
  /** Where they begin. */
  readonly failed: Origin[] = [];
  readonly #problems: Problem[] = [];
  /** Those beyond MAX_PROBLEMS, and where the first of them is. */
  #omitted = 0;
  #firstOmitted: Origin | undefined;
  /** How much may still be searched for typos, characters. */
  #searchable = MAX_TYPO_CHARS;

  /**
   * Notes a document that begins at the offset `root`. `yaml` is its text where it ought to be
   * YAML: it is searched for typos.
   */
  add(fault: Fault, originAt: (offset: number) => Origin, root: number, yaml?: string): void {
    if (this.#problems.length >= MAX_PROBLEMS) {
      this.#omitted += 1;
      this.#firstOmitted ??= originAt(root);
    } else {
      const typos = yaml === undefined ? [] : this.#typosIn(yaml, fault);
      this.#problems.push(...syntaxErrors(fault, typos, originAt));
    }
    this.failed.push(originAt(root));
  }

  /** The errors; the last one counts those that are too many to be listed. */
  problems(): readonly Problem[] {
    const origin = this.#firstOmitted;
    if (origin === undefined) return this.#problems;
    const message = `Cannot read ${this.#omitted} more documents of this file from here on`;
    return [...this.#problems, { severity: 'error', code: 'MANIFEST_SYNTAX', message, origin }];
  }

  /** Every typo of a document that is not YAML; none when it is wrong in another way. */
  #typosIn(text: string, fault: Fault): readonly Typo[] {
    // A template is to be rendered first.
    if (fault.code !== 'MANIFEST_SYNTAX' || text.includes('{{')) return [];
    if (text.length > this.#searchable) return [];
    this.#searchable -= text.length;
    return findTypos(text);
  }
}
