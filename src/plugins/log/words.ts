import { Class, typeName } from '../../dns/codes.ts';
import { asciiOf } from '../../observe/line-bytes.ts';
import { className } from '../dns-words.ts';
import type { Exchanged } from './exchanged.ts';
import { LOGGED_FLAGS, replyCode, replyFlags } from './values.ts';

/** What the lines of many queries have in common, as bytes. */
export interface Words {
  /** Members of a JSON object, up to the next value. */
  readonly members: Uint8Array;
  /** The same in `{common}`. */
  readonly plain: Uint8Array;
  /** The same between the quotes of a JSON string. */
  readonly escaped: Uint8Array;
}

/** The types of clients are those below 256, and few others. */
const KNOWN_TYPES = 256;

/** By type and transport. */
const questions: (Words | undefined)[] = new Array(2 * KNOWN_TYPES);

/** What is behind the name as members, and in front of it in `{common}`. */
export function questionWords({ type, qclass, transport }: Exchanged): Words {
  const id = 2 * type + (transport === 'tcp' ? 1 : 0);
  const isKept = qclass === Class.IN && type < KNOWN_TYPES;
  const known = isKept ? questions[id] : undefined;
  if (known !== undefined) return known;
  const [typeWord, classWord] = [typeName(type), className(qclass)];
  const made = wordsOf(
    `","type":"${typeWord}","class":"${classWord}","proto":"${transport}","size":`,
    ` "${typeWord} ${classWord} `,
  );
  if (isKept) questions[id] = made;
  return made;
}

/** By rcode and flags: there are 128 sets of flags, and two dozen rcodes. */
const replies = new Map<number, Words>();
let last: { readonly id: number; readonly words: Words } | undefined;

/** No rcode has this number, which is the highest of eight bits. */
const NO_REPLY = 0xff;

/** What is between the sizes of what a client takes and of the reply. */
export function replyWords(exchanged: Exchanged): Words {
  const { rcode = NO_REPLY, flags } = exchanged;
  const id = (flags & LOGGED_FLAGS) | (rcode << 16);
  if (last?.id === id) return last.words;
  const words = replies.get(id) ?? madeReplyWords(exchanged);
  if (rcode <= NO_REPLY) replies.set(id, words);
  last = { id, words };
  return words;
}

function madeReplyWords(exchanged: Exchanged): Words {
  const [code, flags] = [replyCode(exchanged), replyFlags(exchanged)];
  return wordsOf(`,"rcode":"${code}","rflags":"${flags}","rsize":`, `" ${code} ${flags} `);
}

function wordsOf(members: string, plain: string): Words {
  const escaped = plain.replaceAll('"', '\\"');
  return { members: asciiOf(members), plain: asciiOf(plain), escaped: asciiOf(escaped) };
}
