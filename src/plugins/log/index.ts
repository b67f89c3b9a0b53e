import type { NameKey } from '../../dns/name.ts';
import type { Query } from '../../dns/query.ts';
import { isInAny } from '../../dns/zones.ts';
import type { Logger } from '../../observe/log.ts';
import type { Clock } from '../../support/clock.ts';
import type { ShortCutPart } from '../cluster-answers.ts';
import type { Next, Plugin, PluginContext, Reply, Request } from '../plugin.ts';
import {
  type Exchanged,
  exchangedInChain,
  type ReplyClass,
  ShortCutExchanged,
} from './exchanged.ts';
import type { Format } from './format.ts';

/** One `log` line of a server block. */
export interface LogRule {
  readonly names: readonly NameKey[];
  readonly format: Format;
  /** Undefined: all. */
  readonly classes: ReadonlySet<ReplyClass> | undefined;
}

/** Writes a line for each query. The first rule that has the name decides whether, and how. */
export class LogPlugin implements Plugin, ShortCutPart {
  readonly name = 'log';
  readonly #rules: readonly LogRule[];
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #exchanged = new ShortCutExchanged();

  constructor(rules: readonly LogRule[], { clock, log }: PluginContext) {
    this.#rules = rules;
    this.#clock = clock;
    this.#log = log;
  }

  /** Whether its lines need what only questions that pass the plugins have. */
  get hasMetadata(): boolean {
    return this.#rules.some(({ format }) => format.hasMetadata);
  }

  async serve(request: Request, next: Next): Promise<Reply> {
    // One line a query: what the server asks itself on the way to an alias's target is part of it.
    if (request.aliases.length > 0) return next(request);
    const reply = await next(request);
    const rule = this.#ruleFor(request.key);
    if (rule !== undefined) {
      const ms = this.#clock.now() - request.receivedAt;
      this.#write(rule, exchangedInChain(request, reply, ms));
    }
    return reply;
  }

  answered(query: Query, reply: Buffer, rcode: number, plugin: string): void {
    const rule = this.#ruleFor(query.key);
    if (rule === undefined) return;
    const exchanged = this.#exchanged.moveTo(query, reply, rcode, plugin);
    exchanged.ms = this.#clock.now() - query.receivedAt;
    this.#write(rule, exchanged);
  }

  #ruleFor(key: NameKey): LogRule | undefined {
    return this.#rules.find(({ names }) => isInAny(key, names));
  }

  #write({ classes, format }: LogRule, exchanged: Exchanged): void {
    if (classes?.has(exchanged.replyClass) === false) return;
    if (!this.#log.isLevelEnabled('info')) return;
    this.#log.queryLines.add(exchanged, format.line);
  }
}
