import { EdnsOption, Type } from './codes.ts';
import { readUint16, writeUint16 } from './header.ts';
import { COOKIES_BYTES } from './server-cookie.ts';

/**
 * UDP payload size that we announce and the largest reply that we send over UDP: 1,280 bytes (the
 * IPv6 minimum MTU) less 40 (IPv6) and 8 (UDP). DNS Flag Day 2020.
 */
export const UDP_PAYLOAD_BYTES = 1232;

/** RFC 6891 section 6.2.3: "Values lower than 512 MUST be treated as equal to 512." */
export const MIN_UDP_PAYLOAD_BYTES = 512;

/** An OPT record without options. */
export const OPT_BYTES = 11;

/** A COOKIE option with both cookies (RFC 9018 section 4). */
const COOKIE_OPTION_BYTES = 4 + COOKIES_BYTES;

/** Why a reply is as it is (RFC 8914): an info-code and a few words of ASCII. */
export interface ExtendedErrorText {
  readonly code: number;
  readonly text: string;
}

/** An EDNS option. */
export interface EdnsOptionData {
  readonly code: number;
  readonly data: Uint8Array;
  /** `rewrite` has set it: it goes to upstreams (`sentOptions`). What a client sends does not. */
  readonly isOurs?: true;
}

const NO_OPTIONS: readonly EdnsOptionData[] = [];

/** The options between two offsets that are known to hold whole options, in copies of their own. */
export function readOptions(
  message: Uint8Array,
  start: number,
  end: number,
): readonly EdnsOptionData[] {
  if (start === end) return NO_OPTIONS;
  const options: EdnsOptionData[] = [];
  for (let at = start; at + 4 <= end; ) {
    const next = at + 4 + readUint16(message, at + 2);
    // Not slice(): of a Buffer that is a view, and the buffer of a datagram is used again.
    const data = Uint8Array.from(message.subarray(at + 4, next));
    options.push({ code: readUint16(message, at), data });
    at = next;
  }
  return options;
}

/** The length of an OPT record with this extended error and these options. */
export function optLength(
  error: ExtendedErrorText | undefined,
  options: readonly EdnsOptionData[] = NO_OPTIONS,
): number {
  const length = OPT_BYTES + (error === undefined ? 0 : 6 + error.text.length);
  return options.reduce((total, { data }) => total + 4 + data.length, length);
}

/**
 * Writes our OPT record: version 0, the DO bit as asked, every other flag zero, no option of the
 * query echoed (RFC 6891 sections 6.1.3 and 6.1.4). Returns the offset after it.
 */
export function writeOpt(
  output: Buffer,
  at: number,
  extendedRcode: number,
  dnssecOk: boolean,
  error: ExtendedErrorText | undefined,
  options: readonly EdnsOptionData[] = NO_OPTIONS,
): number {
  output[at] = 0; // root
  writeUint16(output, at + 1, Type.OPT);
  writeUint16(output, at + 3, UDP_PAYLOAD_BYTES);
  output[at + 5] = extendedRcode;
  output[at + 6] = 0; // version
  writeUint16(output, at + 7, dnssecOk ? 0x8000 : 0);
  writeUint16(output, at + 9, optLength(error, options) - OPT_BYTES);
  let end = at + OPT_BYTES;
  for (const { code, data } of options) {
    writeUint16(output, end, code);
    writeUint16(output, end + 2, data.length);
    output.set(data, end + 4);
    end += 4 + data.length;
  }
  return error === undefined ? end : writeError(output, end, error);
}

/** What `cookies` add to an OPT record. */
export function cookieOptionLength(cookies: Uint8Array | undefined): number {
  return cookies === undefined ? 0 : COOKIE_OPTION_BYTES;
}

/** Adds a COOKIE option to the OPT record from `start` to `end`; returns the offset after it. */
export function addCookies(
  output: Buffer,
  start: number,
  end: number,
  cookies: Uint8Array | undefined,
): number {
  if (cookies === undefined) return end;
  writeUint16(output, end, EdnsOption.COOKIE);
  writeUint16(output, end + 2, COOKIES_BYTES);
  output.set(cookies, end + 4);
  const after = end + COOKIE_OPTION_BYTES;
  writeUint16(output, start + 9, after - start - OPT_BYTES);
  return after;
}

const FEW_BYTES = 64;

function writeError(output: Buffer, at: number, error: ExtendedErrorText): number {
  writeUint16(output, at, EdnsOption.EDE);
  writeUint16(output, at + 2, 2 + error.text.length);
  writeUint16(output, at + 4, error.code);
  const { text } = error;
  // A call for a few bytes costs more than they do.
  if (text.length > FEW_BYTES) return at + 6 + output.write(text, at + 6, 'latin1');
  for (let i = 0; i < text.length; i++) output[at + 6 + i] = text.charCodeAt(i);
  return at + 6 + text.length;
}
