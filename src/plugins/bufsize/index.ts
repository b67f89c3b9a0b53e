import type { Next, Plugin, Reply, Request } from '../plugin.ts';

/**
 * Lowers the UDP payload size that a client offers, so that what is below, and the upstream that is
 * asked, see the lower one.
 */
export class Bufsize implements Plugin {
  readonly name = 'bufsize';
  /**
   * Bytes. The server cuts the block's replies over UDP at this too: a reply does not carry a size.
   */
  readonly size: number;

  constructor(size: number) {
    this.size = size;
  }

  async serve(request: Request, next: Next): Promise<Reply> {
    const { edns } = request;
    if (edns === undefined || edns.size <= this.size) return next(request);
    return next({ ...request, edns: { ...edns, size: this.size } });
  }
}
