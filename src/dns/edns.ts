import { EdnsOption, Type } from './codes.ts';
import { writeUint16 } from './header.ts';

/**
 * UDP payload size that we announce and the largest reply that we send over UDP: 1,280 bytes (the IPv6 minimum
 * MTU) less 40 (IPv6) and 8 (UDP). DNS Flag Day 2020.
 */
export const UDP_PAYLOAD_BYTES = 1232;

/** RFC 6891 section 6.2.3: "Values lower than 512 MUST be treated as equal to 512." */
export const MIN_UDP_PAYLOAD_BYTES = 512;

/** An OPT record without options. */
export const OPT_BYTES = 11;

/** Why a reply is as it is (RFC 8914): an info-code and a few words of ASCII. */
export interface ExtendedErrorText {
  readonly code: number;
  readonly text: string;
}

/** The length of an OPT record with this extended error. */
export function optLength(error: ExtendedErrorText | undefined): number {
  return OPT_BYTES + (error === undefined ? 0 : 6 + error.text.length);
}

/**
 * Writes our OPT record: version 0, the DO bit as asked, every other flag zero, no option echoed
 * (RFC 6891 sections 6.1.3 and 6.1.4). Returns the offset after it.
 */
export function writeOpt(
  output: Buffer,
  at: number,
  extendedRcode: number,
  dnssecOk: boolean,
  error: ExtendedErrorText | undefined,
): number {
  output[at] = 0; // root
  writeUint16(output, at + 1, Type.OPT);
  writeUint16(output, at + 3, UDP_PAYLOAD_BYTES);
  output[at + 5] = extendedRcode;
  output[at + 6] = 0; // version
  writeUint16(output, at + 7, dnssecOk ? 0x8000 : 0);
  writeUint16(output, at + 9, optLength(error) - OPT_BYTES);
  if (error === undefined) return at + OPT_BYTES;
  writeUint16(output, at + 11, EdnsOption.EDE);
  writeUint16(output, at + 13, 2 + error.text.length);
  writeUint16(output, at + 15, error.code);
  return at + 17 + output.write(error.text, at + 17, 'latin1');
}
