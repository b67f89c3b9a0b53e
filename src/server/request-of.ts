import { EdnsOption } from '../dns/codes.ts';
import { readOptions } from '../dns/edns.ts';
import { Flag } from '../dns/header.ts';
import type { Query } from '../dns/query.ts';
import type { Request } from '../plugins/plugin.ts';
import type { Peer, ReplySink, Transport } from './exchange.ts';
import { questionName } from './reply.ts';

/** Where a query came from and when. */
export interface Arrival {
  readonly peer: Peer;
  readonly transport: Transport;
  readonly sink: ReplySink;
  /** `Clock.now()`; ms. */
  readonly receivedAt: number;
}

/** The question in `input[0, length)`, which was read into `query`, as plugins are given it. */
export function requestOf(
  query: Query,
  input: Uint8Array,
  length: number,
  { peer, transport, sink, receivedAt }: Arrival,
): Request {
  return {
    id: query.id,
    name: questionName(query, input),
    key: query.key,
    type: query.type,
    klass: query.klass,
    recursionDesired: query.recursionDesired,
    checkingDisabled: (query.flags & Flag.CD) !== 0,
    authenticData: (query.flags & Flag.AD) !== 0,
    edns: query.edns
      ? {
          size: query.ednsSize,
          dnssecOk: query.dnssecOk,
          options: readOptions(input, query.optionsStart, query.optionsEnd).filter(isForPlugins),
        }
      : undefined,
    client: { address: peer.address, port: peer.port },
    local: sink.local ?? UNKNOWN,
    transport,
    size: length,
    receivedAt,
    aliases: NO_ALIASES,
  };
}

/** Cookies are between this server and its client: no plugin sees them, and no upstream. */
function isForPlugins({ code }: { readonly code: number }): boolean {
  return code !== EdnsOption.COOKIE;
}

const UNKNOWN = { address: '', port: 0 };
const NO_ALIASES: Request['aliases'] = [];
