import { DIRECTIVES } from './known-directives.ts';
import type { Line, ServerBlock } from './parse.ts';
import { didYouMean, type ProblemList, quoted } from './problems.ts';

/**
 * Says of each directive whether it is known, and what will not happen when it is accepted without
 * being carried out: once a directive and block.
 */
export function resolveDirectives(blocks: readonly ServerBlock[], problems: ProblemList): void {
  for (const block of blocks) {
    const told = new Set<string>();
    for (const line of block.directives) {
      if (problems.isFull) return; // looking for similar words is slow
      if (told.has(line.name)) continue;
      told.add(line.name);
      resolveDirective(line, problems);
    }
  }
}

/** The lines of one directive in a block. CoreDNS hands them to the plugin's setup as one. */
export function directivesNamed(block: ServerBlock, name: string): Line[] {
  return block.directives.filter((line) => line.name === name);
}

function resolveDirective({ name, origin }: Line, problems: ProblemList): void {
  const standing = DIRECTIVES.get(name);
  switch (standing?.kind) {
    case 'offered':
      return;
    case 'accepted':
      problems.warning(
        'COREFILE_NOT_YET',
        `${name}: not carried out yet: ${standing.instead}`,
        origin,
      );
      return;
    case 'refused':
      problems.error(
        'COREFILE_NOT_OFFERED',
        `${name}: known from CoreDNS but not offered: ${standing.reason}`,
        origin,
      );
      return;
    default:
      problems.error('COREFILE_UNKNOWN_DIRECTIVE', unknownDirective(name), origin);
  }
}

function unknownDirective(name: string): string {
  const bare = name.replace(/^\{|\{$/, '');
  if (bare !== name && DIRECTIVES.has(bare)) {
    return `Unknown directive ${quoted(name)}: expected a space between ${quoted(bare)} and '{'`;
  }
  return `Unknown directive ${quoted(name)}${didYouMean(name, DIRECTIVES.keys())}`;
}
