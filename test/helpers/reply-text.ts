import dnsPacket, { type Answer } from 'dns-packet';
import { rcodeName } from '../../src/dns/codes.ts';
import type { ComparableReply } from '../model/compare.ts';
import { recordText } from './zone-text.ts';

/** A reply in zone-file text, read by dns-packet: the independent oracle of our encoder. */
export function replyText(bytes: Buffer): ComparableReply {
  const message = dnsPacket.decode(bytes);
  const section = (records: readonly Answer[] = []) =>
    records.filter((record) => record.type !== 'OPT').map((record) => recordText(record));
  return {
    rcode: rcodeName(bytes[3]! & 0xf),
    answer: section(message.answers),
    authority: section(message.authorities),
    additional: section(message.additionals),
  };
}
