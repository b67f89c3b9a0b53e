import { type EdnsOptionData, optLength, writeOpt } from './edns.ts';
import { Flag, HEADER_BYTES, writeCounts, writeHeader, writeUint16 } from './header.ts';
import type { WireName } from './record.ts';

/** A query to another server. */
export interface OutgoingQuery {
  readonly id: number;
  /** Written as it is, case included. */
  readonly name: WireName;
  readonly type: number;
  readonly qclass: number;
  readonly recursionDesired: boolean;
  readonly checkingDisabled: boolean;
  /** "I understand the AD bit" (RFC 6840 section 5.7). */
  readonly authenticData: boolean;
  /** Undefined for no OPT record. It has our UDP size and only these options. */
  readonly edns:
    | { readonly dnssecOk: boolean; readonly options: readonly EdnsOptionData[] }
    | undefined;
}

/** The bytes of a query. Its question is `[12, questionEndOf(query))`. */
export function encodeQuery(query: OutgoingQuery): Buffer {
  const { edns } = query;
  const end = questionEndOf(query);
  const bytes = Buffer.allocUnsafe(
    end + (edns === undefined ? 0 : optLength(undefined, edns.options)),
  );
  const flags =
    (query.recursionDesired ? Flag.RD : 0) |
    (query.authenticData ? Flag.AD : 0) |
    (query.checkingDisabled ? Flag.CD : 0);
  writeHeader(bytes, query.id, flags);
  writeCounts(bytes, 1, 0, 0, edns === undefined ? 0 : 1);
  bytes.write(query.name, HEADER_BYTES, 'latin1');
  bytes[end - 5] = 0;
  writeUint16(bytes, end - 4, query.type);
  writeUint16(bytes, end - 2, query.qclass);
  if (edns !== undefined) writeOpt(bytes, end, 0, edns.dnssecOk, undefined, edns.options);
  return bytes;
}

/** Where the question of an encoded query ends. */
export function questionEndOf({ name }: { readonly name: WireName }): number {
  return HEADER_BYTES + name.length + 5;
}
