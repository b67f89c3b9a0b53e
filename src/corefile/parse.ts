import type { Origin } from '../kube/objects.ts';
import type { Problem } from '../kube/problem.ts';
import type { Token } from './lex.ts';
import { ProblemList, quoted } from './problems.ts';
import { type CorefileContext, CorefileReader } from './reader.ts';
import { type ServerKey, serverKeys } from './server-key.ts';

/**
 * Zones in front of all server blocks. A network in CIDR notation is up to 128 zones, so a file
 * of no more than MAX_BYTES could make ten million.
 */
const MAX_SERVER_KEYS = 10_000;

/** How a ConfigMap begins, or values of CoreDNS's Helm chart: each is an error as a zone too. */
const YAML_WORD = /^(?:---|(?:apiVersion|kind|metadata|data|servers):)$/;

/** Nested blocks in a directive. CoreDNS's deepest has 2 (`tls { acme { … } }`). */
const MAX_BLOCK_DEPTH = 4;

/** A line of a Corefile: a directive of a server block, or an option in a directive's block. */
export interface Line {
  readonly name: string;
  readonly args: readonly Word[];
  /** Undefined when the line has no `{ … }`. */
  readonly block: readonly Line[] | undefined;
  readonly origin: Origin;
}

/** An argument. */
export interface Word {
  readonly text: string;
  readonly origin: Origin;
}

export interface ServerBlock {
  readonly keys: readonly ServerKey[];
  /** In the order of the file; a directive may come more than once. */
  readonly directives: readonly Line[];
  readonly origin: Origin;
}

/** All lines of one directive in a block. CoreDNS passes them to the plugin's setup together. */
export function directivesNamed(block: ServerBlock, name: string): Line[] {
  return block.directives.filter((line) => line.name === name);
}

export interface Corefile {
  readonly blocks: readonly ServerBlock[];
  readonly problems: readonly Problem[];
}

/**
 * Parses a Corefile, as CoreDNS's `caddyfile` package does, but goes on after a mistake so that all
 * are reported at once. Never throws, whatever the text; the reader's limits bound the work. What
 * a directive means is left to its plugin.
 *
 * @param file its path as messages show it; relative imports start from its folder.
 */
export function parseCorefile(text: string, file: string, context: CorefileContext): Corefile {
  const problems = new ProblemList();
  const blocks = new CorefileParser(text, file, context, problems).parse();
  return { blocks, problems: problems.all };
}

class CorefileParser {
  readonly #reader: CorefileReader;
  readonly #problems: ProblemList;
  #keyCount = 0;

  constructor(text: string, file: string, context: CorefileContext, problems: ProblemList) {
    this.#problems = problems;
    this.#reader = new CorefileReader(text, file, context, problems);
  }

  parse(): ServerBlock[] {
    const blocks: ServerBlock[] = [];
    const first = this.#reader.peek();
    if (first !== undefined && YAML_WORD.test(first.text)) {
      const expected = "expected a Corefile, the text under 'Corefile: |' of a ConfigMap";
      this.#syntax(
        `Found YAML, which begins with ${quoted(first.text)}: ${expected}`,
        first.origin,
      );
      return blocks;
    }
    for (;;) {
      const token = this.#reader.peek();
      if (token === undefined) return blocks;
      if (token.kind === 'close') {
        this.#reader.next();
        this.#syntax("Unexpected '}' because no matching opening brace", token.origin);
      } else if (token.kind === 'open') {
        this.#syntax("Unexpected '{': expected a zone before it, as in '. {'", token.origin);
        this.#skipBlock();
      } else {
        const block = this.#serverBlock();
        if (block !== undefined) blocks.push(block);
      }
    }
  }

  #serverBlock(): ServerBlock | undefined {
    const words = this.#keys();
    const open = this.#reader.peek();
    const braced = open?.kind === 'open';
    const [first] = words;
    if (first === undefined) {
      if (braced) this.#skipBlock();
      return undefined;
    }
    const snippet = words.length === 1 ? /^\((.*)\)$/s.exec(first.text)?.[1] : undefined;
    if (snippet !== undefined) {
      this.#snippet(snippet, first.origin, braced);
      return undefined;
    }
    const keys = this.#serverKeys(words);
    if (braced) this.#reader.next();
    const directives = this.#directives(first.origin, braced ? open.origin : undefined);
    return { keys, directives, origin: first.origin };
  }

  /** Words up to a `{` or the end of the line; after a comma the list goes on. */
  #keys(): Token[] {
    const keys: Token[] = [];
    let comma: Token | undefined;
    for (let first = true; ; first = false) {
      const token = this.#reader.peek();
      if (token === undefined || token.kind === 'open' || token.kind === 'close') break;
      if (token.startsLine && !first && comma === undefined) break;
      this.#reader.next();
      const text = token.text.replace(/,$/, '');
      comma = text === token.text ? undefined : token;
      if (text !== '') keys.push({ ...token, text });
      else if (comma === undefined) {
        this.#syntax("Cannot use an empty zone name: expected '.' for all names", token.origin);
      }
    }
    if (comma !== undefined) {
      const found = tokenText(this.#reader.peek());
      this.#syntax(`Unexpected ${found}: expected another zone after the comma`, comma.origin);
    }
    return keys;
  }

  #serverKeys(words: readonly Token[]): ServerKey[] {
    const keys: ServerKey[] = [];
    for (const word of words) {
      if (this.#keyCount > MAX_SERVER_KEYS) break;
      const more = serverKeys(word, this.#problems);
      this.#keyCount += more.length;
      keys.push(...more);
      if (this.#keyCount <= MAX_SERVER_KEYS) continue;
      const message = `Too many zones in front of server blocks: expected at most ${MAX_SERVER_KEYS}`;
      this.#problems.error('COREFILE_LIMIT', message, word.origin);
    }
    return keys;
  }

  #snippet(name: string, origin: Origin, braced: boolean): void {
    if (!braced) {
      const found = tokenText(this.#reader.peek());
      this.#syntax(`Unexpected ${found}: expected '{' after the snippet (${name})`, origin);
      return;
    }
    this.#reader.next();
    this.#reader.defineSnippet(name, origin);
  }

  /** Up to the closing brace, or, of a block without braces, to the end of the file. */
  #directives(block: Origin, opened: Origin | undefined): Line[] {
    const directives: Line[] = [];
    for (;;) {
      const token = this.#reader.peek();
      if (token === undefined) {
        if (opened !== undefined) this.#unclosed('server block', opened);
        return directives;
      }
      if (token.kind === 'close') {
        this.#reader.next();
        if (opened !== undefined) return directives;
        this.#syntax(
          `Unexpected '}' because no matching opening brace: the server block at line ${block.line} has no '{'`,
          token.origin,
        );
        return directives;
      }
      if (token.kind === 'open') {
        this.#syntax(
          "Unexpected '{': expected a directive: a block opens on the line of its directive",
          token.origin,
        );
        this.#skipBlock();
      } else {
        directives.push(this.#line(token, 1));
      }
    }
  }

  #line(name: Token, depth: number): Line {
    this.#reader.next();
    const args: Word[] = [];
    for (;;) {
      const token = this.#reader.peek();
      const ended = token === undefined || token.startsLine;
      if (ended || token.kind === 'close') {
        // The `}` of a server block begins a line; the blocks inside may be written on one line.
        if (!ended && depth === 1) this.#closeOnLine(token);
        return { name: name.text, args, block: undefined, origin: name.origin };
      }
      if (token.kind === 'open') {
        this.#reader.next();
        const block = this.#block(name.text, token.origin, depth);
        this.#endOfLine(depth);
        return { name: name.text, args, block, origin: name.origin };
      }
      this.#reader.next();
      args.push({ text: token.text, origin: token.origin });
    }
  }

  #block(owner: string, opened: Origin, depth: number): Line[] {
    if (depth > MAX_BLOCK_DEPTH) {
      this.#syntax(`Cannot open a block here: more than ${MAX_BLOCK_DEPTH} are open`, opened);
      this.#skipToClose();
      return [];
    }
    const lines: Line[] = [];
    for (;;) {
      const token = this.#reader.peek();
      if (token === undefined) {
        this.#unclosed(`block of ${quoted(owner)}`, opened);
        return lines;
      }
      if (token.kind === 'close') {
        this.#reader.next();
        return lines;
      }
      if (token.kind === 'open') {
        this.#syntax(`Unexpected '{': expected an option of ${quoted(owner)}`, token.origin);
        this.#skipBlock();
      } else {
        lines.push(this.#line(token, depth + 1));
      }
    }
  }

  /** The `}` of a block must be the last word of its line. */
  #endOfLine(depth: number): void {
    const token = this.#reader.peek();
    if (token === undefined || token.startsLine) return;
    if (token.kind !== 'close') {
      this.#syntax(`Unexpected ${tokenText(token)} after '}': expected a new line`, token.origin);
    } else if (depth === 1) {
      this.#closeOnLine(token);
    }
  }

  #closeOnLine(token: Token): void {
    this.#syntax(
      "Unexpected '}' because no matching opening brace: expected a new line before the '}' of a server block",
      token.origin,
    );
  }

  #skipBlock(): void {
    this.#reader.next();
    this.#skipToClose();
  }

  #skipToClose(): void {
    for (let depth = 1; depth > 0; ) {
      const token = this.#reader.next();
      if (token === undefined) return;
      if (token.kind === 'open') depth++;
      if (token.kind === 'close') depth--;
    }
  }

  #unclosed(what: string, opened: Origin): void {
    if (this.#reader.stopped) return;
    this.#syntax(`Unclosed ${what}: expected '}' before the end of the file`, opened);
  }

  #syntax(message: string, origin: Origin): void {
    this.#problems.error('COREFILE_SYNTAX', message, origin);
  }
}

function tokenText(token: Token | undefined): string {
  return token === undefined ? 'end of file' : quoted(token.text);
}
