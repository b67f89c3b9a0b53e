import { quoted } from '../../corefile/problems.ts';
import { Class } from '../../dns/codes.ts';
import { OPT_BYTES } from '../../dns/edns.ts';
import { HEADER_BYTES } from '../../dns/header.ts';
import { wireFromText } from '../../dns/name.ts';
import { encodeQuery } from '../../dns/query-writer.ts';
import type { WireName } from '../../dns/record.ts';
import { UsageError } from '../command.ts';

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
  return encodeNamedQuestion(wireName(name), type, id);
}

/** The same for a name that is known to be one. */
export function encodeNamedQuestion(name: WireName, type: number, id: number): Buffer {
  return encodeQuery({
    id,
    name,
    type,
    qclass: Class.IN,
    recursionDesired: true,
    checkingDisabled: false,
    authenticData: false,
    edns: { dnssecOk: false, options: [] },
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

function wireName(name: string): WireName {
  if (name.includes('\\')) {
    throw new UsageError(`Cannot ask for ${quoted(name)}: escapes are not understood`);
  }
  if (/[^!-~]/.test(name)) {
    throw new UsageError(
      `Cannot ask for ${quoted(name)}: expected visible ASCII characters, other letters in punycode`,
    );
  }
  try {
    return wireFromText(name);
  } catch (error) {
    throw new UsageError(`Cannot ask for ${quoted(name)}: ${(error as Error).message}`);
  }
}
