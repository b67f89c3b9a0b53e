import type { Next, Plugin, Reply, Request } from '../plugin.ts';
import type { Forwarder } from './forwarder.ts';
import type { Upstreams } from './upstreams.ts';

/**
 * Asks other servers. Its lines are tried in the order of the file: a question goes to the first that takes its name,
 * and on to later ones when that one says so (`next`); one that no line takes goes to the next plugin.
 */
export class Forward implements Plugin {
  readonly name = 'forward';
  readonly #forwarders: readonly Forwarder[];
  readonly #upstreams: Upstreams;

  constructor(forwarders: readonly Forwarder[], upstreams: Upstreams) {
    this.#forwarders = forwarders;
    this.#upstreams = upstreams;
  }

  async start(): Promise<void> {
    await Promise.all(this.#forwarders.map(({ upstreams }) => upstreams.start()));
  }

  async stop(): Promise<void> {
    for (const { upstreams } of this.#forwarders) upstreams.stop();
  }

  keep(): unknown {
    return this.#upstreams.keep();
  }

  async serve(request: Request, next: Next): Promise<Reply> {
    let reply: Reply | undefined;
    for (const forwarder of this.#forwarders) {
      if (!forwarder.matches(request)) continue;
      reply = await forwarder.serve(request);
      if (!forwarder.passesOn(reply)) return reply;
    }
    return reply ?? next(request);
  }
}
