import { Class, typeName } from '../../dns/codes.ts';
import { asciiOf, type LineBytes } from '../../observe/line-bytes.ts';
import { className } from '../dns-words.ts';
import type { Exchanged } from './exchanged.ts';
import {
  bufferSize,
  LOGGED_FLAGS,
  replyCode,
  replyFlags,
  writeAddress,
  writeEscapedName,
  writeSeconds,
} from './values.ts';

/** Writes the facts about a query as members of a JSON object. */
export function writeFields(exchanged: Exchanged, out: LineBytes): void {
  const { client, name } = exchanged;
  out.bytes(MEMBERS.client);
  writeAddress(client, false, out);
  out.bytes(MEMBERS.port);
  out.number(client.port);
  out.bytes(MEMBERS.id);
  out.number(exchanged.id);
  out.bytes(MEMBERS.name);
  writeEscapedName(name, out);
  out.bytes(questionMembers(exchanged));
  out.number(exchanged.size);
  out.bytes(exchanged.dnssecOk ? MEMBERS.dnssecOk : MEMBERS.notDnssecOk);
  out.number(bufferSize(exchanged));
  out.bytes(replyMembers(exchanged));
  out.number(exchanged.replySize);
  out.bytes(MEMBERS.seconds);
  writeSeconds(exchanged.ms, out);
  out.bytes(MEMBERS.answeredBy);
  out.text(exchanged.answeredBy);
  out.byte(QUOTE);
}

const QUOTE = 0x22;

/** What stands before each value. */
const MEMBERS = {
  client: asciiOf('"client":"'),
  port: asciiOf('","port":'),
  id: asciiOf(',"id":'),
  name: asciiOf(',"plugin":"log","name":"'),
  dnssecOk: asciiOf(',"do":true,"bufsize":'),
  notDnssecOk: asciiOf(',"do":false,"bufsize":'),
  seconds: asciiOf(',"seconds":'),
  answeredBy: asciiOf(',"answeredBy":"'),
} as const;

/** Members that are the same for many queries, by what they say; both maps have a bound. */
const questions = new Map<number, Uint8Array>();
const replies = new Map<number, Uint8Array>();

function questionMembers({ type, qclass, transport }: Exchanged): Uint8Array {
  const id = (type << 1) | (transport === 'tcp' ? 1 : 0);
  const known = qclass === Class.IN ? questions.get(id) : undefined;
  if (known !== undefined) return known;
  const made = asciiOf(
    `","type":"${typeName(type)}","class":"${className(qclass)}","proto":"${transport}","size":`,
  );
  // The types of clients are those below 256, and few others.
  if (qclass === Class.IN && type < 256) questions.set(id, made);
  return made;
}

/** There are 128 sets of flags, and two dozen rcodes. */
function replyMembers(exchanged: Exchanged): Uint8Array {
  const { rcode = NO_REPLY, flags } = exchanged;
  const id = (flags & LOGGED_FLAGS) | (rcode << 16);
  const known = replies.get(id);
  if (known !== undefined) return known;
  const made = asciiOf(
    `,"rcode":"${replyCode(exchanged)}","rflags":"${replyFlags(exchanged)}","rsize":`,
  );
  if (rcode <= NO_REPLY) replies.set(id, made);
  return made;
}

/** No rcode has this number, which is the highest of eight bits. */
const NO_REPLY = 0xff;
