import { HEADER_BYTES } from '../../dns/header.ts';
import { recordDataBytes } from '../../dns/record.ts';
import type { Reply, Request } from '../plugin.ts';

/** Type, class, TTL and length of a record, and the root's zero at the end of its owner. */
const FIXED_RECORD_BYTES = 11;

/**
 * The size of a reply, as CoreDNS logs it: names not compressed, without OPT, before anything is
 * cut. What leaves is smaller; `coredns_dns_response_size_bytes` counts that.
 */
export function replySize(request: Request, reply: Reply): number {
  if (reply.isSilent) return 0;
  let size = HEADER_BYTES + request.name.length + 5;
  for (const section of [reply.answer, reply.authority, reply.additional]) {
    for (const { owner, data } of section) {
      size += owner.length + FIXED_RECORD_BYTES + recordDataBytes(data);
    }
  }
  return size;
}
