import { closest } from '../../kube/spelling.ts';
import type { KnownGroups, TemplateData } from './data.ts';
import { TemplateError, type TemplateToken, templateTokens } from './tokens.ts';

/** The value of an action for a query. Throws a TemplateError when it has none. */
export type Evaluate = (data: TemplateData) => string;

/** Parentheses inside one another. */
const MAX_DEPTH = 10;

const FIELDS: ReadonlyMap<string, Evaluate> = new Map([
  ['.Name', (data) => data.name],
  ['.Type', (data) => data.type],
  ['.Class', (data) => data.class],
  ['.Zone', (data) => data.zone],
  ['.Remote', (data) => data.remote],
  ['.Question.Name', (data) => data.questionName],
  ['.Question.Qtype', (data) => String(data.typeCode)],
  ['.Question.Qclass', (data) => String(data.classCode)],
  ['.Message.Id', (data) => String(data.messageId)],
  ['.Match', (data) => `[${data.match.join(' ')}]`], // as Go prints a slice
]);

const FUNCTIONS = ['index .Match N', 'index .Group "NAME"', 'parseInt TEXT BASE BITS'];

/** What an action may be, for messages. */
export const ACCEPTED = [...FIELDS.keys(), '.Group.NAME', '.Meta "LABEL"', ...FUNCTIONS].join(', ');

/**
 * Compiles what stands between `{{` and `}}`.
 *
 * @throws {TemplateError} when it is not in the subset that is offered.
 */
export function compileExpression(text: string, known: KnownGroups): Evaluate {
  const parser = new ExpressionParser(templateTokens(text), known);
  return parser.parse();
}

class ExpressionParser {
  readonly #tokens: readonly TemplateToken[];
  readonly #known: KnownGroups;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly TemplateToken[], known: KnownGroups) {
    this.#tokens = tokens;
    this.#known = known;
  }

  parse(): Evaluate {
    const evaluate = this.#call();
    const extra = this.#tokens[this.#at];
    if (extra !== undefined) throw this.#unexpected(extra);
    return evaluate;
  }

  /** A function with its arguments, or a single value. */
  #call(): Evaluate {
    const token = this.#tokens[this.#at];
    if (token?.kind === 'word') {
      this.#at++;
      switch (token.text) {
        case 'index':
          return this.#index();
        case 'parseInt':
          return this.#parseInt();
        default:
          throw this.#notOffered(token, ['index', 'parseInt']);
      }
    }
    if (token?.kind === 'field' && token.text === '.Meta') {
      this.#at++;
      const label = this.#literal('string', 'a label in quotes after .Meta');
      return ({ metadata }) => metadata?.value(label) ?? '';
    }
    return this.#value();
  }

  #value(): Evaluate {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new TemplateError('expected a value, found the end');
    this.#at++;
    switch (token.kind) {
      case 'string':
      case 'number': {
        const { text } = token;
        return () => text;
      }
      case 'field':
        return this.#field(token);
      case 'open': {
        if (++this.#depth > MAX_DEPTH) throw new TemplateError('too many parentheses');
        const inside = this.#call();
        const close = this.#tokens[this.#at];
        if (close?.kind !== 'close') throw new TemplateError("missing ')'");
        this.#at++;
        this.#depth--;
        return inside;
      }
      default:
        throw this.#unexpected(token);
    }
  }

  #field(token: TemplateToken): Evaluate {
    const group = /^\.Group\.(.+)$/.exec(token.text)?.[1];
    if (group !== undefined) return this.#group(group);
    const field = FIELDS.get(token.text);
    if (field === undefined) throw this.#notOffered(token, FIELDS.keys());
    return field;
  }

  #index(): Evaluate {
    const token = this.#tokens[this.#at++];
    if (token?.text === '.Group') {
      return this.#group(this.#literal('string', 'a group in quotes after index .Group'));
    }
    if (token?.text !== '.Match') {
      throw new TemplateError('expected .Match or .Group after index');
    }
    const text = this.#literal('number', 'a number after index .Match');
    const number = Number(text);
    if (!(number >= 0 && number <= this.#known.count)) {
      throw new TemplateError(`no group ${text}: the patterns have ${this.#known.count}`);
    }
    return ({ match }) => match[number] ?? noGroup(text);
  }

  #group(name: string): Evaluate {
    if (!this.#known.names.has(name)) {
      const names = [...this.#known.names].join(', ');
      throw new TemplateError(`no group '${name}': the patterns have ${names}`);
    }
    return ({ groups }) => groups.get(name) ?? noGroup(name);
  }

  /** As in Go, `strconv.ParseInt`. */
  #parseInt(): Evaluate {
    const text = this.#value();
    const base = Number(this.#literal('number', 'a base after parseInt TEXT'));
    const bits = Number(this.#literal('number', 'a number of bits after parseInt TEXT BASE'));
    if (!(base >= 2 && base <= 36)) throw new TemplateError(`base ${base}: expected 2 to 36`);
    if (!(bits >= 0 && bits <= 64)) throw new TemplateError(`${bits} bits: expected 0 to 64`);
    return (data) => {
      const found = text(data);
      const value = parseInteger(found, base, bits === 0 ? 64 : bits);
      if (value === undefined) {
        throw new TemplateError(
          `parseInt: '${found}' is no number of ${bits} bits to base ${base}`,
        );
      }
      return value;
    };
  }

  #literal(kind: 'string' | 'number', expected: string): string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== kind) throw new TemplateError(`expected ${expected}`);
    this.#at++;
    return token.text;
  }

  #unexpected({ text }: TemplateToken): TemplateError {
    const reason = text === '|' ? ': pipelines are not offered' : '';
    return new TemplateError(`unexpected '${text}'${reason}; accepted are ${ACCEPTED}`);
  }

  #notOffered({ text }: TemplateToken, candidates: Iterable<string>): TemplateError {
    const near = closest(text, candidates);
    const hint = near === undefined ? '' : `: did you mean '${near}'?`;
    return new TemplateError(`'${text}' is not offered${hint}; accepted are ${ACCEPTED}`);
  }
}

function noGroup(name: string): never {
  throw new TemplateError(`the pattern that matched has no group '${name}'`);
}

/** More digits than 64 bits have to base 2 can only be zeros. */
const MAX_DIGITS = 200;

/** A signed number of so many bits, in decimal; undefined when the text is none. */
function parseInteger(text: string, base: number, bits: number): string | undefined {
  const [, sign, digits = ''] = /^([+-]?)([0-9a-z]+)$/i.exec(text) ?? [];
  if (digits === '' || digits.length > MAX_DIGITS) return undefined;
  let value = 0n;
  for (const digit of digits) {
    const worth = Number.parseInt(digit, 36);
    if (worth >= base) return undefined;
    value = value * BigInt(base) + BigInt(worth);
  }
  const limit = 1n << BigInt(bits - 1);
  const signed = sign === '-' ? -value : value;
  return signed >= -limit && signed < limit ? String(signed) : undefined;
}
