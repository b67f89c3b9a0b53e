import type { Origin } from '../../kube/objects.ts';
import type { Next, Plugin, PluginContext, Reply, Request } from '../plugin.ts';
import type { RelayedQuestion, Relaying, ReplyKeeper } from '../relaying.ts';
import type { UpstreamHandle } from '../upstream-handle.ts';
import { withOwnTarget } from './exchange/own-alias.ts';
import { NAME } from './flags.ts';
import type { Forwarder } from './forwarder.ts';
import { UnkeptReplies } from './relay/unkept-replies.ts';
import type { Upstreams } from './upstream/upstreams.ts';

/**
 * Asks other servers. Its lines are tried in the order of the file: a question goes to the first
 * one that takes its name, and to later ones when `next` says so; one that no line takes goes to
 * the next plugin.
 */
export class Forward implements Plugin, Relaying {
  readonly name = NAME;
  readonly keeper: ReplyKeeper;
  readonly #forwarders: readonly Forwarder[];
  readonly #upstreams: Upstreams;
  readonly #server: Pick<PluginContext, 'resolve' | 'isOwnName'>;

  constructor(
    forwarders: readonly Forwarder[],
    upstreams: Upstreams,
    server: Pick<PluginContext, 'resolve' | 'isOwnName'>,
  ) {
    this.#forwarders = forwarders;
    this.#upstreams = upstreams;
    this.#server = server;
    this.keeper = new UnkeptReplies(server.isOwnName);
  }

  get relaying(): Relaying | undefined {
    return this.#forwarders.some(({ relays }) => relays !== undefined) ? this : undefined;
  }

  /** The line that takes the name has the only say, if it relays. */
  relay(question: RelayedQuestion): boolean {
    const forwarder = this.#forwarders.find((one) => one.matches(question.query));
    return forwarder?.relays?.relay(question) === true;
  }

  async start(): Promise<void> {
    await Promise.all(this.#forwarders.map(({ upstreams }) => upstreams.start()));
  }

  async stop(): Promise<void> {
    for (const forwarder of this.#forwarders) forwarder.stop();
  }

  keep(): unknown {
    return this.#upstreams.keep();
  }

  upstreams(): readonly UpstreamHandle[] {
    return this.#forwarders.flatMap(({ handles }) => handles);
  }

  leadingBack(): readonly Origin[] {
    return this.#forwarders.flatMap(({ upstreams }) => upstreams.leadingBack ?? []);
  }

  serve(request: Request, next: Next): Promise<Reply> {
    return this.#askFrom(0, request, undefined, next);
  }

  /** Asks the first line from this one on that takes the name, and later ones when it says so. */
  #askFrom(line: number, request: Request, before: Reply | undefined, next: Next): Promise<Reply> {
    let at = line;
    while (this.#forwarders[at]?.matches(request) === false) at++;
    const forwarder = this.#forwarders[at];
    if (forwarder !== undefined) {
      return forwarder.serve(request).then((reply) => {
        if (forwarder.passesOn(reply)) return this.#askFrom(at + 1, request, reply, next);
        return withOwnTarget(request, reply, this.#server);
      });
    }
    if (before === undefined) return next(request);
    return Promise.resolve(withOwnTarget(request, before, this.#server));
  }
}
