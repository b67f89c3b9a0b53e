import type { Line, ServerBlock } from '../corefile/parse.ts';
import { quoted } from '../corefile/problems.ts';
import type { Origin } from '../kube/objects.ts';

/**
 * An option of the command line, of a variable and of a program that stands for lines of a
 * Corefile. The declaration of the directive has it; `order.ts` lists them for the help.
 */
export interface Flag {
  /** `--ttl` */
  readonly flag: string;
  /** What stands behind the flag in the help; a flag without it takes no value, and means `on`. */
  readonly argument?: string;
  /** Lines of `svcdns serve --help`. */
  readonly help: readonly string[];
  readonly variable: string;
  /** The line of `svcdns --help`. */
  readonly variableHelp: string;
  /** Between the values in the variable; the flag may then be given more than once. */
  readonly separator?: string;
  /** Code of its problems. */
  readonly code: string;
  /** What other programs call it, without dashes: for who types that. */
  readonly elsewhere?: readonly string[];
  /** Decides which names there are: `check` and `records` have the flag too. */
  readonly isOfNames?: true;
  /** Says the same in the words of a Corefile, and changes one accordingly. */
  readonly edit: EditOf<never>;
}

/** Makes an edit of the text of an option, or its texts; `origin` is the option's. */
export type EditOf<T> = (value: T, origin: Origin) => Reading<CorefileEdit>;

/** What an option comes to, or what is wrong with its text. */
export type Reading<T> = { readonly value: T } | { readonly fault: string };

/** What an option says, in the words of a Corefile. Nothing is changed where it already says so. */
export interface CorefileEdit {
  /** Which server blocks it is about, for a message: "a server block with kubernetes". */
  readonly place: string;
  isAbout(block: ServerBlock): boolean;
  /** The line of a user's Corefile that says something else. */
  rival(block: ServerBlock): Line | undefined;
  /**
   * The directives of the block, with what the option says; `forForwarding` are the plugins that
   * are of no use without `forward`.
   */
  apply(block: ServerBlock, forForwarding: ReadonlySet<string>): readonly Line[];
}

/** Said instead of a place or a value: there is none. */
export const OFF = 'off';

export function readSwitch(text: string): Reading<boolean> {
  if (text === 'on' || text === OFF) return { value: text === 'on' };
  return { fault: `Cannot use ${quoted(text)}: expected on or off` };
}
