import { quoted } from '../../corefile/problems.ts';
import { MIN_UDP_PAYLOAD_BYTES, UDP_PAYLOAD_BYTES } from '../../dns/edns.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { Next, Plugin, Reply, Request } from '../plugin.ts';

/**
 * Lowers the UDP payload size that a client offers, so that what is below, and the upstream that is
 * asked, see the lower one.
 */
export class Bufsize implements Plugin {
  readonly name = 'bufsize';
  readonly udpReplyBytes: number;

  constructor(size: number) {
    this.udpReplyBytes = size;
  }

  async serve(request: Request, next: Next): Promise<Reply> {
    const { edns } = request;
    if (edns === undefined || edns.size <= this.udpReplyBytes) return next(request);
    return next({ ...request, edns: { ...edns, size: this.udpReplyBytes } });
  }
}

/** CoreDNS's limit: what most resolvers offered before fragments were known to be harmful. */
const MAX_BYTES = 4096;

/** Reads `bufsize [BYTES]`. */
export const plugin = {
  directive: 'bufsize',
  clusterAnswers: () => 'kept', // the short cut knows the block's own limit on replies
  setup(lines, _context, problems) {
    const directive = new Directive('bufsize', problems);
    const line = directive.single(lines);
    directive.hasNoOptions(line);
    if (!directive.hasArgs(line, 0, 1)) return undefined;
    const [word] = line.args;
    const size = word === undefined ? UDP_PAYLOAD_BYTES : Number(word.text);
    if (word !== undefined && !isSize(word.text)) {
      const range = `${MIN_UDP_PAYLOAD_BYTES} - ${MAX_BYTES}`;
      directive.error(`must be within ${range}: found ${quoted(word.text)}`, word.origin);
    }
    return directive.failed ? undefined : new Bufsize(size);
  },
} satisfies PluginDeclaration;

function isSize(text: string): boolean {
  const size = Number(text);
  return /^\d{1,6}$/.test(text) && size >= MIN_UDP_PAYLOAD_BYTES && size <= MAX_BYTES;
}
