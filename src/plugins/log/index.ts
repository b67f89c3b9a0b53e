import type { NameKey } from '../../dns/name.ts';
import { isInAny } from '../../dns/zones.ts';
import type { Logger } from '../../observe/log.ts';
import type { Clock } from '../../support/clock.ts';
import type { Next, Plugin, PluginContext, Reply, Request } from '../plugin.ts';
import { type Exchanged, type Format, fieldsOf } from './format.ts';
import { type ReplyClass, replyClass } from './reply-class.ts';

/** One `log` line of a server block. */
export interface LogRule {
  readonly names: readonly NameKey[];
  readonly format: Format;
  /** Undefined: all. */
  readonly classes: ReadonlySet<ReplyClass> | undefined;
}

/** Writes a line for each query. The first rule that has the name decides whether, and how. */
export class LogPlugin implements Plugin {
  readonly name = 'log';
  readonly #rules: readonly LogRule[];
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor(rules: readonly LogRule[], { clock, log }: PluginContext) {
    this.#rules = rules;
    this.#clock = clock;
    this.#log = log;
  }

  async serve(request: Request, next: Next): Promise<Reply> {
    // One line a query: what the server asks itself on the way to an alias's target is part of it.
    if (request.aliases.length > 0) return next(request);
    const reply = await next(request);
    const rule = this.#rules.find(({ names }) => isInAny(request.key, names));
    if (rule !== undefined && rule.classes?.has(replyClass(reply)) !== false) {
      this.#write(rule.format, { request, reply, ms: this.#clock.now() - request.receivedAt });
    }
    return reply;
  }

  #write(format: Format, exchanged: Exchanged): void {
    this.#log.info(fieldsOf(exchanged), format(exchanged));
  }
}
