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
