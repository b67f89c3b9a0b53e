import { CharacterSet } from './character-set.ts';
import { PatternError } from './pattern-error.ts';
import { type Assertion, isNullable, type Syntax } from './syntax.ts';

/**
 * Instructions of the longest program: matching visits each at most once a character, so this times
 * the length of the text bounds the work. `(\d{1,3}\.){4}` has 30.
 */
const MAX_INSTRUCTIONS = 2000;

export type Instruction =
  | { readonly op: 'character'; readonly code: number }
  | { readonly op: 'set'; readonly set: CharacterSet }
  | { readonly op: 'assert'; readonly assertion: Assertion }
  /** Goes on at two places; `first` is preferred. */
  | { readonly op: 'split'; readonly first: number; readonly second: number }
  | { readonly op: 'jump'; readonly to: number }
  /** Remembers where a group begins (even slots) or ends (odd slots). */
  | { readonly op: 'save'; readonly slot: number }
  | { readonly op: 'match' };

/**
 * The instructions of a pattern (Thompson's construction).
 *
 * @throws {PatternError} when they are too many.
 */
export function compileSyntax(syntax: Syntax): readonly Instruction[] {
  const size = sizeOf(syntax) + 3;
  if (size > MAX_INSTRUCTIONS) {
    const message = `Pattern of ${size} steps when its repetitions are written out: expected at most ${MAX_INSTRUCTIONS},`;
    throw new PatternError(message, 1);
  }
  const compiler = new Compiler();
  compiler.group(0, syntax);
  compiler.emit({ op: 'match' });
  return compiler.program;
}

class Compiler {
  readonly program: Instruction[] = [];

  emit(instruction: Instruction): number {
    return this.program.push(instruction) - 1;
  }

  group(index: number, body: Syntax): void {
    this.emit({ op: 'save', slot: 2 * index });
    this.#add(body);
    this.emit({ op: 'save', slot: 2 * index + 1 });
  }

  #add(syntax: Syntax): void {
    switch (syntax.kind) {
      case 'set': {
        const [range, ...more] = syntax.set;
        const isOne = range !== undefined && more.length === 0 && range[0] === range[1];
        if (isOne) this.emit({ op: 'character', code: range[0] });
        else this.emit({ op: 'set', set: new CharacterSet(syntax.set) });
        break;
      }
      case 'assert':
        this.emit({ op: 'assert', assertion: syntax.assertion });
        break;
      case 'all':
        for (const part of syntax.parts) this.#add(part);
        break;
      case 'either':
        this.#either(syntax.choices);
        break;
      case 'group':
        this.group(syntax.index, syntax.body);
        break;
      case 'repeat':
        // Nothing, a thousand times a thousand times, is nothing; writing it out would take for
        // ever.
        if (sizeOf(syntax.body) > 0) this.#repeat(syntax);
        break;
    }
  }

  #either(choices: readonly Syntax[]): void {
    const jumps: number[] = [];
    for (const [at, choice] of choices.entries()) {
      const isLast = at === choices.length - 1;
      const split = isLast ? undefined : this.emit({ op: 'jump', to: 0 });
      this.#add(choice);
      if (split === undefined) continue;
      jumps.push(this.emit({ op: 'jump', to: 0 }));
      this.program[split] = { op: 'split', first: split + 1, second: this.program.length };
    }
    for (const jump of jumps) this.program[jump] = { op: 'jump', to: this.program.length };
  }

  #repeat({ body, min, max, greedy }: Extract<Syntax, { kind: 'repeat' }>): void {
    if (max === Number.POSITIVE_INFINITY) {
      for (let i = 1; i < min; i++) this.#add(body);
      if (min > 0) this.#plus(body, greedy);
      // As in Go: a body that can match nothing is tried once before it is left out, so that
      // `(|a)*` and `(|a)+` agree.
      else if (isNullable(body)) this.#optional(greedy, () => this.#plus(body, greedy));
      else this.#star(body, greedy);
      return;
    }
    for (let i = 0; i < min; i++) this.#add(body);
    const nest = (left: number): void => {
      if (left === 0) return;
      this.#add(body);
      nestOptional(left - 1);
    };
    const nestOptional = (left: number): void => {
      if (left > 0) this.#optional(greedy, () => nest(left));
    };
    nestOptional(max - min);
  }

  #star(body: Syntax, greedy: boolean): void {
    this.#optional(greedy, (split) => {
      this.#add(body);
      this.emit({ op: 'jump', to: split });
    });
  }

  #plus(body: Syntax, greedy: boolean): void {
    const start = this.program.length;
    this.#add(body);
    const next = this.program.length + 1;
    this.emit(splitOf(greedy, start, next));
  }

  #optional(greedy: boolean, add: (split: number) => void): void {
    const split = this.emit({ op: 'jump', to: 0 });
    add(split);
    this.program[split] = splitOf(greedy, split + 1, this.program.length);
  }
}

function splitOf(greedy: boolean, again: number, on: number): Instruction {
  return greedy
    ? { op: 'split', first: again, second: on }
    : { op: 'split', first: on, second: again };
}

/** Instructions that `#add` writes. */
function sizeOf(syntax: Syntax): number {
  switch (syntax.kind) {
    case 'set':
    case 'assert':
      return 1;
    case 'all':
      return syntax.parts.reduce((total, part) => total + sizeOf(part), 0);
    case 'either':
      return syntax.choices.reduce((total, choice) => total + sizeOf(choice) + 2, -2);
    case 'group':
      return sizeOf(syntax.body) + 2;
    case 'repeat': {
      const body = sizeOf(syntax.body);
      if (body === 0) return 0;
      const { min, max } = syntax;
      if (max !== Number.POSITIVE_INFINITY) return body * max + (max - min);
      return min > 0 ? body * min + 1 : body + 2;
    }
  }
}
