import type { Environment } from '../corefile/reader.ts';
import type { Flag, Reading } from '../plugins/flag.ts';

/** What a reader or a default may look at besides the text. */
export interface OptionWorld {
  readonly env: Environment;
  /** Folder that relative paths start from, absolute. */
  readonly cwd: string;
}

/** One option, however it is given; CoreDNS's own flags, as `-dns.port`, have no help. */
export interface OptionRow extends Partial<Flag> {
  /** What the image sets the variable to: then a Corefile that says otherwise is not reported. */
  readonly inImage?: string;
  /** Reads the text. Without it and `edit` the Corefile decides what it means: see load.ts. */
  readonly read?: (text: string, world: OptionWorld) => Reading<unknown>;
  /** What holds without the option; with it the option is one of `Settings.options`. */
  readonly fallback?: (world: OptionWorld) => unknown;
}
