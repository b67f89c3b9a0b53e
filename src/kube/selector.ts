import { labelValue, qualifiedName } from './names.ts';
import type { Labels } from './objects.ts';

/**
 * A parsed label selector: does an object with these labels match? An empty selector matches all.
 */
export interface LabelSelector {
  readonly text: string;
  matches(labels: Labels): boolean;
}

/** Shared by the many objects that have none. */
export const NO_LABELS: Labels = new Map();

/** Matches every object. */
export const EVERYTHING: LabelSelector = { text: '', matches: () => true };

/** What a selector expression means, or why it means nothing. `column` counts from 1. */
export type SelectorParse =
  | { readonly kind: 'selector'; readonly selector: LabelSelector }
  | { readonly kind: 'error'; readonly message: string; readonly column: number };

/**
 * Reads a selector as kubectl does (apimachinery `labels.Parse`): requirements joined by commas,
 * all of which must hold: `a=b`, `a==b`, `a!=b`, `a in (x,y)`, `a notin (x,y)`, `a`, `!a`, `a>1`,
 * `a<1`.
 */
export function parseSelector(text: string): SelectorParse {
  try {
    const requirements = new Parser(text).requirements();
    if (requirements.length === 0) return { kind: 'selector', selector: EVERYTHING };
    const matches = (labels: Labels) => requirements.every((holds) => holds(labels));
    return { kind: 'selector', selector: { text: text.trim(), matches } };
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    return { kind: 'error', message: error.message, column: error.offset + 1 };
  }
}

type Requirement = (labels: Labels) => boolean;

interface Token {
  readonly text: string;
  readonly offset: number;
  readonly kind: 'word' | 'symbol' | 'end';
}

class SelectorError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = lex(text);
  }

  requirements(): Requirement[] {
    const found: Requirement[] = [];
    if (this.#peek().kind === 'end') return found;
    for (;;) {
      found.push(this.#requirement());
      const after = this.#take();
      if (after.kind === 'end') return found;
      if (after.text !== ',') throw expected(after, "',' or 'end of string'");
      const next = this.#peek();
      if (next.kind !== 'word' && next.text !== '!') throw expected(next, "identifier after ','");
    }
  }

  #requirement(): Requirement {
    const negated = this.#peek().text === '!' && this.#peek().kind === 'symbol';
    if (negated) this.#take();
    const key = this.#key(negated);
    if (negated) return (labels) => !labels.has(key);
    const after = this.#peek();
    if (after.kind === 'end' || after.text === ',') return (labels) => labels.has(key);
    return this.#comparison(key);
  }

  #key(negated: boolean): string {
    const token = this.#take();
    if (token.kind !== 'word') {
      throw expected(token, negated ? 'identifier' : "!, identifier, or 'end of string'");
    }
    const [fault] = qualifiedName(token.text);
    if (fault !== undefined) throw invalid('key', token, fault);
    return token.text;
  }

  #comparison(key: string): Requirement {
    const operator = this.#take();
    switch (operator.text) {
      case '=':
      case '==': {
        const value = this.#value();
        return (labels) => labels.get(key) === value;
      }
      case '!=': {
        const value = this.#value();
        // As in Kubernetes, an object without the key differs from any value.
        return (labels) => labels.get(key) !== value;
      }
      case 'in': {
        const values = this.#values();
        return (labels) => labels.has(key) && values.has(labels.get(key) ?? '');
      }
      case 'notin': {
        const values = this.#values();
        return (labels) => !labels.has(key) || !values.has(labels.get(key) ?? '');
      }
      case '>': {
        const bound = this.#integer();
        return (labels) => (integerLabel(labels, key) ?? bound) > bound;
      }
      case '<': {
        const bound = this.#integer();
        return (labels) => (integerLabel(labels, key) ?? bound) < bound;
      }
      default:
        throw expected(operator, 'in, notin, =, ==, !=, gt, lt');
    }
  }

  /** Nothing before the comma is a value too: the empty one. */
  #value(): string {
    const next = this.#peek();
    if (next.kind === 'end' || next.text === ',') return '';
    return labelValueOf(this.#take());
  }

  #values(): ReadonlySet<string> {
    const open = this.#take();
    if (open.text !== '(') throw expected(open, "'('");
    if (this.#peek().text === ')') {
      throw new SelectorError(
        "for 'in', 'notin' operators, values set can't be empty",
        this.#peek().offset,
      );
    }
    const values = new Set<string>();
    for (;;) {
      const next = this.#peek();
      values.add(next.text === ',' || next.text === ')' ? '' : labelValueOf(this.#take()));
      const after = this.#take();
      if (after.text === ')') return values;
      if (after.text !== ',') throw expected(after, "',' or ')'");
    }
  }

  #integer(): bigint {
    const token = this.#take();
    const value = integer(token.text);
    if (value === undefined) {
      throw new SelectorError(
        `for 'Gt', 'Lt' operators, the value must be an integer: found '${token.text}'`,
        token.offset,
      );
    }
    return value;
  }

  #peek(): Token {
    return this.#tokens[this.#next]!;
  }

  #take(): Token {
    const token = this.#peek();
    if (token.kind !== 'end') this.#next++;
    return token;
  }
}

function lex(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(/==|!=|[=!(),<>]|[^\s=!(),<>]+/g)) {
    const kind = /^[=!(),<>]/.test(match[0]) ? 'symbol' : 'word';
    tokens.push({ text: match[0], offset: match.index, kind });
  }
  tokens.push({ text: '', offset: text.trimEnd().length, kind: 'end' });
  return tokens;
}

function labelValueOf(token: Token): string {
  if (token.kind !== 'word') throw expected(token, 'identifier');
  const [fault] = labelValue(token.text);
  if (fault !== undefined) throw invalid('value', token, fault);
  return token.text;
}

function integerLabel(labels: Labels, key: string): bigint | undefined {
  const text = labels.get(key);
  return text === undefined ? undefined : integer(text);
}

/** At most 19 digits, as an int64 has: longer ones are not worth a BigInt. */
function integer(text: string): bigint | undefined {
  return /^[-+]?\d{1,19}$/.test(text) ? BigInt(text.replace('+', '')) : undefined;
}

function expected(token: Token, what: string): SelectorError {
  return new SelectorError(`found '${token.text}', expected: ${what}`, token.offset);
}

function invalid(part: string, token: Token, fault: string): SelectorError {
  return new SelectorError(`${part}: Invalid value: "${token.text}": ${fault}`, token.offset);
}

/** One requirement of a `LabelSelector` (apimachinery, meta/v1). */
export interface SelectorRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

/** A LabelSelector as the text that `parseSelector` reads: `app in (web),!old`. */
export function selectorText(requirements: readonly SelectorRequirement[]): string {
  return requirements.map(requirementText).join(',');
}

function requirementText({ key, operator, values }: SelectorRequirement): string {
  // The empty value can be compared with, but `in ()` is no set.
  const [value = ''] = values;
  if (values.length === 1 && operator === 'In') return `${key}=${value}`;
  if (values.length === 1 && operator === 'NotIn') return `${key}!=${value}`;
  switch (operator) {
    case 'In':
      return `${key} in (${values.join(',')})`;
    case 'NotIn':
      return `${key} notin (${values.join(',')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
  }
}
