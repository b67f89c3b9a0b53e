/** A template that cannot be read, or one that has no value for a query. */
export class TemplateError extends SyntaxError {
  override readonly name = 'TemplateError';
}

export interface TemplateToken {
  readonly kind: 'field' | 'word' | 'string' | 'number' | 'open' | 'close' | 'other';
  /** What it stands for: a string without its quotes. */
  readonly text: string;
}

const TOKEN =
  /\s*(?:(?<field>(?:\.[A-Za-z_]\w*)+|\.)|(?<word>[A-Za-z_]\w*)|(?<number>-?\d{1,15}(?![\w.]))|(?<string>"(?:[^"\\]|\\.)*"|`[^`]*`)|(?<open>\()|(?<close>\))|(?<other>\S))/sy;

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
]);

/**
 * The words of an action.
 *
 * @throws {TemplateError} for an escape in a string that is not offered.
 */
export function templateTokens(text: string): TemplateToken[] {
  const tokens: TemplateToken[] = [];
  const matcher = new RegExp(TOKEN);
  const end = text.trimEnd().length;
  while (matcher.lastIndex < end) {
    const groups = Object.entries(matcher.exec(text)?.groups ?? {});
    const [kind, found = ''] = groups.find(([, part]) => part !== undefined) ?? [];
    tokens.push({
      kind: (kind ?? 'other') as TemplateToken['kind'],
      text: kind === 'string' ? contentOf(found) : found,
    });
  }
  return tokens;
}

function contentOf(text: string): string {
  if (text.startsWith('`')) return text.slice(1, -1);
  return text.slice(1, -1).replace(/\\(.)/gs, (found, character: string) => {
    if (character === '\\' || character === '"') return character;
    const control = ESCAPES.get(character);
    if (control === undefined) throw new TemplateError(`unknown escape '${found}' in a string`);
    return control;
  });
}
