import { Type } from '../../dns/codes.ts';
import type { SocketAddress } from '../../dns/query.ts';
import { systemClock } from '../../support/clock.ts';
import { askTcp, NoReplyError } from '../query/dns-client.ts';
import { encodeQuestion } from '../query/dns-question.ts';

/** A name that servers answer themselves, and ask nobody for (RFC 6761 section 6.3). */
const NAME = 'localhost.';

/** The reply need not be a secret. */
const ID = 1;

const TIMEOUT_MS = 3000;

/** Whether a DNS server is at this address, by a question over TCP. */
export async function answersDns({ address: host, port }: SocketAddress): Promise<boolean> {
  const server = { host, port };
  try {
    await askTcp(encodeQuestion(NAME, Type.A, ID), {
      server,
      timeoutMs: TIMEOUT_MS,
      clock: systemClock,
    });
    return true;
  } catch (error) {
    if (error instanceof NoReplyError) return false;
    throw error;
  }
}
