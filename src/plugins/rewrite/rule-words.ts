import type { Word } from '../../corefile/parse.ts';
import type { Directive } from '../directive.ts';
import type { PluginContext } from '../plugin.ts';

/** The words after a rule's kind, and where the line is. */
export interface RuleWords {
  readonly continues: boolean;
  /** `name`, `ttl` …: what the line is about. */
  readonly kind: Word;
  readonly args: readonly Word[];
  readonly directive: Directive;
  readonly context: PluginContext;
}
