import { Rcode, rcodeName, typeName } from '../../dns/codes.ts';
import type { Explanation } from '../../explain/explanation.ts';
import type { CommandIo } from '../command.ts';
import type { ClusterServer } from './cluster-server.ts';
import type { ReadReply } from './dns-reply.ts';

/** The server has answered already: its reason comes as quickly, or not at all; ms. */
const PATIENCE_MS = 2000;

/** A question, and whom it was put to. */
export interface FailedQuestion {
  readonly name: string;
  readonly type: number;
  /** The server that was started for the question. */
  readonly own: ClusterServer | undefined;
  /** A server was named: others know nothing of its answers. */
  readonly isNamed: boolean;
  readonly config: string | undefined;
}

/**
 * Why a reply has no answer, in one line: what the server says at its admin address. Undefined for
 * a reply with an answer, and when no reason is known there.
 */
export async function reasonOf(
  question: FailedQuestion,
  reply: ReadReply,
  io: CommandIo,
): Promise<string | undefined> {
  const isEmpty = reply.rcode === Rcode.NOERROR && reply.answer.length === 0;
  if (reply.rcode === Rcode.NOERROR && !isEmpty) return undefined;
  const explanation = await explained(question, io);
  const rcode = isEmpty ? 'NODATA' : rcodeName(reply.rcode);
  // Another answer is another server's, or about another moment.
  return explanation?.rcode === rcode ? explanation.reason.text : undefined;
}

async function explained(
  { name, type, own, isNamed, config }: FailedQuestion,
  io: CommandIo,
): Promise<Explanation | undefined> {
  const written = { name: name.endsWith('.') ? name : `${name}.`, type: typeName(type) };
  if (own !== undefined) return own.explain(written);
  if (isNamed) return undefined;
  const { settingsOf } = await import('../report/settings-report.ts');
  const { settings } = settingsOf(config === undefined ? {} : { config }, io, { paths: [] });
  const admin = settings?.admin[0];
  if (admin === undefined || admin.port === 0) return undefined;
  const { ExplainClient } = await import('../explain/explain-client.ts');
  try {
    return await new ExplainClient(admin, PATIENCE_MS).explain(written);
  } catch {
    // No server there, or one that knows nothing of it: the reply stands alone.
    return undefined;
  }
}
