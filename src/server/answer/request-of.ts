import { EdnsOption } from '../../dns/codes.ts';
import { readOptions } from '../../dns/edns.ts';
import { Flag } from '../../dns/header.ts';
import type { Query } from '../../dns/query.ts';
import type { Request } from '../../plugins/plugin.ts';
import { questionName } from './reply.ts';

/** A query that has been read, as plugins are given it; `receivedAt` is when it came to them. */
export function requestOf(query: Query, receivedAt = query.receivedAt): Request {
  return {
    id: query.id,
    name: questionName(query),
    key: query.key,
    type: query.type,
    qclass: query.qclass,
    recursionDesired: query.recursionDesired,
    checkingDisabled: (query.flags & Flag.CD) !== 0,
    authenticData: (query.flags & Flag.AD) !== 0,
    edns: query.edns
      ? { size: query.ednsSize, dnssecOk: query.dnssecOk, options: optionsOf(query) }
      : undefined,
    client: query.peer,
    local: query.local,
    transport: query.transport,
    size: query.length,
    receivedAt,
    aliases: NO_ALIASES,
  };
}

/** Cookies are between this server and its client: no plugin sees them, and no upstream. */
function optionsOf({ input, offset, optionsStart, optionsEnd }: Query) {
  const options = readOptions(input, offset + optionsStart, offset + optionsEnd);
  return options.filter(({ code }) => code !== EdnsOption.COOKIE);
}

const NO_ALIASES: Request['aliases'] = [];
