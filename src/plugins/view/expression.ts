import { closest } from '../../kube/spelling.ts';
import { Pattern, PatternError } from '../../support/pattern.ts';
import { FACTS, inNetwork, metadataValue, WITH_ARGUMENTS } from './functions.ts';
import { ViewError, type ViewToken, viewTokens } from './tokens.ts';
import { type Condition, compared, condition, isComparison, type Value } from './values.ts';

const MAX_CHARACTERS = 4096;

/** Parentheses and negations inside one another: the parser and the condition are recursive. */
const MAX_DEPTH = 50;

/** Parts of an expression: each query has them evaluated. */
const MAX_TOKENS = 1000;

/**
 * Compiles an expression over a query: `type() == 'A' && incidr(client_ip(), '10.0.0.0/8')`. A
 * small part of the language that CoreDNS uses. Everything is checked here, types too, so that the
 * condition itself cannot fail.
 *
 * @throws {ViewError} with the column, when it is malformed or has what is not offered.
 */
export function compileCondition(source: string): Condition {
  if (source.length > MAX_CHARACTERS) {
    throw new ViewError(`more than ${MAX_CHARACTERS} characters`, MAX_CHARACTERS + 1);
  }
  const tokens = viewTokens(source);
  const excess = tokens[MAX_TOKENS];
  if (excess !== undefined) throw new ViewError(`more than ${MAX_TOKENS} words`, excess.column);
  return new ViewParser(tokens, source.length + 1).parse();
}

class ViewParser {
  readonly #tokens: readonly ViewToken[];
  readonly #end: number;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly ViewToken[], end: number) {
    this.#tokens = tokens;
    this.#end = end;
  }

  parse(): Condition {
    const whole = this.#condition(() => this.#either());
    const extra = this.#tokens[this.#at];
    if (extra !== undefined) throw new ViewError(`unexpected '${extra.text}'`, extra.column);
    return whole;
  }

  #either(): Value {
    return this.#joined(
      ['||', 'or'],
      () => this.#both(),
      (parts) => condition((request) => parts.some((part) => part(request))),
    );
  }

  #both(): Value {
    return this.#joined(
      ['&&', 'and'],
      () => this.#negated(),
      (parts) => condition((request) => parts.every((part) => part(request))),
    );
  }

  #joined(
    symbols: readonly string[],
    next: () => Value,
    join: (parts: readonly Condition[]) => Value,
  ): Value {
    const start = this.#column;
    const first = next();
    if (!symbols.some((symbol) => this.#isAt(symbol))) return first;
    const parts = [asCondition(first, start)];
    while (symbols.some((symbol) => this.#take(symbol))) parts.push(this.#condition(next));
    return join(parts);
  }

  #negated(): Value {
    if (!this.#take('!') && !this.#take('not')) return this.#comparison();
    const inside = this.#deeper(() => this.#condition(() => this.#negated()));
    return condition((request) => !inside(request));
  }

  #comparison(): Value {
    const left = this.#single();
    const operator = this.#tokens[this.#at];
    if (operator === undefined || operator.kind === 'string') return left;
    if (operator.text === 'not' || operator.text === 'in') {
      this.#at++;
      const isNot = operator.text === 'not';
      if (isNot) this.#expect('in');
      const among = this.#among(left, operator.column);
      return isNot ? condition((request) => !among(request)) : condition(among);
    }
    if (operator.text === 'matches') {
      this.#at++;
      return this.#matches(left, operator.column);
    }
    if (!isComparison(operator.text)) return left;
    this.#at++;
    const right = this.#single();
    const made = compared(operator.text, left, right);
    if (made !== undefined) return condition(made);
    const message = `cannot compare a ${left.type} and a ${right.type} with '${operator.text}'`;
    throw new ViewError(message, operator.column);
  }

  /** `in ['a', 'b']`. */
  #among(left: Value, column: number): Condition {
    this.#expect('[');
    const choices: Condition[] = [];
    while (!this.#take(']')) {
      if (choices.length > 0) this.#expect(',');
      const choice = this.#single();
      const made = compared('==', left, choice);
      if (made === undefined) {
        throw new ViewError(`cannot look for a ${left.type} among ${choice.type}s`, column);
      }
      choices.push(made);
    }
    return (request) => choices.some((choice) => choice(request));
  }

  #matches(left: Value, column: number): Value {
    const at = this.#column;
    const right = this.#single();
    if (left.type !== 'text' || right.type !== 'text' || right.literal === undefined) {
      throw new ViewError(
        "expected a text before 'matches' and a pattern in quotes after it",
        column,
      );
    }
    try {
      const pattern = new Pattern(right.literal);
      return condition((request) => pattern.test(left.of(request)));
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      throw new ViewError(`${error.message},`, at);
    }
  }

  #single(): Value {
    const token = this.#next('a value');
    const { text: found, column } = token;
    switch (token.kind) {
      case 'string':
        return { type: 'text', of: () => found, literal: found };
      case 'number': {
        const value = Number(found);
        return { type: 'number', of: () => value };
      }
      case 'symbol': {
        if (found !== '(') throw new ViewError(`unexpected '${found}'`, column);
        const inside = this.#deeper(() => this.#either());
        this.#expect(')');
        return inside;
      }
      case 'word':
        return found === 'true' || found === 'false'
          ? condition(() => found === 'true')
          : this.#call(token);
    }
  }

  #call({ text: name, column }: ViewToken): Value {
    const fact = FACTS.get(name);
    if (fact === undefined && !WITH_ARGUMENTS.includes(name)) {
      const known = [...FACTS.keys(), ...WITH_ARGUMENTS];
      const near = closest(name, known);
      const hint =
        near === undefined ? `: expected one of ${known.join(', ')},` : `: did you mean '${near}'?`;
      throw new ViewError(`unknown function '${name}'${hint}`, column);
    }
    this.#expect('(');
    if (fact !== undefined) {
      this.#expect(')');
      return fact;
    }
    return name === 'metadata' ? this.#metadata() : this.#incidr(column);
  }

  /** `('kubernetes/namespace')`. */
  #metadata(): Value {
    const labelAt = this.#column;
    const label = this.#single();
    this.#expect(')');
    const literal = label.type === 'text' ? label.literal : undefined;
    if (literal === undefined) throw new ViewError('expected a label in quotes', labelAt);
    return metadataValue(literal);
  }

  /** `(client_ip(), '10.0.0.0/8')`. */
  #incidr(column: number): Value {
    const address = this.#single();
    this.#expect(',');
    const networkAt = this.#column;
    const network = this.#single();
    this.#expect(')');
    if (address.type !== 'text') throw new ViewError('expected an address in incidr()', column);
    const literal = network.type === 'text' ? network.literal : undefined;
    const made = literal === undefined ? undefined : inNetwork(address.of, literal);
    if (made !== undefined) return made;
    throw new ViewError("expected a network in quotes, as '10.0.0.0/8',", networkAt);
  }

  #condition(read: () => Value): Condition {
    const start = this.#column;
    return asCondition(read(), start);
  }

  #deeper<Result>(read: () => Result): Result {
    if (++this.#depth > MAX_DEPTH) {
      throw new ViewError(`more than ${MAX_DEPTH} parentheses inside one another`, this.#column);
    }
    const result = read();
    this.#depth--;
    return result;
  }

  get #column(): number {
    return this.#tokens[this.#at]?.column ?? this.#end;
  }

  #next(expected: string): ViewToken {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new ViewError(`expected ${expected}, found the end`, this.#end);
    return token;
  }

  #isAt(text: string): boolean {
    const token = this.#tokens[this.#at];
    return token?.text === text && token.kind !== 'string';
  }

  #take(text: string): boolean {
    if (!this.#isAt(text)) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (this.#take(text)) return;
    const found = this.#tokens[this.#at];
    const what = found === undefined ? 'the end' : `'${found.text}'`;
    throw new ViewError(`expected '${text}', found ${what}`, this.#column);
  }
}

function asCondition(value: Value, column: number): Condition {
  if (value.type === 'condition') return value.of;
  throw new ViewError(`expected a condition, found a ${value.type}`, column);
}
