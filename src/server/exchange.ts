import type { Query } from '../dns/query.ts';
import type { TcpLimits } from './limits.ts';

/** Returned by `Exchange.answer` when the reply will come through the query's sink. */
export const PENDING = -1;

/** One query's life: bytes in, bytes out, no sockets. Never throws, whatever the bytes. */
export interface Exchange {
  /** Limits of its own for the TCP connections it answers on; the server's hold for the others. */
  readonly tcpLimits?: Partial<TcpLimits> | undefined;
  /**
   * Reads the query's message, writes the reply into `output` (65,535 bytes for TCP, at least 4,096
   * for UDP) and returns its length: 0 when nothing is to be sent, `PENDING` when the reply will be
   * given to the query's sink later. The query and its input are free again afterwards.
   */
  answer(query: Query, output: Buffer): number;
}
