/** An expression that cannot be used. The text is for its author. */
export class ViewError extends SyntaxError {
  override readonly name = 'ViewError';
  readonly column: number;

  /** @param column in the expression, from 1. */
  constructor(message: string, column: number) {
    super(`${message} at column ${column} of the expression`);
    this.column = column;
  }
}

export interface ViewToken {
  readonly kind: 'string' | 'number' | 'word' | 'symbol';
  /** A string without its quotes. */
  readonly text: string;
  /** In the expression, from 1. */
  readonly column: number;
}

const TOKEN =
  /\s*(?:(?<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<number>\d{1,15}(?![\w.]))|(?<word>[A-Za-z_]\w*)|(?<symbol>==|!=|<=|>=|&&|\|\||[<>!()[\],]))/sy;

/**
 * The words of an expression.
 *
 * @throws {ViewError} at a character that begins none.
 */
export function viewTokens(text: string): ViewToken[] {
  const tokens: ViewToken[] = [];
  const matcher = new RegExp(TOKEN);
  const end = text.trimEnd().length;
  while (matcher.lastIndex < end) {
    const start = matcher.lastIndex;
    const groups = Object.entries(matcher.exec(text)?.groups ?? {});
    const [kind, found] = groups.find(([, part]) => part !== undefined) ?? [];
    if (found === undefined) {
      const at = start + (/^\s*/.exec(text.slice(start))?.[0].length ?? 0);
      throw new ViewError(`unexpected '${text[at]}'`, at + 1);
    }
    tokens.push({
      kind: kind as ViewToken['kind'],
      // `\d` stays as it is: what comes after a backslash means something to regular expressions.
      text: kind === 'string' ? found.slice(1, -1).replace(/\\(['"])/g, '$1') : found,
      column: matcher.lastIndex - found.length + 1,
    });
  }
  return tokens;
}
