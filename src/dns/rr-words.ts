/** Text that is not a record; `parseRecordText` catches it. */
export class RecordTextError extends SyntaxError {
  override readonly name = 'RecordTextError';
}

/** One word of a line, with its escapes but without quotes. */
export interface RecordWord {
  readonly text: string;
  readonly isQuoted: boolean;
}

/**
 * The words of one record (RFC 1035 section 5.1): separated by blanks, `"…"` with blanks in it,
 * parentheses around lines that belong together, `;` before a comment. A `"` inside a word may
 * enclose blanks too, as in `alpn="h2,h3"` (RFC 9460 section 2.1).
 *
 * @throws {RecordTextError}
 */
export function recordWords(text: string): RecordWord[] {
  const words: RecordWord[] = [];
  let open = 0;
  let ended = false;
  for (let at = 0; at < text.length; ) {
    const character = text[at] as string;
    if (character === '\n') {
      ended ||= open === 0 && words.length > 0;
      at++;
    } else if (/[ \t\r]/.test(character)) {
      at++;
    } else if (character === ';') {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
    } else if (ended) {
      throw new RecordTextError(`expected one record, found '${text.slice(at, at + 20)}' after it`);
    } else if (character === '(') {
      open++;
      at++;
    } else if (character === ')') {
      if (--open < 0) throw new RecordTextError("unexpected ')'");
      at++;
    } else {
      const word = wordAt(text, at);
      words.push(word);
      at = word.end;
    }
  }
  if (open > 0) throw new RecordTextError("missing ')'");
  return words;
}

function wordAt(text: string, start: number): RecordWord & { end: number } {
  const isQuoted = text[start] === '"';
  let word = '';
  let at = start;
  while (at < text.length && !/[ \t\r\n;()]/.test(text[at] as string)) {
    if (text[at] === '"') {
      const end = closingQuote(text, at);
      word += text.slice(at + 1, end);
      at = end + 1;
      if (isQuoted) break;
    } else {
      const length = text[at] === '\\' ? 2 : 1;
      word += text.slice(at, at + length);
      at += length;
    }
  }
  return { text: word, isQuoted, end: at };
}

function closingQuote(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  throw new RecordTextError("missing the second '\"' of a string");
}

/**
 * The bytes of a word, as latin1: `\065` and `\"` resolved, other characters as UTF-8.
 *
 * @throws {RecordTextError}
 */
export function unescaped(text: string): string {
  if (!/[\\\u0080-\uffff]/.test(text)) return text;
  return text.replace(/\\(\d{3}|[^\d]|)|[\u0080-\uffff]+/gs, (found, escaped?: string) => {
    if (escaped === undefined) return latin1(found);
    const code = escaped.length === 3 ? Number(escaped) : undefined;
    if (escaped === '' || (code !== undefined && code > 255)) {
      throw new RecordTextError(
        `cannot read the escape '${found}': expected \\DDD up to 255, or \\X`,
      );
    }
    return code === undefined ? latin1(escaped) : String.fromCharCode(code);
  });
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
