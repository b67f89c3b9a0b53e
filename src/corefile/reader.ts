import type { Origin } from '../kube/objects.ts';
import { wholeFile } from '../kube/origin.ts';
import { type Files, MAX_BYTES } from './files.ts';
import { filesToImport, MAX_IMPORTED_FILES } from './import-files.ts';
import { lex, type Token } from './lex.ts';
import { type ProblemList, quoted } from './problems.ts';

/** Files or snippets that import one another. CoreDNS allows 10,000. */
const MAX_IMPORT_DEPTH = 10;

/**
 * Words of a Corefile with its snippets expanded: ten snippets that import one another ten times
 * each would make 10^10. A Corefile of 10,000 words is a large one.
 */
export const MAX_WORDS = 200_000;

/** The variables a Corefile may refer to; `process.env` is one. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What reading a Corefile depends on besides its text. */
export interface CorefileContext {
  readonly files: Files;
  readonly env: Environment;
  /** Folder that relative paths start from, absolute. */
  readonly cwd: string;
}

/**
 * The words of a Corefile in reading order, with `import` lines replaced by what they import, and
 * environment references by their values. Ends early when a limit is exceeded (`stopped`).
 */
export class CorefileReader {
  readonly #context: CorefileContext;
  readonly #problems: ProblemList;
  readonly #snippets = new Map<string, Snippet>();
  /** Texts being read, the innermost last. */
  readonly #frames: Frame[] = [];
  #ahead: Token | undefined;
  #frameChanged = true;
  #afterOpen = false;
  #words = 0;
  #bytes = 0;
  #files = 0;
  #stopped = false;

  constructor(text: string, file: string, context: CorefileContext, problems: ProblemList) {
    this.#context = context;
    this.#problems = problems;
    this.#openFile(file, text, undefined, wholeFile(file));
  }

  /** A limit was exceeded: the words end before the file does. */
  get stopped(): boolean {
    return this.#stopped;
  }

  peek(): Token | undefined {
    this.#ahead ??= this.#expanded();
    return this.#ahead;
  }

  next(): Token | undefined {
    const token = this.peek();
    this.#ahead = undefined;
    return token;
  }

  /**
   * Takes the words up to the `}` of the block just opened, as they are written, and keeps them as
   * a snippet. To be called right after `next()` has returned the `{`.
   */
  defineSnippet(name: string, origin: Origin): void {
    const body: Token[] = [];
    for (let depth = 1; depth > 0; ) {
      const token = this.#raw();
      if (token === undefined) {
        if (!this.#stopped) this.#unclosedSnippet(name, origin);
        return;
      }
      if (token.kind === 'open') depth++;
      if (token.kind === 'close') depth--;
      if (depth > 0) body.push(token);
    }
    const earlier = this.#snippets.get(name);
    if (earlier === undefined) {
      this.#snippets.set(name, { body, origin });
      return;
    }
    const { file, line } = earlier.origin;
    const message = `Redeclaration of previously declared snippet ${quoted(name)}: the first is at ${file}:${line}`;
    this.#problems.error('COREFILE_SNIPPET', message, origin);
  }

  #expanded(): Token | undefined {
    for (;;) {
      const token = this.#raw();
      if (token === undefined) return undefined;
      // After a `{` too: CoreDNS takes `. { import x` as an import.
      const first = token.startsLine || this.#afterOpen;
      this.#afterOpen = token.kind === 'open';
      if (!first || token.kind !== 'word' || token.text !== 'import') return this.#valued(token);
      this.#import(token);
    }
  }

  /** The next word as it is written. */
  #raw(): Token | undefined {
    while (!this.#stopped) {
      const frame = this.#frames.at(-1);
      if (frame === undefined) return undefined;
      const token = this.#pull(frame);
      if (token !== undefined) {
        // The first word of a snippet and the first word after it count as the first of a line.
        const startsLine = token.startsLine || this.#frameChanged;
        this.#frameChanged = false;
        return startsLine === token.startsLine ? token : { ...token, startsLine };
      }
      this.#frames.pop();
      this.#frameChanged = true;
    }
    return undefined;
  }

  #pull(frame: Frame): Token | undefined {
    if (frame.pushedBack !== undefined) {
      const token = frame.pushedBack;
      frame.pushedBack = undefined;
      return token;
    }
    const { value, done } = frame.tokens.next();
    if (done) return undefined;
    if (++this.#words > MAX_WORDS) {
      this.#stop(`Corefile too long: more than ${MAX_WORDS} words with its imports`, value.origin);
      return undefined;
    }
    return value;
  }

  #import(token: Token): void {
    const importer = this.#frames.at(-1);
    if (importer === undefined) return;
    const words = this.#restOfLine(importer).map((word) => this.#valued(word).text);
    if (this.#stopped) return;
    const [wanted = ''] = words;
    if (words.length !== 1 || wanted === '') {
      const message = `Cannot import ${words.length === 1 ? "''" : `${words.length} names`}: expected exactly one file, pattern or snippet after 'import'`;
      this.#problems.error('COREFILE_IMPORT', message, token.origin);
      return;
    }
    const snippet = this.#snippets.get(wanted);
    if (snippet !== undefined) {
      this.#open(`(${wanted})`, snippet.body[Symbol.iterator](), importer, token.origin);
      return;
    }
    const found = filesToImport(wanted, token.origin, this.#context, {
      maxBytes: MAX_BYTES - this.#bytes,
      maxFiles: MAX_IMPORTED_FILES - this.#files,
      snippets: this.#snippets.keys(),
      problems: this.#problems,
    });
    if (found === 'limit') this.#stopped = true;
    else {
      // The last file goes on the stack first, so that the first one is read first.
      for (const { file, text } of found.toReversed()) {
        this.#files++;
        this.#openFile(file, text, importer, token.origin);
      }
    }
  }

  #restOfLine(frame: Frame): Token[] {
    const words: Token[] = [];
    for (;;) {
      const token = this.#pull(frame);
      if (token === undefined) return words;
      if (token.startsLine || token.kind === 'open' || token.kind === 'close') {
        frame.pushedBack = token;
        return words;
      }
      words.push(token);
    }
  }

  #openFile(file: string, text: string, importer: Frame | undefined, origin: Origin): void {
    this.#bytes += Buffer.byteLength(text);
    if (this.#bytes > MAX_BYTES) {
      this.#stop(`Corefile too long: more than ${MAX_BYTES} bytes with its imports`, origin);
      return;
    }
    this.#open(file, lex(text, file, this.#problems), importer, origin);
  }

  #open(label: string, tokens: Iterator<Token>, parent: Frame | undefined, origin: Origin): void {
    const chain: string[] = [];
    for (let frame = parent; frame !== undefined; frame = frame.parent) chain.unshift(frame.label);
    if (chain.includes(label)) {
      const cycle = [...chain.slice(chain.indexOf(label)), label].join(' → ');
      this.#problems.error('COREFILE_IMPORT', `Import cycle: ${cycle}`, origin);
      return;
    }
    if (chain.length > MAX_IMPORT_DEPTH) {
      const message = `Cannot import ${quoted(label)}: imports are more than ${MAX_IMPORT_DEPTH} deep`;
      this.#problems.error('COREFILE_IMPORT', message, origin);
      return;
    }
    this.#frames.push({ label, tokens, parent, pushedBack: undefined });
    this.#frameChanged = true;
  }

  /** The word with environment references replaced. */
  #valued(token: Token): Token {
    if (token.kind === 'open' || token.kind === 'close') return token;
    const text = replaceReferences(token.text, (name) => {
      const value = Object.hasOwn(this.#context.env, name) ? this.#context.env[name] : undefined;
      if (value === undefined) {
        const message = `Environment variable ${quoted(name)} is not set: nothing is put in its place`;
        this.#problems.warning('COREFILE_ENV_UNSET', message, token.origin);
      }
      this.#bytes += value?.length ?? 0;
      if (this.#bytes <= MAX_BYTES) return value ?? '';
      this.#stop(
        `Corefile too long: more than ${MAX_BYTES} bytes with its variables`,
        token.origin,
      );
      return '';
    });
    return text === token.text ? token : { ...token, text };
  }

  #unclosedSnippet(name: string, origin: Origin): void {
    const message = `Unclosed snippet ${quoted(name)}: expected '}' before the end of the file`;
    this.#problems.error('COREFILE_SYNTAX', message, origin);
  }

  #stop(message: string, origin: Origin): void {
    if (!this.#stopped) this.#problems.error('COREFILE_LIMIT', message, origin);
    this.#stopped = true;
  }
}

interface Snippet {
  readonly body: readonly Token[];
  readonly origin: Origin;
}

/** A text being read: a file, or the body of a snippet. */
interface Frame {
  /** What to call it in an import cycle. */
  readonly label: string;
  readonly parent: Frame | undefined;
  readonly tokens: Iterator<Token>;
  pushedBack: Token | undefined;
}

/**
 * Replaces `{$NAME}` and `{%NAME%}` by the result of `lookUp`. `{$}` and `{%%}` stay, as in
 * CoreDNS. References in values are not replaced: in CoreDNS a value that refers to itself never
 * ends.
 */
function replaceReferences(text: string, lookUp: (name: string) => string): string {
  if (!text.includes('{')) return text;
  return text.replace(
    /\{%((?:(?!%\}|\{%).){1,255})%\}|\{\$([^{}]{1,255})\}/gs,
    (_whole, percent: string | undefined, dollar: string | undefined) =>
      lookUp(percent ?? dollar ?? ''),
  );
}
