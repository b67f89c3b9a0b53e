import { BACKSLASH, NEWLINE, QUOTE, RETURN, SPACE, TAB } from '../../../support/ascii.ts';
import { MAX_DEPTH } from '../limits.ts';
import { type Fault, wordAt } from '../report/fault.ts';
import { isSlashComment } from '../report/pasted.ts';
import { PositionIndex } from './positions.ts';

/** The end of a JSON value, or why there is none. */
export type JsonOutcome =
  | { readonly kind: 'value'; readonly value: unknown; readonly end: number }
  | { readonly kind: 'fault'; readonly fault: Fault };

/**
 * Reads the JSON value (RFC 8259) that begins at `start`; something else may follow it.
 *
 * The text is walked before `JSON.parse` sees it, because that neither stops at the end of a value,
 * nor says where it failed in a form that is the same from one Node to the next, nor minds a key
 * written twice.
 */
export function readJson(text: string, start: number): JsonOutcome {
  try {
    const end = new JsonWalk(text, start, undefined).run();
    return { kind: 'value', value: JSON.parse(text.slice(start, end)), end };
  } catch (error) {
    if (error instanceof JsonFault) return { kind: 'fault', fault: error.fault };
    return { kind: 'fault', fault: { code: 'MANIFEST_SYNTAX', offset: start, found: `${error}` } };
  }
}

/** Where the parts of a value begin that `readJson` accepted. */
export function jsonPositions(text: string, start: number): PositionIndex {
  const index = new PositionIndex();
  new JsonWalk(text, start, index).run();
  return index;
}

class JsonFault extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.found);
    this.fault = fault;
  }
}

/** One pass over one value. Keeps its own stack, so nesting cannot exhaust the real one. */
class JsonWalk {
  readonly #text: string;
  readonly #index: PositionIndex | undefined;
  /** For each open object its keys and where they are; undefined for an open array. */
  readonly #open: (Map<string, number> | undefined)[] = [];
  #at: number;

  constructor(text: string, start: number, index: PositionIndex | undefined) {
    this.#text = text;
    this.#at = start;
    this.#index = index;
  }

  /** The offset after the value. */
  run(): number {
    do {
      if (this.#opensValue()) continue;
      this.#afterValue();
    } while (this.#open.length > 0);
    return this.#at;
  }

  /** Reads up to the first value inside a collection (true), or a whole value (false). */
  #opensValue(): boolean {
    this.#skipSpace();
    switch (this.#char()) {
      case '{':
        return this.#opensCollection('map', '}', new Map());
      case '[':
        return this.#opensCollection('list', ']', undefined);
      case '"':
        this.#index?.leaf(this.#at, undefined);
        this.#string();
        return false;
      default:
        this.#literal();
        return false;
    }
  }

  #opensCollection(
    kind: 'map' | 'list',
    closer: string,
    keys: Map<string, number> | undefined,
  ): boolean {
    if (this.#open.length >= MAX_DEPTH) {
      throw new JsonFault({
        code: 'MANIFEST_LIMIT',
        offset: this.#at,
        found: `found objects and lists nested over ${MAX_DEPTH} deep, expected fewer`,
      });
    }
    this.#index?.begin(kind, this.#at);
    this.#at += 1;
    this.#skipSpace();
    if (this.#char() === closer) {
      this.#at += 1;
      this.#index?.end();
      return false;
    }
    this.#open.push(keys);
    if (keys !== undefined) this.#key(keys);
    return true;
  }

  /** Closes what ends here, up to the next value or the end of the outermost one. */
  #afterValue(): void {
    while (this.#open.length > 0) {
      this.#skipSpace();
      const keys = this.#open.at(-1);
      const char = this.#char();
      if (char === ',') {
        this.#at += 1;
        this.#skipSpace();
        if (keys !== undefined) this.#key(keys);
        return;
      }
      const closer = keys === undefined ? ']' : '}';
      if (char !== closer) this.#fail(`expected ',' or '${closer}'`);
      this.#at += 1;
      this.#open.pop();
      this.#index?.end();
    }
  }

  #key(keys: Map<string, number>): void {
    const offset = this.#at;
    if (this.#char() !== '"') this.#fail('expected a key in double quotes');
    this.#string();
    const raw = this.#text.slice(offset + 1, this.#at - 1);
    const key = raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
    const first = keys.get(key);
    if (first !== undefined) {
      throw new JsonFault({ code: 'MANIFEST_DUPLICATE_KEY', offset, found: key, first });
    }
    keys.set(key, offset);
    this.#index?.leaf(offset, key);
    this.#skipSpace();
    if (this.#char() !== ':') this.#fail(`expected ':' after a key`);
    this.#at += 1;
  }

  // Character by character: a regular expression runs out of stack on a string of some megabytes.
  #string(): void {
    const opening = this.#at;
    for (let index = opening + 1; index < this.#text.length; index += 1) {
      const char = this.#text.charCodeAt(index);
      if (char === QUOTE) {
        this.#at = index + 1;
        return;
      }
      if (char === BACKSLASH) {
        ESCAPE.lastIndex = index;
        const found = ESCAPE.exec(this.#text)?.[0];
        if (found === undefined) this.#fail('expected a JSON escape such as \\n or \\u0041', index);
        index += found.length - 1;
      } else if (char < SPACE) {
        this.#fail('expected the closing quote of a string', index);
      }
    }
    this.#fail('expected the closing quote of the string that begins here', opening);
  }

  #literal(): void {
    LITERAL.lastIndex = this.#at;
    const literal = LITERAL.exec(this.#text)?.[0];
    if (literal === undefined) this.#fail('expected a JSON value');
    this.#index?.leaf(this.#at, undefined);
    this.#at += literal.length;
  }

  #char(): string {
    return this.#text.charAt(this.#at);
  }

  #skipSpace(): void {
    let char = this.#text.charCodeAt(this.#at);
    while (char === SPACE || char === NEWLINE || char === RETURN || char === TAB) {
      this.#at += 1;
      char = this.#text.charCodeAt(this.#at);
    }
  }

  #fail(expected: string, offset = this.#at): never {
    const isComment = isSlashComment(this.#text, offset) || this.#text[offset] === '#';
    const found = isComment
      ? 'found a comment, expected none: JSON has no comments'
      : `found ${wordAt(this.#text, offset)}, ${expected}`;
    throw new JsonFault({ code: 'MANIFEST_SYNTAX', offset, found });
  }
}

const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const LITERAL =
  /(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)(?![\w.])/y;
