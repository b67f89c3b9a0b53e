import type { Origin } from '../kube/objects.ts';
import { type ProblemList, quoted } from './problems.ts';

/** One word of a Corefile. */
export interface Token {
  /** Without the quotes and with `\"` undone; environment references are still in it. */
  readonly text: string;
  /** Quoted braces are ordinary text; only a brace that stands alone opens or closes a block. */
  readonly kind: 'word' | 'quoted' | 'open' | 'close';
  /** It is the first word of its line. */
  readonly startsLine: boolean;
  readonly origin: Origin;
}

/**
 * Splits a Corefile into words, as Caddy's lexer does: at Unicode white space, with `#` comments
 * that begin anywhere outside quotes, and quoted words that may span lines. A generator, so that a
 * reader that stops early does not pay for the rest.
 */
export function* lex(text: string, file: string, problems: ProblemList): Generator<Token> {
  const scan: Scan = { text, at: text.startsWith('\ufeff') ? 1 : 0, line: 1, lineStart: 0 };
  scan.lineStart = scan.at;
  let startsLine = true;
  for (;;) {
    if (skipBlanks(scan)) startsLine = true;
    if (scan.at >= text.length) return;
    const origin = { file, document: 0, line: scan.line, column: scan.at - scan.lineStart + 1 };
    if (text[scan.at] === '"') {
      yield { text: quotedWord(scan, origin, problems), kind: 'quoted', startsLine, origin };
    } else {
      const found = plainWord(scan);
      const kind = found === '{' ? 'open' : found === '}' ? 'close' : 'word';
      yield { text: found, kind, startsLine, origin };
    }
    startsLine = false;
  }
}

interface Scan {
  readonly text: string;
  at: number;
  line: number;
  lineStart: number;
}

/** Skips white space and comments; returns whether a line ended. */
function skipBlanks(scan: Scan): boolean {
  let newLine = false;
  for (; scan.at < scan.text.length; scan.at++) {
    const character = scan.text[scan.at] as string;
    if (character === '#') {
      // CoreDNS's lexer ends a comment that touches a word (`a#b c`) at the next space: `c` would
      // be read. Here a comment always goes on to the end of its line.
      const end = scan.text.indexOf('\n', scan.at);
      scan.at = (end === -1 ? scan.text.length : end) - 1;
    } else if (character === '\n') {
      newLine = true;
      scan.line++;
      scan.lineStart = scan.at + 1;
    } else if (!isBlank(character)) {
      break;
    }
  }
  return newLine;
}

function plainWord(scan: Scan): string {
  const start = scan.at;
  while (scan.at < scan.text.length) {
    const character = scan.text[scan.at] as string;
    if (character === '#' || (isBlank(character) && character !== '\r')) break;
    scan.at++;
  }
  return scan.text.slice(start, scan.at).replaceAll('\r', '');
}

function quotedWord(scan: Scan, origin: Origin, problems: ProblemList): string {
  let word = '';
  scan.at++;
  for (; scan.at < scan.text.length; scan.at++) {
    const character = scan.text[scan.at] as string;
    if (character === '"') {
      scan.at++;
      return word;
    }
    if (character === '\n') {
      scan.line++;
      scan.lineStart = scan.at + 1;
    }
    if (character !== '\\') {
      word += character;
      continue;
    }
    // `\"` is the only escape; any other backslash stays, and shields the character after it.
    const next = scan.text[scan.at + 1] ?? '';
    word += next === '"' ? '"' : `\\${next}`;
    scan.at++;
    if (next === '\n') {
      scan.line++;
      scan.lineStart = scan.at + 1;
    }
  }
  problems.error(
    'COREFILE_SYNTAX',
    `Unclosed quote before ${quoted(word)}: expected a closing '"' before the end of the file`,
    origin,
  );
  return word;
}

/** Go's `unicode.IsSpace`: JavaScript's `\s` has U+FEFF too, and lacks U+0085. */
function isBlank(character: string): boolean {
  return /[\s\u0085]/.test(character) && character !== '\ufeff';
}
