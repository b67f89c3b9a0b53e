import { directivesNamed, type Line, type ServerBlock } from '../corefile/parse.ts';
import { type ChainedPlugin, ORDER } from '../plugins/registry.ts';

/** What these answer they hold in memory and claim (`Plugin.claims`), or they answer nothing. */
const WITHOUT_SAY: ReadonlySet<ChainedPlugin> = new Set([
  'hosts',
  'k8s_external',
  'kubernetes',
  'loop',
]);

/**
 * The directives of a block that decide what comes up to `name` from below, as one text. Two blocks
 * with the same text are answered alike, so what the one has kept is good for the other; comments,
 * the places of lines and the order of different directives are not in it.
 */
export function directivesBelow(block: ServerBlock, name: ChainedPlugin): string {
  const below = ORDER.slice(ORDER.indexOf(name) + 1).filter((other) => !WITHOUT_SAY.has(other));
  return JSON.stringify(below.flatMap((other) => directivesNamed(block, other).map(wordsOf)));
}

type Words = readonly (string | Words)[];

function wordsOf({ name, args, block = [] }: Line): Words {
  return [name, ...args.map(({ text }) => text), block.map(wordsOf)];
}
