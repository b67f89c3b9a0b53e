import { hostText } from '../../dns/address.ts';
import { Class, rcodeName, typeName } from '../../dns/codes.ts';
import { MIN_UDP_PAYLOAD_BYTES } from '../../dns/edns.ts';
import { Flag } from '../../dns/header.ts';
import { isHostCharacter, type NameKey, textOf } from '../../dns/name.ts';
import { asciiOf, type LineBytes } from '../../observe/line-bytes.ts';
import type { LinePart } from '../../observe/query-lines.ts';
import { oneLine } from '../../observe/text-line.ts';
import type { Exchanged } from './exchanged.ts';

/** Makes the line of one query. */
export interface Format {
  readonly message: LinePart<Exchanged>;
  /** It has metadata in it, which only questions that pass the plugins have. */
  readonly hasMetadata: boolean;
}

type Part = LinePart<Exchanged>;

export const COMMON =
  '{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}" {rcode} {>rflags} {rsize} {duration}';
const COMBINED = `${COMMON} "{>opcode}"`;

/** What is written for something that there is not, metadata among it. */
const EMPTY = '-';

/** A message over TCP may have this many bytes. */
const TCP_BYTES = 65_535;

/**
 * A format with its placeholders, as CoreDNS writes them. What is no placeholder stays as it is.
 * Every value is printable ASCII, so a line is one line whatever was asked.
 */
export function formatOf(text: string): Format {
  const whole = text.replaceAll('{common}', COMMON).replaceAll('{combined}', COMBINED);
  const words = whole.split(/(\{[^{}]*\})/).filter((word) => word !== '');
  const parts = words.map(partOf);
  const message: Part = (exchanged, out) => {
    for (const part of parts) {
      if (typeof part === 'function') part(exchanged, out);
      else out.bytes(part);
    }
  };
  return { message, hasMetadata: words.some((word) => labelIn(word) !== undefined) };
}

/** The same facts for machines, as members of a JSON object. */
export function writeFields(exchanged: Exchanged, out: LineBytes): void {
  const { client, key } = exchanged;
  out.bytes(MEMBERS.client);
  out.text(JSON.stringify(client.address));
  out.bytes(MEMBERS.port);
  out.number(client.port);
  out.bytes(MEMBERS.id);
  out.number(exchanged.id);
  out.bytes(MEMBERS.name);
  if (isHostName(key)) writeHostName(key, out);
  else out.text(JSON.stringify(textOf(key)).slice(1, -1));
  out.bytes(MEMBERS.type);
  out.text(typeName(exchanged.type));
  out.bytes(MEMBERS.class);
  out.text(className(exchanged.qclass));
  out.bytes(MEMBERS.proto);
  out.text(exchanged.transport);
  out.bytes(MEMBERS.size);
  out.number(exchanged.size);
  out.bytes(exchanged.dnssecOk ? MEMBERS.dnssecOk : MEMBERS.notDnssecOk);
  out.number(bufferSize(exchanged));
  out.bytes(MEMBERS.rcode);
  out.text(replyCode(exchanged));
  out.bytes(MEMBERS.rflags);
  out.text(replyFlags(exchanged));
  out.bytes(MEMBERS.rsize);
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
  client: asciiOf('"client":'),
  port: asciiOf(',"port":'),
  id: asciiOf(',"id":'),
  name: asciiOf(',"plugin":"log","name":"'),
  type: asciiOf('","type":"'),
  class: asciiOf('","class":"'),
  proto: asciiOf('","proto":"'),
  size: asciiOf('","size":'),
  dnssecOk: asciiOf(',"do":true,"bufsize":'),
  notDnssecOk: asciiOf(',"do":false,"bufsize":'),
  rcode: asciiOf(',"rcode":"'),
  rflags: asciiOf('","rflags":"'),
  rsize: asciiOf('","rsize":'),
  seconds: asciiOf(',"seconds":'),
  answeredBy: asciiOf(',"answeredBy":"'),
} as const;

const PLACEHOLDERS: ReadonlyMap<string, Part> = new Map<string, Part>([
  ['{remote}', ({ client }, out) => out.text(hostText(client.address))],
  ['{port}', ({ client }, out) => out.number(client.port)],
  ['{local}', ({ local }, out) => out.text(hostText(local.address))],
  ['{name}', ({ key }, out) => writeName(key, out)],
  ['{type}', ({ type }, out) => out.text(typeName(type))],
  ['{class}', ({ qclass }, out) => out.text(className(qclass))],
  ['{proto}', ({ transport }, out) => out.text(transport)],
  ['{size}', ({ size }, out) => out.number(size)],
  ['{>id}', ({ id }, out) => out.number(id)],
  ['{>opcode}', (_, out) => out.text('0')], // nothing but QUERY comes this far
  ['{>do}', ({ dnssecOk }, out) => out.text(dnssecOk ? 'true' : 'false')],
  ['{>bufsize}', (exchanged, out) => out.number(bufferSize(exchanged))],
  ['{rcode}', (exchanged, out) => out.text(replyCode(exchanged))],
  ['{>rflags}', (exchanged, out) => out.text(replyFlags(exchanged))],
  ['{rsize}', ({ replySize }, out) => out.number(replySize)],
  [
    '{duration}',
    ({ ms }, out) => {
      writeSeconds(ms, out);
      out.text('s');
    },
  ],
]);

function partOf(text: string): Part | Uint8Array {
  const label = labelIn(text);
  if (label !== undefined) return metadataOf(label);
  return PLACEHOLDERS.get(text) ?? asciiOf(printable(oneLine(text)));
}

function labelIn(text: string): string | undefined {
  return /^\{\/([^{}]*)\}$/.exec(text)?.[1];
}

function metadataOf(label: string): Part {
  return ({ metadata }, out) => out.text(printable(metadata?.value(label) ?? '') || EMPTY);
}

/** Metadata may come from a name or a file. */
function printable(text: string): string {
  return text.replace(/[^ -~]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

const DOT = 0x2e;

function writeName(key: NameKey, out: LineBytes): void {
  if (isHostName(key)) writeHostName(key, out);
  else out.text(textOf(key));
}

function writeHostName(key: NameKey, out: LineBytes): void {
  for (let at = 0; at < key.length; ) {
    const end = at + 1 + key.charCodeAt(at);
    out.part(key, at + 1, end);
    out.byte(DOT);
    at = end;
  }
}

/** Whether there is nothing to escape; the root, a dot alone, is none. */
function isHostName(key: NameKey): boolean {
  for (let at = 0; at < key.length; ) {
    const end = at + 1 + key.charCodeAt(at);
    for (at++; at < end; at++) if (!isHostCharacter(key.charCodeAt(at))) return false;
  }
  return key !== '';
}

const CLASS_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(Class).map(([name, code]) => [code, name]),
);

function className(code: number): string {
  return CLASS_NAMES.get(code) ?? `CLASS${code}`;
}

function bufferSize({ transport, payloadSize }: Exchanged): number {
  return transport === 'tcp' ? TCP_BYTES : Math.max(payloadSize, MIN_UDP_PAYLOAD_BYTES);
}

function replyCode({ rcode }: Exchanged): string {
  return rcode === undefined ? EMPTY : rcodeName(rcode);
}

const FLAG_NAMES = [
  ['qr', Flag.QR],
  ['aa', Flag.AA],
  ['tc', Flag.TC],
  ['rd', Flag.RD],
  ['ra', Flag.RA],
  ['ad', Flag.AD],
  ['cd', Flag.CD],
] as const;

const FLAGS = FLAG_NAMES.reduce((all, [, bit]) => all | bit, 0);

/** The text of each set of flags that there was; there are 128. */
const flagTexts = new Map<number, string>();

function replyFlags({ rcode, flags }: Exchanged): string {
  if (rcode === undefined) return EMPTY;
  const set = flags & FLAGS;
  let text = flagTexts.get(set);
  if (text === undefined) {
    text = FLAG_NAMES.flatMap(([name, bit]) => ((set & bit) === 0 ? [] : [name])).join(',');
    flagTexts.set(set, text);
  }
  return text;
}

const NANOSECONDS = 1e9;

/** Seconds as the shortest decimal fraction of whole nanoseconds, never with an exponent. */
function writeSeconds(ms: number, out: LineBytes): void {
  const total = Math.round(ms * 1e6);
  const whole = Math.floor(total / NANOSECONDS);
  out.number(whole);
  const rest = total - whole * NANOSECONDS;
  if (rest === 0) return;
  out.byte(DOT);
  out.digits(rest, 9);
  out.trimZeros();
}
