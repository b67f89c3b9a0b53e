import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { type Block, blocksOf, ROOT, readText } from '../readme-blocks.ts';
import { eventuallyTrue } from './eventually.ts';
import { TempFolder } from './temp-folder.ts';

/** How a transcript is carried out. */
export interface TranscriptOptions {
  /** Put before each shell, as `ip netns exec NAME`. */
  readonly prefix?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** A command as it is run here, on other ports for example; unchanged unless given. */
  readonly asRun?: (command: string) => string;
  /** What is printed, as the document shows it; unchanged unless given. */
  readonly asShown?: (printed: string) => string;
  /** A command that cannot be run here is taken to print what is shown. */
  readonly isSkipped?: (command: string) => boolean;
}

/**
 * The sessions of a document, carried out in a folder of their own, with what the package has in
 * `docs/` beside it. In a `console` block each line behind `$ ` is a command of a shell, and what
 * follows it is its output on both streams, to the letter. It is typed again until a change of
 * files has been seen. `console terminal N` is a command that goes on, and `txt terminal N` lines
 * that it has printed since the block before of this terminal: other lines may stand before these.
 */
export class Transcript {
  readonly #folder = new TempFolder();
  readonly #terminals = new Map<string, Terminal>();
  readonly #options: TranscriptOptions;

  constructor(options: TranscriptOptions) {
    this.#options = options;
    const main = join(ROOT, 'dist/main.js');
    const svcdns = `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`;
    chmodSync(this.#folder.write('bin/svcdns', svcdns), 0o755);
    cpSync(join(ROOT, 'docs'), this.#folder.folder('svcdns/docs'), { recursive: true });
  }

  /** The block as it came out: what it shows when all is well. */
  async carryOut({ info, text }: Block): Promise<string> {
    const [kind, , terminal] = info.split(' ');
    if (kind === 'txt') return this.#next(terminal ?? '', text);
    const came: string[] = [];
    for (const part of text.split(/^\$ /m).slice(1)) {
      const end = part.indexOf('\n') + 1;
      const command = part.slice(0, end).trim();
      const shown = part.slice(end);
      came.push(`$ ${command}\n${await this.#printed(command, shown, terminal)}`);
    }
    return came.join('');
  }

  async end(): Promise<void> {
    for (const terminal of this.#terminals.values()) await terminal.end();
    this.#folder.dispose();
  }

  async #printed(command: string, shown: string, terminal: string | undefined): Promise<string> {
    if (this.#options.isSkipped?.(command)) return shown;
    const begin = () => new Terminal(this.#start(command), this.#options.asShown);
    if (terminal !== undefined) {
      this.#terminals.set(terminal, begin());
      return this.#next(terminal, shown);
    }
    let printed = '';
    await becomes(async () => {
      printed = await begin().whole();
      return printed === shown;
    });
    return printed;
  }

  async #next(terminal: string, shown: string): Promise<string> {
    return (await this.#terminals.get(terminal)?.next(shown)) ?? '';
  }

  #start(command: string): ChildProcess {
    const { prefix = [], env = {}, asRun = (shown: string) => shown } = this.#options;
    const [program = '', ...args] = [...prefix, 'sh', '-c', asRun(command)];
    const own = Object.entries(process.env).filter(([name]) => !/^(?:SVCDNS|LOG)_/.test(name));
    return spawn(program, args, {
      cwd: this.#folder.folder('work'),
      env: {
        ...Object.fromEntries(own),
        PATH: `${this.#folder.at('bin')}:${process.env['PATH']}`,
        XDG_STATE_HOME: this.#folder.at('state'),
        ...env,
      },
      detached: true, // in a group of its own, so that the shell's child ends with it
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
}

/** One command, and what it prints. */
class Terminal {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #asShown: (printed: string) => string;
  #printed = '';
  /** Characters that blocks have shown. */
  #shown = 0;

  constructor(child: ChildProcess, asShown: (printed: string) => string = (printed) => printed) {
    this.#child = child;
    this.#asShown = asShown;
    this.#closed = once(child, 'close');
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#printed += text;
      });
    }
  }

  /** Everything, once it has ended. */
  async whole(): Promise<string> {
    await this.#closed;
    return this.#rest;
  }

  /** Waits for these lines; if they do not come, all that has come. */
  async next(shown: string): Promise<string> {
    const place = () => `\n${this.#rest}`.indexOf(`\n${shown}`);
    await becomes(() => place() >= 0);
    if (place() < 0) return this.#rest;
    this.#shown += place() + shown.length;
    return shown;
  }

  /** What no block has shown. */
  get #rest(): string {
    return this.#asShown(this.#printed).slice(this.#shown);
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    process.kill(-(this.#child.pid ?? 0), 'SIGKILL');
    await this.#closed;
  }
}

/** Waits until it is so, or long enough: what is there instead is compared. */
async function becomes(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await eventuallyTrue(isSo).catch(() => {});
}

/** The blocks of a document that are sessions, by the heading above them. */
export function sessionsOf(path: string): { readonly title: string; readonly blocks: Block[] }[] {
  const lines = readText(path).split('\n');
  const sections = lines.flatMap((line, at) => (/^##? /.test(line) ? [at + 1] : []));
  return sections.map((from, at) => ({
    title: lines[from - 1]?.replace(/^#+ /, '') ?? '',
    blocks: blocksOf(path).filter(
      ({ line }) => line > from && line < (sections[at + 1] ?? Number.POSITIVE_INFINITY),
    ),
  }));
}
