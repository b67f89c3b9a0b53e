import { typeName } from '../../dns/codes.ts';
import { asciiOf, LineBytes } from '../../observe/line-bytes.ts';
import type { LinePart } from '../../observe/query-lines.ts';
import { oneLine } from '../../observe/text-line.ts';
import { QUOTE } from '../../support/ascii.ts';
import { className } from '../dns-words.ts';
import { writeCommon } from './common.ts';
import type { Exchanged } from './exchanged.ts';
import { writeFields } from './fields.ts';
import {
  bufferSize,
  EMPTY,
  replyCode,
  replyFlags,
  writeAddress,
  writeName,
  writeSeconds,
} from './values.ts';

/** Makes the line of one query. */
export interface Format {
  readonly line: LinePart<Exchanged>;
  /** It has metadata in it, which only questions that pass the plugins have. */
  readonly hasMetadata: boolean;
}

type Part = LinePart<Exchanged>;

export const COMMON = '{common}';
const COMBINED = `${COMMON} "{>opcode}"`;

/** Eight names of the longest kind. A format may ask for more of them. */
const MAX_MESSAGE_CHARACTERS = 8192;

/** A name as text, with every byte escaped. */
const MAX_NAME_CHARACTERS = 1016;

/** Of any other value but metadata. */
const MAX_VALUE_CHARACTERS = 64;

/** The format has a name, and ten other values and what is between them. */
const MAX_COMMON_CHARACTERS = MAX_NAME_CHARACTERS + 11 * MAX_VALUE_CHARACTERS;

/**
 * A format with its placeholders, as CoreDNS writes them. What is no placeholder stays as it is.
 * Every value is printable ASCII, so a line is one line whatever was asked. As JSON it is the
 * message behind the same facts as fields.
 */
export function formatOf(text: string, isJson: boolean): Format {
  const words = text
    .replaceAll('{combined}', COMBINED)
    .split(/(\{[^{}]*\})/)
    .filter((word) => word !== '');
  const hasMetadata = words.some((word) => labelIn(word) !== undefined);
  const most = words.reduce((sum, word) => sum + mostCharacters(word), 0);
  const isBounded = !hasMetadata && most <= MAX_MESSAGE_CHARACTERS;
  const message = isBounded ? partsOf(words, isJson) : cut(partsOf(words, false), isJson);
  if (!isJson) return { line: message, hasMetadata };
  const line: Part = (exchanged, out) => {
    writeFields(exchanged, out);
    out.bytes(BEFORE_MESSAGE);
    message(exchanged, out);
    out.byte(QUOTE);
  };
  return { line, hasMetadata };
}

const BEFORE_MESSAGE = asciiOf(',"msg":"');
function partsOf(words: readonly string[], isEscaped: boolean): Part {
  const parts = words.map((word) => partOf(word, isEscaped));
  return (exchanged, out) => {
    for (const part of parts) {
      if (typeof part === 'function') part(exchanged, out);
      else out.bytes(part);
    }
  };
}

/** A message that may be too long. */
function cut(message: Part, isEscaped: boolean): Part {
  const room = new LineBytes(MAX_MESSAGE_CHARACTERS + 1);
  return (exchanged, out) => {
    room.clear();
    message(exchanged, room);
    const isLonger = room.length > MAX_MESSAGE_CHARACTERS;
    if (isLonger) room.length = MAX_MESSAGE_CHARACTERS;
    out.append(room, isEscaped);
    if (isLonger) out.text('...');
  };
}

function mostCharacters(word: string): number {
  if (word === COMMON) return MAX_COMMON_CHARACTERS;
  if (word === '{name}') return MAX_NAME_CHARACTERS;
  return PLACEHOLDERS.has(word) ? MAX_VALUE_CHARACTERS : word.length;
}

/** Of all values only a name can have something that JSON escapes. */
const PLACEHOLDERS: ReadonlyMap<string, Part> = new Map<string, Part>([
  ['{remote}', ({ client }, out) => writeAddress(client, true, out)],
  ['{port}', ({ client }, out) => out.number(client.port)],
  ['{local}', ({ local }, out) => writeAddress(local, true, out)],
  ['{name}', ({ name }, out) => writeName(name, false, out)],
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

function partOf(text: string, isEscaped: boolean): Part | Uint8Array {
  const label = labelIn(text);
  if (label !== undefined) return metadataOf(label);
  if (text === COMMON) return (exchanged, out) => writeCommon(exchanged, isEscaped, out);
  if (isEscaped && text === '{name}') return ({ name }, out) => writeName(name, true, out);
  const value = PLACEHOLDERS.get(text);
  if (value !== undefined) return value;
  const literal = printable(oneLine(text));
  return asciiOf(isEscaped ? escaped(literal) : literal);
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

/** As it stands between the quotes of a JSON string. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
