import type { Origin } from '../../kube/objects.ts';
import type { Next, Plugin, PluginContext, Reply, Request } from '../plugin.ts';
import type { UpstreamHandle } from '../upstream-handle.ts';
import { withOwnTarget } from './exchange/own-alias.ts';
import type { Forwarder } from './forwarder.ts';
import type { Upstreams } from './upstream/upstreams.ts';

/**
 * Asks other servers. Its lines are tried in the order of the file: a question goes to the first
 * one that takes its name, and to later ones when `next` says so; one that no line takes goes to
 * the next plugin.
 */
export class Forward implements Plugin {
  readonly name = 'forward';
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

  async serve(request: Request, next: Next): Promise<Reply> {
    let reply: Reply | undefined;
    for (const forwarder of this.#forwarders) {
      if (!forwarder.matches(request)) continue;
      reply = await forwarder.serve(request);
      if (!forwarder.passesOn(reply)) break;
    }
    return reply === undefined ? next(request) : withOwnTarget(request, reply, this.#server);
  }
}
