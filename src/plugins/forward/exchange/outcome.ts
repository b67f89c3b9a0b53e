import type { Reply } from '../../plugin.ts';
import type { Failure } from '../upstream/health.ts';
import type { SpelledReply } from './spelled-reply.ts';

/** How a question ended. */
export type Outcome =
  | {
      readonly kind: 'reply';
      readonly reply: SpelledReply;
      /** The label of the upstream that sent it. */
      readonly upstream: string;
    }
  | FailedOutcome;

export interface FailedOutcome {
  readonly kind: 'failure';
  /** `lame`: only replies of no use came, such as referrals. `busy`: there was no free socket. */
  readonly failure: Failure | 'lame' | 'busy';
  readonly tries: number;
  /** The last error of the network, for logs. */
  readonly error: string | undefined;
  /** Not the upstreams' fault, or not the end yet: see `Reply`. */
  readonly provisional: Reply['provisional'] | undefined;
}
