import { Rcode, Type } from '../../dns/codes.ts';
import type { NameKey } from '../../dns/name.ts';
import { isInAny } from '../../dns/zones.ts';
import type { Logger } from '../../observe/log.ts';
import type { Clock } from '../../support/clock.ts';
import type { Next, Plugin, PluginContext, Reply, Request } from '../plugin.ts';
import { type Exchanged, type Format, fieldsOf } from './format.ts';

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

/** CoreDNS's classes of replies, as `class` names them. */
export const REPLY_CLASSES = ['success', 'denial', 'error'] as const;

export type ReplyClass = (typeof REPLY_CLASSES)[number];

/**
 * A denial is NXDOMAIN, or NODATA: no answer, and the SOA that says so. No reply at all is an
 * error, as in CoreDNS.
 */
function replyClass({ rcode, answer, authority, isSilent }: Reply): ReplyClass {
  if (isSilent) return 'error';
  if (rcode === Rcode.NXDOMAIN) return 'denial';
  if (rcode !== Rcode.NOERROR) return 'error';
  const isNodata = answer.length === 0 && authority.some((record) => record.type === Type.SOA);
  return isNodata ? 'denial' : 'success';
}
