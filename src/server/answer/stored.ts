import { isAddressType, Type } from '../../dns/codes.ts';
import { UNLIMITED } from '../../dns/format-error.ts';
import { readUint16, readUint32, writeUint32 } from '../../dns/header.ts';
import { keyOfWire } from '../../dns/name.ts';
import { NameReader } from '../../dns/name-reader.ts';
import { nameEnd } from '../../dns/plain-size.ts';
import type { Query } from '../../dns/query.ts';
import type { StoredReply } from '../../plugins/cluster-answers.ts';
import type { RandomIndex } from '../../support/random.ts';
import { addOpt, echoQuestion, plainOptLength, writeHead } from './reply.ts';
import { NOT_OURS } from './resolver.ts';

const turned = Buffer.alloc(16 * 1024);

/**
 * Writes a reply from a plugin's memory, and returns its length. `random`: addresses are to begin
 * with another one each time; `flags`: more bits of the header. `NOT_OURS` when that takes more
 * than turning a list of addresses, when the reply does not fit whole, when a record's time is
 * over, and for an alias whose target has become a name of ours.
 */
export function writeStored(
  query: Query,
  output: Buffer,
  stored: StoredReply,
  random: RandomIndex | undefined,
  flags = 0,
): number {
  const { wire, answers, authorities, additionals } = stored;
  const start = query.questionEnd;
  const end = start + wire.length;
  if (end + plainOptLength(query) > query.replyLimit) return NOT_OURS;
  echoQuestion(query, output);
  output.write(wire, start, 'latin1');
  const behindAnswers = ageRecords(output, start, answers, stored);
  const records = authorities + additionals;
  if (behindAnswers === 0 || ageRecords(output, behindAnswers, records, stored) === 0) {
    return NOT_OURS;
  }
  if (random !== undefined) {
    if (records > 1 && hasMovable(output, behindAnswers, records)) return NOT_OURS;
    if (answers > 1 && !turn(output, start, behindAnswers, answers, random)) return NOT_OURS;
  }
  writeHead(query, output, stored.flags | flags | stored.rcode, answers, authorities, additionals);
  return addOpt(query, output, end);
}

/** Counts TTLs down; returns where the records end, 0 when one of them is not to be sent. */
function ageRecords(output: Buffer, start: number, count: number, stored: StoredReply): number {
  let at = start;
  for (let i = 0; i < count; i++) {
    at = nameEnd(output, at);
    if (readUint16(output, at) === Type.CNAME && leadsHome(output, at + 10, stored)) return 0;
    const ttl = stored.ttlOf(readUint32(output, at + 4));
    if (ttl <= 0) return 0;
    writeUint32(output, at + 4, ttl);
    at += 10 + readUint16(output, at + 8);
  }
  return at;
}

function leadsHome(output: Buffer, target: number, stored: StoredReply): boolean {
  return stored.isOwnName(keyOfWire(new NameReader(output, UNLIMITED).read(target)));
}

function hasMovable(output: Buffer, start: number, count: number): boolean {
  let at = start;
  for (let i = 0; i < count; i++) {
    at = nameEnd(output, at);
    if (isMovable(readUint16(output, at))) return true;
    at += 10 + readUint16(output, at + 8);
  }
  return false;
}

/**
 * Turns a section of addresses, of which aliases may come first; false when it has something else
 * that could change places. Records that all begin with the same pointer can be moved: nothing
 * points at them.
 */
function turn(
  output: Buffer,
  begin: number,
  end: number,
  records: number,
  random: RandomIndex,
): boolean {
  let start = begin;
  let count = records;
  for (; count > 1; count--) {
    const at = nameEnd(output, start);
    if (readUint16(output, at) !== Type.CNAME) break;
    start = at + 10 + readUint16(output, at + 8);
  }
  if (count < 2) return true;
  const owner = readUint16(output, start);
  const type = readUint16(output, start + 2);
  if (owner < 0xc000 || !isAddressType(type)) return !hasMovable(output, start, count);
  const size = (end - start) / count;
  for (let at = start; at < end; at += size) {
    const isSame =
      readUint16(output, at) === owner &&
      readUint16(output, at + 2) === type &&
      readUint16(output, at + 10) === size - 12;
    if (!isSame) return false;
  }
  const bytes = random(count) * size;
  output.copy(turned, 0, start, start + bytes);
  output.copyWithin(start, start + bytes, end);
  turned.copy(output, end - bytes, 0, bytes);
  return true;
}

/** What `loadbalance` puts in another order. */
function isMovable(type: number): boolean {
  return isAddressType(type) || type === Type.MX;
}
