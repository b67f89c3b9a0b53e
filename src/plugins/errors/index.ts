import { Rcode, rcodeName, typeName } from '../../dns/codes.ts';
import { textOf } from '../../dns/name.ts';
import type { Logger } from '../../observe/log.ts';
import type { Clock } from '../../support/clock.ts';
import type { Next, Plugin, PluginContext, Reply, Request } from '../plugin.ts';
import { type ConsolidateRule, Consolidation } from './consolidation.ts';
import { LineLimit } from './line-limit.ts';

const NAME = 'errors';

/** RFC 8914: the failure was found in the cache, and logged when it happened. */
const CACHED_ERROR = 13;

/** A text that is longer says nothing more, and costs time to match. */
const MAX_TEXT_CHARACTERS = 500;

/**
 * Logs what went wrong: replies with SERVFAIL that say why, and refusals because a limit is
 * reached. A failure that an upstream has sent is its own, not ours, and is passed on without a
 * line, as in CoreDNS; so is what a rule refuses.
 */
export class ErrorsPlugin implements Plugin {
  readonly name = NAME;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #limit: LineLimit;
  readonly #consolidations: readonly Consolidation[];

  constructor(rules: readonly ConsolidateRule[], { clock, log }: PluginContext) {
    this.#clock = clock;
    this.#log = log;
    this.#limit = new LineLimit();
    this.#consolidations = rules.map(
      (rule) =>
        new Consolidation(rule, clock, (summary) =>
          log[rule.level]({ plugin: NAME }, `plugin/errors: ${summary}`),
        ),
    );
  }

  async stop(): Promise<void> {
    for (const consolidation of this.#consolidations) consolidation.close();
  }

  serve(request: Request, next: Next): Promise<Reply> {
    // One line a query: a target that fails fails the question whose alias led there, which is
    // logged.
    if (request.aliases.length > 0) return next(request);
    return next(request).then((reply) => {
      this.#look(request, reply);
      return reply;
    });
  }

  dropped(question: Pick<Request, 'key' | 'type' | 'client'>, reason: string): void {
    this.#failed(question, { rcode: Rcode.SERVFAIL, plugin: '' }, reason);
  }

  #look(request: Request, reply: Reply): void {
    const { rcode, error, provisional } = reply;
    const isOurs = rcode === Rcode.SERVFAIL || provisional === 'busy';
    if (isOurs && error !== undefined && error.code !== CACHED_ERROR) {
      this.#failed(request, reply, error.text.slice(0, MAX_TEXT_CHARACTERS));
    }
  }

  #failed(
    request: Pick<Request, 'key' | 'type' | 'client'>,
    reply: Pick<Reply, 'rcode' | 'plugin'>,
    text: string,
  ): void {
    const consolidation = this.#consolidations.find((one) => one.matches(text));
    if (consolidation !== undefined && !consolidation.count()) return;
    const leftOut = this.#limit.take(this.#clock.now());
    if (leftOut === undefined) return;
    const name = textOf(request.key);
    const type = typeName(request.type);
    this.#log[consolidation?.rule.level ?? 'error'](
      {
        plugin: NAME,
        name,
        type,
        rcode: rcodeName(reply.rcode),
        from: reply.plugin,
        client: request.client.address,
        ...(leftOut === 0 ? {} : { leftOut }),
      },
      `plugin/errors: ${reply.rcode} ${name} ${type}: ${text}`,
    );
  }
}
