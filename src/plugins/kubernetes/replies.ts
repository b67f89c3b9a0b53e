import type { Lookup } from '../../zone/lookup.ts';
import type { Reply } from '../plugin.ts';
import { answerReply } from '../reply.ts';

export const NAME = 'kubernetes';

/** What the published names say, as a reply. */
export function lookupReply(found: Lookup): Reply {
  return {
    ...answerReply(NAME, found.answer),
    rcode: found.rcode,
    authoritative: found.authoritative,
    authority: found.authority,
    additional: found.additional,
    error: found.error,
  };
}
