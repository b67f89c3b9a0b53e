import { EdnsOption } from '../../dns/codes.ts';
import type { Next, Plugin, Reply, Request } from '../plugin.ts';

/** Adds the name of this server to replies whose query asks for it (RFC 5001). */
export class Nsid implements Plugin {
  readonly name = 'nsid';
  readonly #data: Uint8Array;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  async serve(request: Request, next: Next): Promise<Reply> {
    const reply = await next(request);
    return !reply.isSilent && asksForName(request) ? this.#named(reply) : reply;
  }

  /** An identifier that is there already is an upstream's, and the client asked who we are. */
  #named(reply: Reply): Reply {
    const others = reply.options.filter(({ code }) => code !== EdnsOption.NSID);
    return { ...reply, options: [...others, { code: EdnsOption.NSID, data: this.#data }] };
  }
}

function asksForName({ edns }: Request): boolean {
  return edns?.options.some(({ code }) => code === EdnsOption.NSID) ?? false;
}
