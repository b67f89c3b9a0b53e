import { MAX_ZONES } from '../corefile/limits.ts';
import type { Line, Word } from '../corefile/parse.ts';
import { didYouMean, type ProblemList, quoted } from '../corefile/problems.ts';
import { serverKeys } from '../corefile/server-key.ts';
import { keyFromText, type NameKey, ROOT } from '../dns/name.ts';
import type { Origin } from '../kube/objects.ts';

/**
 * Reads the directives of one plugin and reports what is wrong with them: its name in front, as in
 * CoreDNS, and the place of the word that is wrong. Remembers whether anything was.
 */
export class Directive {
  readonly #plugin: string;
  readonly #problems: ProblemList;
  #failed = false;

  constructor(plugin: string, problems: ProblemList) {
    this.#plugin = plugin;
    this.#problems = problems;
  }

  /** An error has been reported: what was read is not to be used. */
  get failed(): boolean {
    return this.#failed;
  }

  error(message: string, origin: Origin): void {
    this.#failed = true;
    this.#problems.error('PLUGIN_OPTION', `plugin/${this.#plugin}: ${message}`, origin);
  }

  warning(message: string, origin: Origin): void {
    this.#problems.warning('PLUGIN_OPTION', `plugin/${this.#plugin}: ${message}`, origin);
  }

  /** The one line of a directive that may be there once; the first when there are more. */
  single(lines: readonly Line[]): Line {
    for (const { origin } of lines.slice(1)) {
      this.error('this plugin can only be used once per Server Block', origin);
    }
    return lines[0] as Line;
  }

  /** Whether a line has from `least` to `most` arguments; an error when not. */
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
    if (args.length === 0) return otherwise;
    const found = new Set<NameKey>();
    for (const word of args) {
      const keys = serverKeys({ ...word, kind: 'word', startsLine: false }, this.#problems);
      if (keys.length === 0) this.#failed = true;
      for (const { zone } of keys) found.add(keyFromText(zone));
      if (found.size > MAX_ZONES) {
        this.error(`more than ${MAX_ZONES} zones`, word.origin);
        break;
      }
    }
    return [...found];
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
  return most === Number.POSITIVE_INFINITY ? `at least ${least}` : `${least} to ${most}`;
}
