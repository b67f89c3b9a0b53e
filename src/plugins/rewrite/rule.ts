import type { Word } from '../../corefile/parse.ts';
import type { Directive } from '../directive.ts';
import type { PluginContext, Reply, Request } from '../plugin.ts';

/** A `rewrite` line. */
export interface Rule {
  /** Whether the rules after it are tried too once it has changed something. */
  readonly continues: boolean;
  /** Whether the rule is about this question. It may say so of one that `apply` leaves alone. */
  concerns(question: AskedFor): boolean;
  /** Undefined when the rule is not about this question. */
  apply(request: Request): Rewritten | undefined;
}

/** What rules look for. */
type AskedFor = Pick<Request, 'key' | 'type' | 'qclass'>;

export interface Rewritten {
  /** The question from here on; undefined when its name could not be one. */
  readonly request: Request | undefined;
  /** What is done to the reply, the last first. */
  readonly replyRules: readonly ReplyRule[];
}

/** Gives a changed copy of a reply, which itself may stand in a cache. */
export type ReplyRule = (reply: Reply) => Reply | Promise<Reply>;

/** The words after a rule's kind, and where the line is. */
export interface RuleWords {
  readonly continues: boolean;
  /** `name`, `ttl` …: what the line is about. */
  readonly kind: Word;
  readonly args: readonly Word[];
  readonly directive: Directive;
  readonly context: PluginContext;
}
