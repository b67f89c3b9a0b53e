import { ExtendedError, Rcode } from '../../../dns/codes.ts';
import type { Reply, Request } from '../../plugin.ts';
import { errorReply, forClient } from '../../reply.ts';
import { NAME } from '../flags.ts';
import type { FailedOutcome } from './outcome.ts';

/** What a client is told of an upstream's reply, which is in the client's case already. */
export function replyTo(request: Request, reply: Reply): Reply {
  if (reply.truncated && request.transport === 'tcp') {
    const text = 'no upstream gave a whole answer';
    return errorReply(NAME, Rcode.SERVFAIL, ExtendedError.NETWORK_ERROR, text);
  }
  return forClient(reply, request);
}

/** What a client is told when there is no answer. `whyNone`: why there was no upstream to ask. */
export function failureReply(
  { failure, provisional }: FailedOutcome,
  whyNone: string | undefined,
): Reply {
  const { NETWORK_ERROR, NO_REACHABLE_AUTHORITY, OTHER } = ExtendedError;
  const fail = (code: number, text: string): Reply => {
    const reply = errorReply(NAME, Rcode.SERVFAIL, code, text);
    return provisional === undefined ? reply : { ...reply, provisional };
  };
  if (whyNone !== undefined) return fail(NO_REACHABLE_AUTHORITY, whyNone);
  switch (failure) {
    case 'network':
      return fail(NETWORK_ERROR, 'no upstream can be reached');
    case 'lame':
      return fail(NO_REACHABLE_AUTHORITY, 'upstreams gave a referral, or records of other names');
    case 'busy':
      return fail(OTHER, 'too many sockets are open');
    case 'silent':
      return fail(NO_REACHABLE_AUTHORITY, 'no upstream answered');
  }
}
