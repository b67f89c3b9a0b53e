import { Class, Type } from '../dns/codes.ts';
import { HEADER_BYTES, POINTER_TO_QUESTION, writeUint16, writeUint32 } from '../dns/header.ts';
import type { NameKey } from '../dns/name.ts';
import { ANSWER_HEAD, NAME_HEAD, type PackedName } from './packed-name.ts';
import type { Entry } from './records.ts';
import type { ZoneOfName } from './unit-name.ts';

/*
 * The names that nearly all of a cluster's are, packed without a record or an answer made for
 * each. What is packed is to the byte what `packName` makes of the answers; other names are left
 * to it.
 */

/** Each is compared with all before it. */
const MOST_ENTRIES = 16;

/** For so many names of 508 bytes, which the longest zone makes of the longest name. */
const packed = Buffer.allocUnsafe(12_288);
/** Where the first SRV record of each entry's target has that, in the message. */
const targetOffsets = new Uint16Array(MOST_ENTRIES);

/**
 * A name whose entries have an address of one family and a port each. Undefined for any other, and
 * where one target comes again behind another.
 */
export function quickName(
  owner: NameKey,
  zone: ZoneOfName,
  entries: readonly Entry[],
  ttl: number,
): PackedName | undefined {
  const bytes = entries[0]?.address?.length;
  if (bytes === undefined || entries.length > MOST_ENTRIES) return undefined;
  // A bit for each entry that is the first with its address, service, and address of its target.
  let addresses = 0;
  let services = 0;
  let hosts = 0;
  /** Ends of RRsets of hosts: the bit of the last host of each. */
  let ends = 0;
  let lastHost = 0;
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at]!;
    if (!isPlain(entry, bytes)) return undefined;
    const known = knownParts(entries, at);
    if ((known & KNOWN_ADDRESS) === 0) addresses |= 1 << at;
    if ((known & KNOWN_SERVICE) === 0) services |= 1 << at;
    if ((known & KNOWN_HOST) !== 0) continue;
    hosts |= 1 << at;
    const isOfLast = at > 0 && entries[lastHost]!.target === entry.target;
    if ((known & KNOWN_TARGET) !== 0 && !isOfLast) return undefined;
    if (isOfLast) ends &= ~(1 << lastHost);
    ends |= 1 << at;
    lastHost = at;
  }
  writeUint16(packed, 0, zone.index);
  packed[2] = 2;
  const at = packAddresses(entries, addresses, bytes, ttl);
  const end = packServices(owner, zone.key, entries, { services, hosts, ends, bytes, ttl }, at);
  return packed.toString('latin1', 0, end) as PackedName;
}

/**
 * The reverse name of an address that leads to one name, `target`. Undefined where the target has a
 * pointer to the zone.
 */
export function quickPointer(
  zone: ZoneOfName,
  target: string,
  ttl: number,
): PackedName | undefined {
  if (target.endsWith(zone.key)) return undefined;
  writeUint16(packed, 0, zone.index);
  packed[2] = 1;
  const start = NAME_HEAD + ANSWER_HEAD;
  let at = writeRecordHead(start, POINTER_TO_QUESTION, Type.PTR, ttl, target.length + 1);
  at = writeName(at, target);
  writeAnswerHead(NAME_HEAD, Type.PTR, 1, at - start, at - start);
  return packed.toString('latin1', 0, at) as PackedName;
}

function isPlain({ address, host, port, target, isFullName }: Entry, bytes: number): boolean {
  if (address?.length !== bytes || port === undefined || target === '') return false;
  return host === undefined && isFullName !== true;
}

const KNOWN_ADDRESS = 1;
const KNOWN_TARGET = 2;
const KNOWN_SERVICE = 4;
const KNOWN_HOST = 8;

/** What of an entry the entries before it have. */
function knownParts(entries: readonly Entry[], at: number): number {
  const { address, target, port } = entries[at]!;
  let known = 0;
  for (let other = 0; other < at; other++) {
    const before = entries[other]!;
    const isAddress = isSameBytes(before.address!, address!);
    if (isAddress) known |= KNOWN_ADDRESS;
    if (before.target !== target) continue;
    known |= KNOWN_TARGET;
    if (before.port === port) known |= KNOWN_SERVICE;
    if (isAddress) known |= KNOWN_HOST;
  }
  return known;
}

/** They have one length. */
function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** The A or AAAA RRset; returns where it ends. */
function packAddresses(
  entries: readonly Entry[],
  addresses: number,
  bytes: number,
  ttl: number,
): number {
  const start = NAME_HEAD + ANSWER_HEAD;
  const type = addressType(bytes);
  let count = 0;
  let at = start;
  for (let entry = 0; entry < entries.length; entry++) {
    if ((addresses & (1 << entry)) === 0) continue;
    at = writeAddress(at, POINTER_TO_QUESTION, type, ttl, entries[entry]!.address!);
    count++;
  }
  writeAnswerHead(NAME_HEAD, type, count, at - start, at - start);
  return at;
}

/** Which entries are written, a bit each, and how. */
interface ServiceParts {
  readonly services: number;
  readonly hosts: number;
  readonly ends: number;
  readonly bytes: number;
  readonly ttl: number;
}

/** The SRV RRset and the addresses of its targets; returns where it ends. */
function packServices(
  owner: NameKey,
  zone: NameKey,
  entries: readonly Entry[],
  { services, hosts, ends, bytes, ttl }: ServiceParts,
  head: number,
): number {
  let endAt = head + ANSWER_HEAD;
  let copyAt = endAt + 4 * bitsOf(ends);
  const start = copyAt + 2 * bitsOf(services);
  // Header, name, its zero byte, type and class come before it in a message.
  const offset = HEADER_BYTES + owner.length + 5 - start;
  // 100 shared among all entries.
  const weight = Math.max(1, Math.floor(100 / entries.length));
  let at = start;
  for (let entry = 0; entry < entries.length; entry++) {
    if ((services & (1 << entry)) === 0) continue;
    const { port, target } = entries[entry]!;
    const length = 7 + target.length + zone.length;
    at = writeRecordHead(at, POINTER_TO_QUESTION, Type.SRV, ttl, length);
    writeUint16(packed, at, 0);
    writeUint16(packed, at + 2, weight);
    writeUint16(packed, at + 4, port!);
    targetOffsets[entry] = at + 6 + offset;
    at = writeName(at + 6, target + zone);
    writeUint16(packed, copyAt, at - 1 - zone.length - start);
    copyAt += 2;
  }
  const answerBytes = at - start;
  const type = addressType(bytes);
  let records = 0;
  for (let entry = 0; entry < entries.length; entry++) {
    if ((hosts & (1 << entry)) === 0) continue;
    const { target, address } = entries[entry]!;
    let first = 0;
    while (entries[first]!.target !== target) first++;
    at = writeAddress(at, 0xc000 | targetOffsets[first]!, type, ttl, address!);
    records++;
    if ((ends & (1 << entry)) === 0) continue;
    writeUint16(packed, endAt, at - start);
    writeUint16(packed, endAt + 2, records);
    endAt += 4;
  }
  writeAnswerHead(head, Type.SRV, bitsOf(services), answerBytes, at - start);
  writeUint16(packed, head + 6, bitsOf(ends));
  writeUint16(packed, head + 8, bitsOf(services));
  return at;
}

function addressType(bytes: number): number {
  return bytes === 4 ? Type.A : Type.AAAA;
}

function bitsOf(mask: number): number {
  let bits = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) bits++;
  return bits;
}

/** As `PackedName` has it, without ends and zone copies. */
function writeAnswerHead(
  at: number,
  type: number,
  records: number,
  answerBytes: number,
  bytes: number,
): void {
  writeUint16(packed, at, type);
  writeUint16(packed, at + 2, records);
  writeUint16(packed, at + 4, answerBytes);
  writeUint32(packed, at + 6, 0);
  writeUint16(packed, at + 10, bytes);
}

/** All of a record but its data; returns where that begins. */
function writeRecordHead(
  at: number,
  owner: number,
  type: number,
  ttl: number,
  length: number,
): number {
  writeUint16(packed, at, owner);
  writeUint16(packed, at + 2, type);
  writeUint16(packed, at + 4, Class.IN);
  writeUint32(packed, at + 6, ttl);
  writeUint16(packed, at + 10, length);
  return at + 12;
}

function writeAddress(
  at: number,
  owner: number,
  type: number,
  ttl: number,
  address: Uint8Array,
): number {
  const data = writeRecordHead(at, owner, type, ttl, address.length);
  for (let byte = 0; byte < address.length; byte++) packed[data + byte] = address[byte]!;
  return data + address.length;
}

/** A name with its zero byte; returns where it ends. */
function writeName(at: number, name: string): number {
  const end = at + packed.write(name, at, 'latin1');
  packed[end] = 0;
  return end + 1;
}
