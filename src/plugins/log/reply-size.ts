import { HEADER_BYTES } from '../../dns/header.ts';
import type { RecordData } from '../../dns/record.ts';
import type { Reply, Request } from '../plugin.ts';

/** Type, class, TTL and length of a record, and the root's zero at the end of its owner. */
const FIXED_RECORD_BYTES = 11;

/**
 * The size of a reply, as CoreDNS logs it: names not compressed, without OPT, before anything is cut. What leaves is
 * smaller; `coredns_dns_response_size_bytes` counts that.
 */
export function replySize(request: Request, reply: Reply): number {
  if (reply.isSilent) return 0;
  let size = HEADER_BYTES + request.name.length + 5;
  for (const section of [reply.answer, reply.authority, reply.additional]) {
    for (const { owner, data } of section) {
      size += owner.length + FIXED_RECORD_BYTES + dataSize(data);
    }
  }
  return size;
}

function dataSize(data: RecordData): number {
  switch (data.kind) {
    case 'address':
      return data.address.length;
    case 'raw':
      return data.bytes.length;
    case 'name':
      return data.name.length + 1;
    case 'exchange':
      return data.exchange.length + 3;
    case 'service':
      return data.target.length + 7;
    case 'strings':
      return data.strings.reduce((total, text) => total + text.length + 1, 0);
    case 'start':
      return data.start.mname.length + data.start.rname.length + 22;
  }
}
