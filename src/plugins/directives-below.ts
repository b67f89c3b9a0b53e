import { directivesNamed, type Line, type ServerBlock } from '../corefile/parse.ts';
import type { PluginDeclaration } from './declaration.ts';
import { PLUGINS } from './order.ts';

/**
 * The directives of a block that decide what comes up to a plugin from below, as one text. Two
 * blocks with the same text are answered alike, so what the one has kept is good for the other;
 * comments, the places of lines and the order of different directives are not in it.
 */
export function directivesBelow(block: ServerBlock, plugin: PluginDeclaration): string {
  const below = PLUGINS.slice(PLUGINS.indexOf(plugin) + 1).filter(
    ({ setup, isNeverCached }) => setup !== undefined && isNeverCached === undefined,
  );
  return JSON.stringify(
    below.flatMap(({ directive }) => directivesNamed(block, directive).map(wordsOf)),
  );
}

type Words = readonly (string | Words)[];

function wordsOf({ name, args, block = [] }: Line): Words {
  return [name, ...args.map(({ text }) => text), block.map(wordsOf)];
}
