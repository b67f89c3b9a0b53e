import { directivesNamed, type Line, type ServerBlock } from '../corefile/parse.ts';
import type { Origin } from '../kube/objects.ts';
import type { CorefileEdit } from './flag.ts';

/** For a line that may stand in any server block. */
export const ANYWHERE = { place: 'a server block', isAbout: () => true };

/** Adds the line to blocks that have none of the name; any other of the name is a rival. */
export function addition(line: Line): Pick<CorefileEdit, 'rival' | 'apply'> {
  return {
    rival: (block) =>
      directivesNamed(block, line.name).find((one) => lineText(one) !== lineText(line)),
    apply: (block) =>
      directivesNamed(block, line.name).length > 0 ? block.directives : [...block.directives, line],
  };
}

/** The directives of a block, with the first of this name changed. */
export function onFirst(block: ServerBlock, name: string, change: (line: Line) => Line): Line[] {
  const [first] = directivesNamed(block, name);
  return block.directives.map((line) => (line === first ? change(line) : line));
}

/** The line of these words. */
export function lineOf([name = '', ...words]: readonly string[], origin: Origin): Line {
  const args = words.map((text) => ({ text, origin }));
  return { name, args, block: undefined, origin };
}

/** A line as it is written, for a message; of its block no more than that it has one. */
export function lineText({ name, args, block }: Line): string {
  const text = [name, ...args.map((word) => word.text)].join(' ');
  return block === undefined || block.length === 0 ? text : `${text} {`;
}
