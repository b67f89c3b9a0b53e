import { Rcode, Type } from '../../dns/codes.ts';
import type { Reply } from '../plugin.ts';

/** CoreDNS's classes of replies, as `class` names them. */
export const REPLY_CLASSES = ['success', 'denial', 'error'] as const;

export type ReplyClass = (typeof REPLY_CLASSES)[number];

/**
 * A denial is NXDOMAIN, or NODATA: no answer, and the SOA that says so. No reply at all is an
 * error, as in CoreDNS.
 */
export function replyClass({ rcode, answer, authority, isSilent }: Reply): ReplyClass {
  if (isSilent) return 'error';
  if (rcode === Rcode.NXDOMAIN) return 'denial';
  if (rcode !== Rcode.NOERROR) return 'error';
  const isNodata = answer.length === 0 && authority.some((record) => record.type === Type.SOA);
  return isNodata ? 'denial' : 'success';
}
