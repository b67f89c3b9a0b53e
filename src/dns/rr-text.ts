import { addressBytes } from './address.ts';
import { Class, Type, typeCode, typeName } from './codes.ts';
import { FormatError } from './format-error.ts';
import { readRecords } from './message.ts';
import type { ResourceRecord } from './record.ts';
import { MAX_TTL } from './record.ts';
import { DataWriter, nameOf, secondsOf, uint16Bytes, uint32Bytes } from './rr-data-writer.ts';
import { writeServiceParameters } from './rr-service-binding.ts';
import { RecordTextError, recordWords } from './rr-words.ts';

/** TTL of a record that has none, as in CoreDNS; seconds. */
const DEFAULT_TTL = 3600;

/** The longest record that is read: 65,535 bytes with every byte escaped. */
const MAX_CHARACTERS = 65_536;

/** A record, or why the text is not one. */
export type RecordText =
  | { readonly record: ResourceRecord }
  | { readonly record?: undefined; readonly fault: string };

/**
 * Reads one record of a zone file (RFC 1035 section 5.1): `web.example. 60 IN A 10.0.0.7`. TTL,
 * 3600 if left out, and class IN may stand in either order; names without a final dot end at the
 * root. Data of a type that is not in the table below is written as in RFC 3597, `\# 4 0a000007`.
 * Never throws, whatever the text.
 */
export function parseRecordText(text: string): RecordText {
  if (text.length > MAX_CHARACTERS) {
    return { fault: `text of ${text.length} characters: expected at most ${MAX_CHARACTERS}` };
  }
  try {
    return { record: recordOf(text) };
  } catch (error) {
    if (error instanceof RecordTextError || error instanceof FormatError) {
      return { fault: error.message };
    }
    throw error;
  }
}

function recordOf(text: string): ResourceRecord {
  const [owner, ...words] = recordWords(text);
  if (owner === undefined) throw new RecordTextError('expected a record, found nothing');
  let ttl = DEFAULT_TTL;
  let classCode: number = Class.IN;
  let at = 0;
  for (; at < 2; at++) {
    const word = words[at]?.text ?? '';
    const seconds = secondsOf(word);
    const named = classOf(word);
    if (seconds !== undefined) ttl = seconds;
    else if (named !== undefined) classCode = named;
    else break;
  }
  if (ttl > MAX_TTL)
    throw new RecordTextError(`expected a TTL of at most ${MAX_TTL}, found ${ttl}`);
  const word = words[at]?.text;
  const type = word === undefined ? undefined : typeCode(word);
  if (type === undefined) {
    const found = word === undefined ? 'the end' : `'${word}'`;
    throw new RecordTextError(`expected a type, as A or TYPE65, found ${found}`);
  }
  if (isMeta(type)) throw new RecordTextError(`there are no records of type ${typeName(type)}`);
  const data = dataOf(type, new DataWriter(words.slice(at + 1)));
  // Read as if from a message, so that its shape is the same.
  const wire = `${nameOf(owner.text)}\0${uint16Bytes(type)}${uint16Bytes(classCode)}${uint32Bytes(ttl)}${uint16Bytes(data.length)}${data}`;
  const [record] = readRecords(Buffer.from(wire, 'latin1'), 0, 1).records;
  return record as ResourceRecord;
}

/** RFC 3597 section 5 for `CLASS3`. NONE and ANY are no classes of records. */
function classOf(word: string): number | undefined {
  const upper = word.toUpperCase();
  if (upper === 'IN' || upper === 'CH' || upper === 'HS') return Class[upper];
  const digits = /^CLASS(\d{1,5})$/.exec(upper)?.[1];
  return digits === undefined || Number(digits) > 0xffff ? undefined : Number(digits);
}

/** Types that exist only in questions, or describe the message. */
function isMeta(type: number): boolean {
  return type === 0 || type === Type.OPT || (type >= 128 && type <= 255);
}

function dataOf(type: number, data: DataWriter): string {
  if (!data.hasMore) {
    throw new RecordTextError(
      `expected the data of a record of type ${typeName(type)}, found the end`,
    );
  }
  writeData(type, data);
  data.end();
  if (data.bytes.length > 0xffff) {
    throw new RecordTextError(`data of ${data.bytes.length} bytes: expected at most 65535`);
  }
  return data.bytes;
}

function writeData(type: number, data: DataWriter): void {
  if (data.isAt('\\#')) {
    writeUnknown(data);
    return;
  }
  switch (type) {
    case Type.A:
    case Type.AAAA:
      writeAddress(type, data);
      break;
    case Type.NS:
    case Type.CNAME:
    case Type.PTR:
    case Type.DNAME:
      data.name('a name');
      break;
    case Type.MX:
      data.uint16('a preference');
      data.name('a name');
      break;
    case Type.SRV:
      for (const what of ['a priority', 'a weight', 'a port']) data.uint16(what);
      data.name('a name');
      break;
    case Type.SOA:
      data.name('the name of a server');
      data.name('a mailbox');
      data.uint32('a serial');
      for (const what of ['refresh', 'retry', 'expire', 'minimum']) data.seconds(what);
      break;
    case Type.TXT:
    case Type.SPF:
      data.strings();
      break;
    case Type.HINFO:
      data.string('a CPU');
      data.string('an OS');
      break;
    case Type.NAPTR:
      data.uint16('an order');
      data.uint16('a preference');
      for (const what of ['flags', 'services', 'a regexp']) data.string(what);
      data.name('a name');
      break;
    case Type.CAA:
      data.uint8('flags');
      data.string('a tag');
      data.rest('a value');
      break;
    case Type.URI:
      data.uint16('a priority');
      data.uint16('a weight');
      data.rest('a URI');
      break;
    case Type.DS:
      data.uint16('a key tag');
      data.uint8('an algorithm');
      data.uint8('a digest type');
      data.hex('a digest');
      break;
    case Type.SSHFP:
      data.uint8('an algorithm');
      data.uint8('a fingerprint type');
      data.hex('a fingerprint');
      break;
    case Type.TLSA:
      for (const what of ['a usage', 'a selector', 'a matching type']) data.uint8(what);
      data.hex('a certificate');
      break;
    case Type.SVCB:
    case Type.HTTPS:
      data.uint16('a priority');
      data.name('a name');
      writeServiceParameters(data);
      break;
    default:
      throw new RecordTextError(
        `data of type ${typeName(type)} can only be written as \\# LENGTH HEX (RFC 3597)`,
      );
  }
}

/** RFC 3597 section 5: `\# LENGTH HEX`. */
function writeUnknown(data: DataWriter): void {
  data.take('\\#');
  const length = data.take('a length').text;
  data.hex('the data');
  if (!/^\d{1,5}$/.test(length) || Number(length) !== data.bytes.length) {
    throw new RecordTextError(`expected ${length} bytes after \\#, found ${data.bytes.length}`);
  }
}

function writeAddress(type: number, data: DataWriter): void {
  const expected = type === Type.A ? 'an IPv4 address' : 'an IPv6 address';
  const { text } = data.take(expected);
  const bytes = addressBytes(text);
  if (bytes?.length !== (type === Type.A ? 4 : 16)) {
    throw new RecordTextError(`expected ${expected}, found '${text}'`);
  }
  data.bytes += Buffer.from(bytes).toString('latin1');
}
