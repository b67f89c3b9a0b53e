import dnsPacket, { type Answer, type RecordType } from 'dns-packet';
import { quoted } from '../../corefile/problems.ts';
import { OPT_BYTES, UDP_PAYLOAD_BYTES } from '../../dns/edns.ts';
import { keyFromText } from '../../dns/name.ts';
import { UsageError } from '../command.ts';

const HEADER_BYTES = 12;
const RESPONSE = 0x8000;
const OPCODE = 0x7800;
const RCODE = 0x000f;

/**
 * A query with recursion desired and EDNS, as dig sends it. `name` is absolute, with or without its
 * final dot.
 *
 * @throws {UsageError} when there can be no such name.
 */
export function encodeQuestion(name: string, type: number, id: number): Buffer {
  checkName(name);
  // By number: dns-packet writes type 0 for names it does not know, such as HTTPS.
  const questionType = `UNKNOWN_${type}` as RecordType;
  const opt: Answer = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: UDP_PAYLOAD_BYTES,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
  return dnsPacket.encode({
    type: 'query',
    id,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ type: questionType, name: name === '.' ? '' : name.replace(/\.$/, '') }],
    additionals: [opt],
  });
}

/**
 * Is `message` the reply to `query`: a response with its ID, about its question? A stranger's is
 * not, nor a late one to an earlier query.
 */
export function isReplyTo(query: Buffer, message: Buffer): boolean {
  if (message.length < HEADER_BYTES) return false;
  const flags = message.readUInt16BE(2);
  if (message.readUInt16BE(0) !== query.readUInt16BE(0)) return false;
  if ((flags & RESPONSE) === 0 || (flags & OPCODE) !== 0) return false;
  const questions = message.readUInt16BE(4);
  // A server that could not read the query may leave its question out of the error.
  if (questions === 0) return (flags & RCODE) !== 0;
  const question = questionText(query, questionEnd(query));
  return questions === 1 && questionText(message, questionEnd(query)) === question;
}

/** Where the question of our query ends, which is where the records of its reply begin. */
export function questionEnd(query: Buffer): number {
  return query.length - OPT_BYTES;
}

/** Case never matters in a name (RFC 1035 section 2.3.3), and some servers fold it. */
function questionText(message: Buffer, end: number): string {
  return message.toString('latin1', HEADER_BYTES, end).toLowerCase();
}

/** dns-packet checks no lengths and knows no escapes: what it cannot carry is refused here. */
function checkName(name: string): void {
  if (name.includes('\\')) {
    throw new UsageError(`Cannot ask for ${quoted(name)}: escapes are not understood`);
  }
  if (/[^!-~]/.test(name)) {
    throw new UsageError(
      `Cannot ask for ${quoted(name)}: expected visible ASCII characters, other letters in punycode`,
    );
  }
  try {
    keyFromText(name);
  } catch (error) {
    throw new UsageError(`Cannot ask for ${quoted(name)}: ${(error as Error).message}`);
  }
}
