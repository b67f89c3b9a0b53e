import { Type } from '../../dns/codes.ts';
import type { ResourceRecord } from '../../dns/record.ts';
import type { Reply } from '../plugin.ts';
import type { RandomIndex } from '../random-index.ts';

/** The same reply with its addresses begun at another one, behind the CNAMEs that lead to them. */
export function turned(reply: Reply, rotation: RandomIndex): Reply {
  const addresses = reply.answer.filter(isAddress);
  const by = rotation(addresses.length);
  if (by === 0) return reply;
  const others = reply.answer.filter((record) => !isAddress(record));
  return { ...reply, answer: [...others, ...addresses.slice(by), ...addresses.slice(0, by)] };
}

function isAddress({ type }: ResourceRecord): boolean {
  return type === Type.A || type === Type.AAAA;
}
