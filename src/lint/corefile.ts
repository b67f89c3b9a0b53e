import type { BlockSettings, Settings } from '../config/settings.ts';
import type { Line, Word } from '../corefile/parse.ts';
import { isInZone, zonesOfWord } from '../corefile/zone-name.ts';

/** A Corefile, and what it came to. */
export type LintedCorefile = Pick<Settings, 'blocks'>;

/** The zones of the keys of a server block, each once; '' is the root. */
export function zonesOf({ zones }: BlockSettings): string[] {
  return [...new Set(zones.map(({ zone }) => zone))];
}

/** The zones that words name, or those of the server block when there are none. */
export function zonesIn(words: readonly Word[], block: BlockSettings): string[] {
  if (words.length === 0) return zonesOf(block);
  return words.flatMap(({ text }) => zonesOfWord(text));
}

/** The options of a name in the block of a directive. */
export function optionsNamed({ block = [] }: Line, name: string): Line[] {
  return block.filter((option) => option.name === name);
}

/** Those of `zones` whose names, if they are missing, do not go on to the next plugin. */
export function withoutFallthrough(line: Line, zones: readonly string[]): string[] {
  const passing = optionsNamed(line, 'fallthrough').flatMap(({ args }) =>
    args.length === 0 ? [''] : args.flatMap(({ text }) => zonesOfWord(text)),
  );
  return zones.filter((zone) => !isCovered(zone, passing));
}

/** Whether all names of the zone are in one of the others. */
export function isCovered(zone: string, by: readonly string[]): boolean {
  return by.some((one) => isInZone(zone, one));
}
