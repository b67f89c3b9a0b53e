import type { RE2JS, RE2JSSyntaxException } from 're2js';
import { loadPackage } from './process.ts';

/** As in CoreDNS, which takes no longer regular expression either. */
export const MAX_PATTERN_CHARACTERS = 10_000;

/** The positions of all groups may be copied in every step, so groups multiply the work. */
const MAX_GROUPS = 50;

/**
 * Instructions of the longest program: matching visits each at most once a character, so this times
 * the length of the text bounds the work. `(\d{1,3}\.){4}` has 30.
 */
const MAX_INSTRUCTIONS = 2000;

/** A pattern that is malformed or too large. The message is for the person who wrote it. */
export class PatternError extends SyntaxError {
  override readonly name = 'PatternError';
}

/** What a pattern found. */
export interface PatternMatch {
  /** Where the match begins. */
  readonly index: number;
  /** [0] is the whole match, then the groups; undefined for a group that took no part. */
  readonly groups: readonly (string | undefined)[];
}

/**
 * A regular expression for texts that strangers choose, such as names and messages. JavaScript's
 * own need exponential time for some of them (`(a+)+$` and forty `a`), so a single query could stop
 * the server; RE2's engine needs at most its number of instructions times the length of the text.
 *
 * Syntax and meaning are those of Go's regexp package, which CoreDNS uses.
 */
export class Pattern {
  readonly source: string;
  /** The name of each group; [0] is the whole match. */
  readonly groupNames: readonly (string | undefined)[];
  readonly #compiled: RE2JS;

  /** @throws {PatternError} when the text is not a pattern or is too large. */
  constructor(source: string) {
    this.source = source;
    this.#compiled = compiled(source);
    const names: (string | undefined)[] = new Array(this.#compiled.groupCount() + 1).fill(
      undefined,
    );
    for (const [name, at] of Object.entries(this.#compiled.namedGroups())) names[at] = name;
    this.groupNames = names;
  }

  /** Groups, without the whole match. */
  get groupCount(): number {
    return this.groupNames.length - 1;
  }

  /** Is there a match anywhere in the text? */
  test(text: string): boolean {
    // Not RE2JS.test(): its automaton keeps states made from the text, up to 8 MiB a pattern.
    return this.#compiled.exec(text) !== null;
  }

  /** The leftmost match, and of those the one that Perl would find first. */
  find(text: string): PatternMatch | undefined {
    const found = this.#compiled.exec(text) as RegExpExecArray | null;
    return found === null ? undefined : { index: found.index, groups: found };
  }
}

function compiled(source: string): RE2JS {
  if (source.length > MAX_PATTERN_CHARACTERS) {
    throw tooLarge(`${source.length} characters`, MAX_PATTERN_CHARACTERS);
  }
  const pattern = parsed(source);
  if (pattern.groupCount() > MAX_GROUPS) {
    throw new PatternError(`More than ${MAX_GROUPS} groups: use (?:…) for some`);
  }
  const size = pattern.programSize();
  if (size <= MAX_INSTRUCTIONS) return pattern;
  throw tooLarge(`${size} steps when its repetitions are written out`, MAX_INSTRUCTIONS);
}

function tooLarge(found: string, most: number): PatternError {
  return new PatternError(`Pattern of ${found}: expected at most ${most}`);
}

function parsed(source: string): RE2JS {
  const engine = loadPackage('re2js') as typeof import('re2js');
  try {
    return engine.RE2JS.compile(source);
  } catch (error) {
    if (error instanceof engine.RE2JSSyntaxException)
      throw new PatternError(syntaxMessage(source, error));
    throw error;
  }
}

/** Go's words and the wrong part, with its column when it occurs only once. */
function syntaxMessage(source: string, { error, input }: RE2JSSyntaxException): string {
  if (input === null) return error;
  const short = input.length > 60 ? `${input.slice(0, 59)}…` : input;
  const hint = NOT_LINEAR.test(input) ? ', which cannot be matched in linear time' : '';
  const at = source.indexOf(input);
  const isPlace = input !== source && at >= 0 && at === source.lastIndexOf(input);
  const place = isPlace ? ` at column ${at + 1} of the pattern` : '';
  return `${error}: \`${short}\`${hint}${place}`;
}

/** How backreferences and lookaround begin. */
const NOT_LINEAR = /^(?:\\[1-9]|\(\?<?[=!])/;
