import { hostname } from 'node:os';
import { EdnsOption } from '../../dns/codes.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { Next, Plugin, Reply, Request } from '../plugin.ts';

/** Adds the name of this server to replies whose query asks for it (RFC 5001). */
class Nsid implements Plugin {
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

/** A reply has to have room for its records too. */
const MAX_DATA_BYTES = 255;

/** Reads `nsid [DATA...]`. */
export const plugin = {
  directive: 'nsid',
  setup(lines, _context, problems) {
    const directive = new Directive('nsid', problems);
    const line = directive.single(lines);
    directive.hasNoOptions(line);
    const text = line.args.length === 0 ? hostname() : line.args.map((word) => word.text).join(' ');
    const data = Uint8Array.from(Buffer.from(text, 'utf8'));
    if (data.length > MAX_DATA_BYTES) {
      const message = `Cannot use ${data.length} bytes as identifier: expected at most ${MAX_DATA_BYTES}`;
      directive.error(message, line.args[0]?.origin ?? line.origin);
    }
    return directive.failed ? undefined : new Nsid(data);
  },
} satisfies PluginDeclaration;
