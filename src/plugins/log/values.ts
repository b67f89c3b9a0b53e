import { hostText } from '../../dns/address.ts';
import { rcodeName } from '../../dns/codes.ts';
import { MIN_UDP_PAYLOAD_BYTES } from '../../dns/edns.ts';
import { MAX_MESSAGE_BYTES } from '../../dns/framing.ts';
import { Flag } from '../../dns/header.ts';
import type { SocketAddress } from '../../dns/query.ts';
import type { LineBytes } from '../../observe/line-bytes.ts';
import { DOT } from '../../support/ascii.ts';
import type { Exchanged } from './exchanged.ts';
import type { NameBytes } from './name-bytes.ts';

/** What is written for something that there is not, metadata among it. */
export const EMPTY = '-';

/** Writes a name, `isEscaped` as it stands between the quotes of a JSON string. */
export function writeName(name: NameBytes, isEscaped: boolean, out: LineBytes): void {
  if (isEscaped && !name.isPlain) out.escaped(name.bytes, name.length);
  else out.bytes(name.bytes, name.length);
}

const ipv4 = new Uint8Array(16);

/** Writes an address; IPv6 in brackets, if so wanted. */
export function writeAddress(of: SocketAddress, isBracketed: boolean, out: LineBytes): void {
  if (of.family !== 'IPv4' || of.readInto === undefined) {
    out.text(isBracketed ? hostText(of.address) : of.address);
    return;
  }
  of.readInto(ipv4);
  for (let at = 0; at < 4; at++) {
    if (at > 0) out.byte(DOT);
    out.number(ipv4[at]!);
  }
}

/** The largest reply that the client takes, bytes. */
export function bufferSize({ transport, payloadSize }: Exchanged): number {
  return transport === 'tcp' ? MAX_MESSAGE_BYTES : Math.max(payloadSize, MIN_UDP_PAYLOAD_BYTES);
}

export function replyCode({ rcode }: Exchanged): string {
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

/** The bits of those that are logged. */
export const LOGGED_FLAGS = FLAG_NAMES.reduce((all, [, bit]) => all | bit, 0);

/** The text of each set of flags that there was; there are 128. */
const flagTexts = new Map<number, string>();

export function replyFlags({ rcode, flags }: Exchanged): string {
  if (rcode === undefined) return EMPTY;
  const set = flags & LOGGED_FLAGS;
  let text = flagTexts.get(set);
  if (text === undefined) {
    text = FLAG_NAMES.flatMap(([name, bit]) => ((set & bit) === 0 ? [] : [name])).join(',');
    flagTexts.set(set, text);
  }
  return text;
}

const NANOSECONDS = 1e9;

/** Writes seconds as the shortest decimal fraction of whole nanoseconds, never with an exponent. */
export function writeSeconds(ms: number, out: LineBytes): void {
  const total = Math.round(ms * 1e6);
  const whole = Math.floor(total / NANOSECONDS);
  out.number(whole);
  const rest = total - whole * NANOSECONDS;
  if (rest === 0) return;
  out.byte(DOT);
  out.digits(rest, 9);
  out.trimZeros();
}
