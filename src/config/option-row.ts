import type { Environment } from '../corefile/reader.ts';
import type { EditOf } from './corefile-edits.ts';
import type { Reading } from './option-readers.ts';

/** What a reader or a default may look at besides the text. */
export interface OptionWorld {
  readonly env: Environment;
  /** Folder that relative paths start from, absolute. */
  readonly cwd: string;
}

/** One option, however it is given. */
export interface OptionRow {
  /** `--listen`; `-dns.port` is CoreDNS's spelling. */
  readonly flag?: string;
  /** What stands behind the flag in the help; a flag without it takes no value, and means `on`. */
  readonly argument?: string;
  /** Lines of `svcdns serve --help`; CoreDNS's own flags have none. */
  readonly help?: readonly string[];
  readonly variable?: string;
  /** The line of `svcdns --help`. */
  readonly variableHelp?: string;
  /** What the image sets the variable to: then a Corefile that says otherwise is not reported. */
  readonly inImage?: string;
  /** Between the values in the variable; the flag may then be given more than once. */
  readonly separator?: string;
  /** Code of its problems. */
  readonly code?: string;
  /** Reads the text. Without it the Corefile decides what the text means: see load.ts. */
  readonly read?: (text: string, world: OptionWorld) => Reading<unknown>;
  /** Says the same in the words of a Corefile, and changes one accordingly. */
  readonly edit?: EditOf<never>;
  /** What holds without the option; with it the option is one of `Settings.options`. */
  readonly fallback?: (world: OptionWorld) => unknown;
  /** Decides which names there are: `check` and `records` have the flag too. */
  readonly isOfNames?: true;
}
