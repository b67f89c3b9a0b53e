import type { Line, ServerBlock } from '../corefile/parse.ts';
import { didYouMean, listed, type ProblemList, quoted } from '../corefile/problems.ts';
import { zoneText } from '../corefile/zone-name.ts';
import { DIRECTIVES, pluginsIn } from './order.ts';

/**
 * Says of each directive whether it is known, and what will not happen when it is accepted without
 * being carried out: once a directive and block.
 */
export function resolveDirectives(blocks: readonly ServerBlock[], problems: ProblemList): void {
  const unknown = new UnknownDirectives(problems);
  for (const block of blocks) {
    const seen = new Set<string>();
    for (const line of block.directives) {
      if (problems.isFull) return; // looking for similar words is slow
      if (seen.has(line.name)) continue;
      seen.add(line.name);
      if (DIRECTIVES.has(line.name)) resolveDirective(line, problems);
      else unknown.add(line);
    }
  }
  unknown.reportMore();
}

/**
 * Unknown directives of one file that are seen one by one: a file with more of them is no Corefile.
 */
const MAX_UNKNOWN = 5;

/**
 * Tells of what no directive is called like. Of a file that is no Corefile most is only counted.
 */
class UnknownDirectives {
  readonly #problems: ProblemList;
  readonly #byFile = new Map<string, Line[]>();

  constructor(problems: ProblemList) {
    this.#problems = problems;
  }

  add(line: Line): void {
    const { name, origin } = line;
    const found = this.#byFile.get(origin.file) ?? [];
    this.#byFile.set(origin.file, found);
    found.push(line);
    if (found.length > MAX_UNKNOWN) return;
    this.#problems.error(CODE, unknownDirective(name), origin);
  }

  reportMore(): void {
    for (const found of this.#byFile.values()) {
      const next = found[MAX_UNKNOWN];
      if (next === undefined) continue;
      const more = found.length - MAX_UNKNOWN;
      const text = `${more} more unknown ${more === 1 ? 'directive' : 'directives'} from here on: is this a Corefile?`;
      this.#problems.error(CODE, text, next.origin);
    }
  }
}

const CODE = 'COREFILE_UNKNOWN_DIRECTIVE';

function resolveDirective({ name, origin }: Line, problems: ProblemList): void {
  const known = DIRECTIVES.get(name);
  if (known === undefined) return;
  if ('refused' in known) {
    const message = `${name}: known from CoreDNS but not offered: ${known.refused}`;
    problems.error('COREFILE_NOT_OFFERED', message, origin);
  }
}

function unknownDirective(name: string): string {
  const bare = name.replace(/^\{|\{$/, '');
  if (bare !== name && DIRECTIVES.has(bare)) {
    return `Unknown directive ${quoted(name)}: expected a space between ${quoted(bare)} and '{'`;
  }
  const meant = didYouMean(name, DIRECTIVES.keys());
  // Only what could be a name: the line of a password file, imported by mistake, is not to be
  // shown.
  if (meant !== '' || /^[a-z][a-z0-9_.-]{0,30}$/.test(name)) {
    return `Unknown directive ${quoted(name)}${meant}`;
  }
  return "Unknown directive: found no name: expected one such as 'forward'";
}

/**
 * Warns of server blocks in which nothing answers. They are served all the same, as by CoreDNS:
 * everything is REFUSED.
 */
export function reportUnanswered(blocks: readonly ServerBlock[], problems: ProblemList): void {
  const unanswered = blocks.filter((block) => !pluginsIn(block).some(({ answers }) => answers));
  // After a syntax error the plugin that answers may be there, unread.
  if (problems.hasErrors && unanswered.length === blocks.length) return;
  for (const { keys, origin } of unanswered) {
    const zones = listed([...new Set(keys.map((key) => zoneText(key.zone)))]);
    const message = `Server block ${zones}: nothing in it answers, so all is REFUSED: expected a plugin such as kubernetes or forward`;
    problems.warning('COREFILE_NOTHING_ANSWERS', message, origin);
  }
}
