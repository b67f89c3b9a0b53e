import { hostText } from '../../dns/address.ts';
import { Class, rcodeName, typeName } from '../../dns/codes.ts';
import { MIN_UDP_PAYLOAD_BYTES } from '../../dns/edns.ts';
import { HEADER_BYTES } from '../../dns/header.ts';
import { textOf } from '../../dns/name.ts';
import { recordDataBytes } from '../../dns/record.ts';
import type { Reply, Request } from '../plugin.ts';

/** A question, what was said to it, and how long that took. */
export interface Exchanged {
  readonly request: Request;
  readonly reply: Reply;
  readonly ms: number;
}

/** Makes the line of one query. */
export type Format = (exchanged: Exchanged) => string;

export const COMMON =
  '{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}" {rcode} {>rflags} {rsize} {duration}';
const COMBINED = `${COMMON} "{>opcode}"`;

/** What is written for something that there is not, metadata among it. */
const EMPTY = '-';

/** Eight names of the longest kind. A format may ask for more of them. */
const MAX_LINE_CHARACTERS = 8192;

/** A message over TCP may have this many bytes. */
const TCP_BYTES = 65_535;

/**
 * A format with its placeholders, as CoreDNS writes them. What is no placeholder stays as it is.
 * Every value is printable ASCII, so a line is one line whatever was asked.
 */
export function formatOf(text: string): Format {
  const whole = text.replaceAll('{common}', COMMON).replaceAll('{combined}', COMBINED);
  const parts = whole.split(/(\{[^{}]*\})/).map(partOf);
  return (exchanged) => {
    const line = parts.map((part) => part(exchanged)).join('');
    return line.length <= MAX_LINE_CHARACTERS ? line : `${line.slice(0, MAX_LINE_CHARACTERS)}...`;
  };
}

/** The same facts for machines, beside the line. */
export function fieldsOf(
  exchanged: Exchanged,
): Readonly<Record<string, string | number | boolean>> {
  const { request, reply, ms } = exchanged;
  return {
    client: request.client.address,
    port: request.client.port,
    id: request.id,
    plugin: 'log',
    name: textOf(request.key),
    type: typeName(request.type),
    class: className(request.qclass),
    proto: request.transport,
    size: request.size,
    do: request.edns?.dnssecOk === true,
    bufsize: bufferSize(request),
    rcode: replyCode(reply),
    rflags: replyFlags(exchanged),
    rsize: replySize(request, reply),
    seconds: Number(seconds(ms)),
    answeredBy: reply.plugin,
  };
}

const PLACEHOLDERS: ReadonlyMap<string, Format> = new Map<string, Format>([
  ['{remote}', ({ request }) => hostText(request.client.address)],
  ['{port}', ({ request }) => String(request.client.port)],
  ['{local}', ({ request }) => hostText(request.local.address)],
  ['{name}', ({ request }) => textOf(request.key)],
  ['{type}', ({ request }) => typeName(request.type)],
  ['{class}', ({ request }) => className(request.qclass)],
  ['{proto}', ({ request }) => request.transport],
  ['{size}', ({ request }) => String(request.size)],
  ['{>id}', ({ request }) => String(request.id)],
  ['{>opcode}', () => '0'], // nothing but QUERY comes this far
  ['{>do}', ({ request }) => String(request.edns?.dnssecOk === true)],
  ['{>bufsize}', ({ request }) => String(bufferSize(request))],
  ['{rcode}', ({ reply }) => replyCode(reply)],
  ['{>rflags}', replyFlags],
  ['{rsize}', ({ request, reply }) => String(replySize(request, reply))],
  ['{duration}', ({ ms }) => `${seconds(ms)}s`],
]);

function partOf(text: string): Format {
  const label = /^\{\/([^{}]*)\}$/.exec(text)?.[1];
  return PLACEHOLDERS.get(text) ?? (label === undefined ? () => text : metadataOf(label));
}

function metadataOf(label: string): Format {
  return ({ request }) => printable(request.metadata?.value(label) ?? '') || EMPTY;
}

/** Metadata may come from a name or a file. */
function printable(text: string): string {
  return text.replace(/[^ -~]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function className(code: number): string {
  const known = Object.entries(Class).find(([, known]) => known === code);
  return known?.[0] ?? `CLASS${code}`;
}

function bufferSize({ transport, edns }: Request): number {
  if (transport === 'tcp') return TCP_BYTES;
  return Math.max(edns?.size ?? 0, MIN_UDP_PAYLOAD_BYTES);
}

function replyCode({ rcode, isSilent }: Reply): string {
  return isSilent ? EMPTY : rcodeName(rcode);
}

function replyFlags({ request, reply }: Exchanged): string {
  if (reply.isSilent) return EMPTY;
  const flags: readonly [string, boolean][] = [
    ['qr', true],
    ['aa', reply.authoritative],
    ['tc', reply.truncated],
    ['rd', request.recursionDesired],
    ['ra', reply.recursionAvailable],
    ['ad', reply.authenticData],
    ['cd', request.checkingDisabled],
  ];
  return flags.flatMap(([flag, isSet]) => (isSet ? [flag] : [])).join(',');
}

/** The shortest decimal fraction, never an exponent. */
function seconds(ms: number): string {
  return (ms / 1000).toFixed(9).replace(/\.?0+$/, '');
}

/** Type, class, TTL and length of a record, and the root's zero at the end of its owner. */
const FIXED_RECORD_BYTES = 11;

/**
 * The size of a reply, as CoreDNS logs it: names not compressed, without OPT, before anything is
 * cut. What leaves is smaller; `coredns_dns_response_size_bytes` counts that.
 */
function replySize(request: Request, reply: Reply): number {
  if (reply.isSilent) return 0;
  let size = HEADER_BYTES + request.name.length + 5;
  for (const section of [reply.answer, reply.authority, reply.additional]) {
    for (const { owner, data } of section) {
      size += owner.length + FIXED_RECORD_BYTES + recordDataBytes(data);
    }
  }
  return size;
}
