import type { KnownGroups, TemplateData } from './data.ts';
import { ACCEPTED, compileExpression, type Evaluate } from './expression.ts';
import { TemplateError } from './tokens.ts';

/** Longer text is no record. */
const MAX_RENDERED_CHARACTERS = 65_536;

/** A text with actions, `{{ .Name }} 60 IN A 10.0.0.7`: a small part of Go's text/template. */
export class GoTemplate {
  readonly source: string;
  readonly #parts: readonly (string | Evaluate)[];

  /** @throws {TemplateError} when it has what is not offered. */
  constructor(source: string, known: KnownGroups) {
    this.source = source;
    this.#parts = partsOf(source, known);
  }

  /** Says the same for every query. */
  get isConstant(): boolean {
    return this.#parts.every((part) => typeof part === 'string');
  }

  /** @throws {TemplateError} when an action has no value for this query. */
  render(data: TemplateData): string {
    let text = '';
    for (const part of this.#parts) {
      text += typeof part === 'string' ? part : part(data);
      if (text.length > MAX_RENDERED_CHARACTERS) throw new TemplateError('the text is too long');
    }
    return text;
  }
}

function partsOf(source: string, known: KnownGroups): (string | Evaluate)[] {
  const parts: (string | Evaluate)[] = [];
  let at = 0;
  let trimsStart = false;
  for (;;) {
    const open = source.indexOf('{{', at);
    let text = source.slice(at, open < 0 ? source.length : open);
    if (trimsStart) text = text.trimStart();
    const trimsEnd = open >= 0 && /^\{\{-\s/.test(source.slice(open, open + 4));
    if (trimsEnd) text = text.trimEnd();
    if (text !== '') parts.push(text);
    if (open < 0) return parts;
    const close = closingBraces(source, open + 2);
    if (close < 0) throw new TemplateError(`'{{' at column ${open + 1} without '}}'`);
    let action = source.slice(open + (trimsEnd ? 3 : 2), close);
    trimsStart = /\s-$/.test(action);
    if (trimsStart) action = action.slice(0, -1);
    if (!isComment(action)) {
      if (action.trim() === '')
        throw new TemplateError(`nothing in '{{ }}'; accepted are ${ACCEPTED}`);
      parts.push(compileExpression(action, known));
    }
    at = close + 2;
  }
}

/** Braces inside a string do not end an action. */
function closingBraces(source: string, start: number): number {
  const matcher = /"(?:[^"\\]|\\.)*"|`[^`]*`|\}\}/gs;
  matcher.lastIndex = start;
  for (;;) {
    const found = matcher.exec(source);
    if (found === null) return -1;
    if (found[0] === '}}') return found.index;
  }
}

function isComment(action: string): boolean {
  return /^\s*\/\*.*\*\/\s*$/s.test(action);
}
