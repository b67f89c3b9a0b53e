import { Machine } from './machine.ts';
import { parsePattern } from './parse.ts';
import { compileSyntax, type Instruction } from './program.ts';

/** What a pattern found. */
export interface PatternMatch {
  /** Where the match begins. */
  readonly index: number;
  /** [0] is the whole match, then the groups; undefined for a group that took no part. */
  readonly groups: readonly (string | undefined)[];
}

/**
 * A regular expression for texts that a stranger chose: names, messages. JavaScript's own needs
 * exponential time for some of them (`(a+)+$` and forty `a`), so a single query could stop the
 * server; this one needs at most its number of instructions times the length of the text, and no
 * memory that depends on the text.
 *
 * The syntax is RE2's, which CoreDNS uses, without Unicode classes, `\Q…\E`, `\C` and octal
 * numbers. The match found is the one Perl, Go and JavaScript find: leftmost, then by preference of
 * `|`, `*`, `*?`. Case is folded for ASCII letters only.
 */
export class Pattern {
  readonly source: string;
  /** The name of each group; [0] is the whole match. */
  readonly groupNames: readonly (string | undefined)[];
  readonly #program: readonly Instruction[];
  #tester: Machine | undefined;
  #finder: Machine | undefined;

  /** @throws {PatternError} with the column, when the text is not a pattern or is too large. */
  constructor(source: string) {
    const { syntax, names } = parsePattern(source);
    this.source = source;
    this.groupNames = names;
    this.#program = compileSyntax(syntax);
  }

  /** Groups, without the whole match. */
  get groupCount(): number {
    return this.groupNames.length - 1;
  }

  /** Is there a match anywhere in the text? */
  test(text: string): boolean {
    this.#tester ??= new Machine(this.#program, 0);
    return this.#tester.run(text) !== undefined;
  }

  /** The leftmost match. */
  find(text: string): PatternMatch | undefined {
    this.#finder ??= new Machine(this.#program, 2 * this.groupNames.length);
    const slots = this.#finder.run(text);
    if (slots === undefined) return undefined;
    const groups = this.groupNames.map((_, i) => {
      const start = slots[2 * i] as number;
      const end = slots[2 * i + 1] as number;
      return start < 0 || end < 0 ? undefined : text.slice(start, end);
    });
    return { index: slots[0] as number, groups };
  }
}
