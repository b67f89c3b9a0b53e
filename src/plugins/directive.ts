import { parseDuration } from '../corefile/duration.ts';
import type { Line, Word } from '../corefile/parse.ts';
import { didYouMean, type ProblemList, quoted } from '../corefile/problems.ts';
import { serverKeys } from '../corefile/server-key.ts';
import { keyFromText, type NameKey, ROOT } from '../dns/name.ts';
import type { Origin } from '../kube/objects.ts';
import { wordCount } from './option-form.ts';
import type { PluginContext } from './plugin.ts';

/** Zones that one directive names. */
const MAX_ZONES = 1000;

/** CoreDNS's bound for `ttl` of `kubernetes` and `k8s_external`. */
const MAX_TTL_SECONDS = 3600;

/** Reads an option that has as many words as it may have. */
export type ReadOption<Context extends readonly unknown[]> = (
  option: Line,
  ...context: Context
) => void;

/** The codes of errors: of an option that is wrong, and of too much of something. */
interface ProblemCodes {
  readonly option: string;
  readonly limit: string;
}

const PLUGIN_CODES: ProblemCodes = { option: 'PLUGIN_OPTION', limit: 'PLUGIN_OPTION' };

/**
 * Reads the directives of one plugin and reports what is wrong with them: its name in front, as in
 * CoreDNS, and the place of the word that is wrong. Remembers whether anything was.
 */
export class Directive {
  readonly #plugin: string;
  readonly #problems: ProblemList;
  readonly #codes: ProblemCodes;
  #failed = false;

  constructor(plugin: string, problems: ProblemList, codes = PLUGIN_CODES) {
    this.#plugin = plugin;
    this.#problems = problems;
    this.#codes = codes;
  }

  /** Nothing more is kept of what is reported: no need to look for more. */
  get isFull(): boolean {
    return this.#problems.isFull;
  }

  /** An error has been reported: what was read is not to be used. */
  get failed(): boolean {
    return this.#failed;
  }

  error(message: string, origin: Origin, code: string = this.#codes.option): void {
    this.#failed = true;
    this.#problems.error(code, `plugin/${this.#plugin}: ${message}`, origin);
  }

  warning(message: string, origin: Origin): void {
    this.#problems.warning(this.#codes.option, `plugin/${this.#plugin}: ${message}`, origin);
  }

  /** The one line of a directive that may be there once; the first when there are more. */
  single(lines: readonly Line[]): Line {
    for (const { origin } of lines.slice(1)) {
      this.error('this plugin can only be used once per Server Block', origin);
    }
    return lines[0] as Line;
  }

  /** The one line of a directive that takes neither arguments nor options. */
  bare(lines: readonly Line[]): Line {
    const line = this.single(lines);
    this.hasArgs(line, 0, 0);
    this.hasNoOptions(line);
    return line;
  }

  /** Whether a line has `least` to `most` arguments; an error when not. */
  hasArgs(line: Line, least: number, most: number): boolean {
    if (line.args.length >= least && line.args.length <= most) return true;
    const message = `Wrong argument count or unexpected line ending after ${quoted(line.name)}`;
    const origin = line.args[most]?.origin ?? line.origin;
    this.error(`${message}: expected ${countText(least, most)}`, origin);
    return false;
  }

  /** An error for each option in the block of a line that takes none. */
  hasNoOptions(line: Line): void {
    for (const option of line.block ?? []) this.unknown(option, []);
  }

  /**
   * Reads the options in the block of a line: each with as many words as its form says, by its
   * reader, which is given `context` too. An error for any other. An option with a reader and no
   * form is one that is refused, or has no meaning any more.
   */
  options<Name extends string, Context extends readonly unknown[]>(
    line: Line,
    forms: Readonly<Record<Name, string>>,
    readers: Readonly<Record<NoInfer<Name>, ReadOption<Context>>>,
    ...context: Context
  ): void {
    for (const option of line.block ?? []) this.option(option, forms, readers, ...context);
  }

  /** The same for one of them. */
  option<Name extends string, Context extends readonly unknown[]>(
    option: Line,
    forms: Readonly<Record<Name, string>>,
    readers: Readonly<Record<NoInfer<Name>, ReadOption<Context>>>,
    ...context: Context
  ): void {
    if (this.isFull) return; // looking for similar words is slow
    const name = option.name as Name;
    if (!Object.hasOwn(readers, name)) {
      this.unknown(option, Object.keys(forms));
    } else if (
      this.hasNoBlock(option) &&
      (!Object.hasOwn(forms, name) || this.#hasForm(option, forms[name]))
    ) {
      readers[name](option, ...context);
    }
  }

  /** Whether no block stands behind an option; an error when one does. */
  hasNoBlock({ name, block, origin }: Line): boolean {
    if (block === undefined) return true;
    this.error(
      `Unexpected '{' after ${quoted(name)}: expected a new line`,
      origin,
      'COREFILE_SYNTAX',
    );
    return false;
  }

  #hasForm(option: Line, form: string): boolean {
    const { least, most } = wordCount(form);
    return this.hasArgs(option, least, most);
  }

  /** An error for a word that is no option. */
  unknown(option: Line, known: readonly string[]): void {
    const expected =
      known.length === 0 ? `: ${quoted(this.#plugin)} has no options` : hint(option.name, known);
    this.error(`unknown property ${quoted(option.name)}${expected}`, option.origin);
  }

  /**
   * Zones given as arguments, networks expanded to their reverse zones; or `otherwise` when there
   * are none.
   */
  zones(args: readonly Word[], otherwise: readonly NameKey[]): readonly NameKey[] {
    return args.length === 0 ? otherwise : this.zoneTexts(args).map(keyFromText);
  }

  /** The same as text: lower case, without the final dot. */
  zoneTexts(args: readonly Word[]): readonly string[] {
    const found = new Set<string>();
    for (const word of args) {
      const keys = serverKeys({ ...word, kind: 'word', startsLine: false }, this.#problems);
      if (keys.length === 0) this.#failed = true;
      for (const { zone } of keys) found.add(zone);
      if (found.size > MAX_ZONES) {
        this.error(`more than ${MAX_ZONES} zones`, word.origin, this.#codes.limit);
        break;
      }
    }
    return [...found];
  }

  /** The seconds of a `ttl` line for the cluster's records; undefined after an error. */
  ttl({ args }: Line): number | undefined {
    const { text, origin } = args[0] as Word;
    const ttl = Number(text);
    const range = `0 to ${MAX_TTL_SECONDS}`;
    if (!/^[+-]?\d{1,15}$/.test(text)) {
      this.error(`Cannot read ${quoted(text)} as ttl: expected whole seconds, ${range}`, origin);
    } else if (ttl < 0 || ttl > MAX_TTL_SECONDS) {
      this.error(`ttl must be in range [0, ${MAX_TTL_SECONDS}]: ${ttl}`, origin);
    } else return ttl;
    return undefined;
  }

  /** How often `reload` has a file looked at, ms, 0 for never; undefined after an error. */
  reload(option: Line, fault: string, example: string): number | undefined {
    const { text, origin } = option.args[0] as Word;
    const reloadMs = parseDuration(text);
    if (reloadMs !== undefined) return reloadMs;
    const expected = `expected a duration, as in ${example}, or 0 to read the file only once`;
    this.error(`${fault} ${quoted(text)}: ${expected}`, origin);
    return undefined;
  }

  /** The zones of a `fallthrough` line; all names when it has none. */
  fallthrough(line: Line): readonly NameKey[] {
    return this.zones(line.args, [ROOT]);
  }
}

function hint(word: string, known: readonly string[]): string {
  return didYouMean(word, known) || `: expected one of ${known.join(', ')}`;
}

function countText(least: number, most: number): string {
  if (most === 0) return 'no argument';
  if (least === most) return `${least}`;
  if (most === Number.POSITIVE_INFINITY) return `at least ${least}`;
  return most === least + 1 ? `${least} or ${most}` : `${least} to ${most}`;
}

/** The zones of the server block a plugin is in. */
export function blockZones(context: Pick<PluginContext, 'zones'>): readonly NameKey[] {
  return context.zones.map(keyFromText);
}
