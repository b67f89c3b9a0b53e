import { EVERYTHING, foldedRanges, NOT_NEWLINE, type Range } from './character-set.ts';
import { classAt } from './parse-class.ts';
import { classEscape, literalEscape } from './parse-escape.ts';
import { PatternError } from './pattern-error.ts';
import { type Assertion, NOTHING, type Syntax } from './syntax.ts';

/** As in CoreDNS, which takes no longer regular expression either. */
const MAX_PATTERN_CHARACTERS = 10_000;

/** Groups open inside one another: the parser and the compiler call themselves for each. */
const MAX_DEPTH = 100;

/** What each group remembers is copied with every step, so groups multiply the work. */
const MAX_GROUPS = 50;

/** RE2's own limit of `{n,m}`. */
const MAX_REPEAT = 1000;

export interface ParsedPattern {
  readonly syntax: Syntax;
  /** The name of each group; [0] is the whole match. */
  readonly names: readonly (string | undefined)[];
}

/**
 * Takes a pattern of RE2's syntax apart.
 *
 * @throws {PatternError} when it is malformed, too large, or has what a linear-time engine cannot
 * do.
 */
export function parsePattern(source: string): ParsedPattern {
  if (source.length > MAX_PATTERN_CHARACTERS) {
    const message = `Pattern of ${source.length} characters: expected at most ${MAX_PATTERN_CHARACTERS},`;
    throw new PatternError(message, MAX_PATTERN_CHARACTERS + 1);
  }
  return new PatternParser(source).parse();
}

interface Flags {
  readonly foldsCase: boolean;
  readonly dotTakesNewline: boolean;
  readonly multiLine: boolean;
}

const NO_FLAGS: Flags = { foldsCase: false, dotTakesNewline: false, multiLine: false };

const FLAG_LETTERS: ReadonlyMap<string, keyof Flags> = new Map([
  ['i', 'foldsCase'],
  ['s', 'dotTakesNewline'],
  ['m', 'multiLine'],
]);

const ASSERTION_ESCAPES: ReadonlyMap<string, Assertion> = new Map([
  ['A', 'text start'],
  ['z', 'text end'],
  ['b', 'word boundary'],
  ['B', 'no word boundary'],
]);

class PatternParser {
  readonly #source: string;
  readonly #names: (string | undefined)[] = [undefined];
  #at = 0;
  #depth = 0;
  #flags = NO_FLAGS;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): ParsedPattern {
    const syntax = this.#either();
    if (this.#at < this.#source.length) throw this.#error("Unexpected ')' without '('");
    return { syntax, names: this.#names };
  }

  /** Up to a `)` or the end. Flags set inside end with it. */
  #either(): Syntax {
    const flags = this.#flags;
    const choices = [this.#sequence()];
    while (this.#take('|')) choices.push(this.#sequence());
    this.#flags = flags;
    return choices.length === 1 ? (choices[0] as Syntax) : { kind: 'either', choices };
  }

  #sequence(): Syntax {
    const parts: Syntax[] = [];
    for (;;) {
      const character = this.#source[this.#at];
      if (character === undefined || character === '|' || character === ')') break;
      const start = this.#at;
      const part = this.#single(character);
      parts.push(this.#repeated(part, start));
    }
    return parts.length === 1 ? (parts[0] as Syntax) : { kind: 'all', parts };
  }

  #single(character: string): Syntax {
    switch (character) {
      case '(':
        return this.#group();
      case '[': {
        const { set, end } = classAt(this.#source, this.#at, this.#flags.foldsCase);
        this.#at = end;
        return { kind: 'set', set };
      }
      case '.':
        this.#at++;
        return { kind: 'set', set: this.#flags.dotTakesNewline ? EVERYTHING : NOT_NEWLINE };
      case '^':
        this.#at++;
        return { kind: 'assert', assertion: this.#flags.multiLine ? 'line start' : 'text start' };
      case '$':
        this.#at++;
        return { kind: 'assert', assertion: this.#flags.multiLine ? 'line end' : 'text end' };
      case '*':
      case '+':
      case '?':
        throw this.#error(`Nothing to repeat before '${character}'`);
      case '\\':
        return this.#escape();
      default:
        if (this.#counts() !== undefined) throw this.#error("Nothing to repeat before '{'");
        this.#at++;
        return this.#set([[character.charCodeAt(0), character.charCodeAt(0)]]);
    }
  }

  #escape(): Syntax {
    const assertion = ASSERTION_ESCAPES.get(this.#source[this.#at + 1] ?? '');
    if (assertion !== undefined) {
      this.#at += 2;
      return { kind: 'assert', assertion };
    }
    const set = classEscape(this.#source, this.#at);
    if (set !== undefined) {
      this.#at += 2;
      return this.#set(set);
    }
    const { code, end } = literalEscape(this.#source, this.#at);
    this.#at = end;
    return this.#set([[code, code]]);
  }

  #set(set: readonly Range[]): Syntax {
    return { kind: 'set', set: this.#flags.foldsCase ? foldedRanges(set) : set };
  }

  #group(): Syntax {
    const opened = this.#at++;
    if (++this.#depth > MAX_DEPTH) {
      throw this.#error(`More than ${MAX_DEPTH} groups inside one another`, opened);
    }
    const outside = this.#flags;
    const index = this.#take('?') ? this.#groupOption(opened) : this.#newGroup(undefined, opened);
    if (index === 'flags') {
      this.#depth--;
      return NOTHING;
    }
    const body = this.#either();
    this.#flags = outside;
    if (!this.#take(')')) throw this.#error("Missing ')' for the '('", opened);
    this.#depth--;
    return index === undefined ? body : { kind: 'group', index, body };
  }

  /** After `(?`: the number of a named group, undefined for one that is not remembered. */
  #groupOption(opened: number): number | undefined | 'flags' {
    const rest = this.#source.slice(this.#at, this.#at + 80);
    if (/^<?[=!]/.test(rest)) {
      const message = `Lookaround '(?${rest.startsWith('<') ? rest.slice(0, 2) : rest.slice(0, 1)}' is not offered: it cannot be matched in linear time`;
      throw this.#error(message, opened);
    }
    const name = /^P?<(\w+)>/.exec(rest);
    if (name !== null) {
      this.#at += name[0].length;
      return this.#newGroup(name[1], opened);
    }
    const flags = /^([a-zA-Z]*)(-[a-zA-Z]+)?([:)])/.exec(rest);
    if (flags === null || (flags[3] === ')' && flags[0] === ')')) {
      const expected = 'expected (?:…), (?P<name>…) or flags as in (?i)';
      throw this.#error(`Cannot read the group: ${expected},`, opened);
    }
    for (const letter of flags[1] ?? '') this.#setFlag(letter, true, opened);
    for (const letter of flags[2]?.slice(1) ?? '') this.#setFlag(letter, false, opened);
    this.#at += flags[0].length;
    return flags[3] === ')' ? 'flags' : undefined;
  }

  #setFlag(letter: string, on: boolean, opened: number): void {
    const flag = FLAG_LETTERS.get(letter);
    if (flag === undefined) {
      throw this.#error(`Unknown flag '${letter}': expected i, s or m,`, opened);
    }
    this.#flags = { ...this.#flags, [flag]: on };
  }

  #newGroup(name: string | undefined, opened: number): number {
    if (this.#names.length > MAX_GROUPS) {
      throw this.#error(`More than ${MAX_GROUPS} groups: use (?:…) for some,`, opened);
    }
    if (name !== undefined && this.#names.includes(name)) {
      throw this.#error(`A second group named '${name}'`, opened);
    }
    return this.#names.push(name) - 1;
  }

  #repeated(body: Syntax, start: number): Syntax {
    const counts = this.#counts();
    if (counts === undefined) return body;
    const operatorAt = this.#at;
    this.#at += counts.length;
    const greedy = !this.#take('?');
    if (this.#counts() !== undefined) {
      const operator = this.#source.slice(operatorAt, this.#at + 1);
      throw this.#error(`Cannot repeat a repetition '${operator}'`, operatorAt);
    }
    const { min, max } = counts;
    const isTooMany = min > MAX_REPEAT || (max !== Number.POSITIVE_INFINITY && max > MAX_REPEAT);
    if (isTooMany || min > max) {
      const found = this.#source.slice(operatorAt, operatorAt + counts.length);
      const expected = `expected at most ${MAX_REPEAT}, the smaller number first,`;
      throw this.#error(`Cannot repeat ${found}: ${expected}`, operatorAt);
    }
    // `(?i)*` repeats a place where there is nothing.
    if (body === NOTHING) throw this.#error('Nothing to repeat', start);
    return { kind: 'repeat', body, min, max, greedy };
  }

  /** The repetition that begins here; `{` that begins none is a character, as in RE2. */
  #counts(): { min: number; max: number; length: number } | undefined {
    const max = Number.POSITIVE_INFINITY;
    switch (this.#source[this.#at]) {
      case '*':
        return { min: 0, max, length: 1 };
      case '+':
        return { min: 1, max, length: 1 };
      case '?':
        return { min: 0, max: 1, length: 1 };
      case '{': {
        const found = /^\{(\d{1,9})(,(\d{0,9}))?\}/.exec(
          this.#source.slice(this.#at, this.#at + 22),
        );
        if (found === null) return undefined;
        const min = Number(found[1]);
        const most = found[2] === undefined ? min : found[3] === '' ? max : Number(found[3]);
        return { min, max: most, length: found[0].length };
      }
      default:
        return undefined;
    }
  }

  #take(character: string): boolean {
    if (this.#source[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #error(message: string, at = this.#at): PatternError {
    return new PatternError(message, at + 1);
  }
}
