import { nameLabels, typeNumber } from './zone-text.ts';

/** How to ask. Everything has the default of a plain stub resolver: RD set, no EDNS. */
export interface QueryOptions {
  readonly id?: number;
  readonly opcode?: number;
  readonly rd?: boolean;
  readonly ad?: boolean;
  readonly cd?: boolean;
  /** Class number; 1 is IN. */
  readonly qclass?: number;
  readonly edns?: QueryEdns;
}

/** The OPT record of a query (RFC 6891). */
export interface QueryEdns {
  /** UDP payload size offered, in bytes. */
  readonly size?: number;
  readonly version?: number;
  readonly do?: boolean;
  /** Flag bits other than DO. */
  readonly flags?: number;
  readonly options?: readonly EdnsOption[];
}

export interface EdnsOption {
  readonly code: number;
  readonly data: Uint8Array;
}

/** A query as bytes; the name keeps its case, and may hold any byte as `\DDD`. */
export function encodeQuery(
  name: string,
  type: string | number,
  options: QueryOptions = {},
): Buffer {
  const { id = 0x1234, opcode = 0, rd = true, ad = false, cd = false, qclass = 1, edns } = options;
  const flags = (opcode << 11) | (rd ? 0x0100 : 0) | (ad ? 0x0020 : 0) | (cd ? 0x0010 : 0);
  return Buffer.concat([
    words(id, flags, 1, 0, 0, edns === undefined ? 0 : 1),
    encodeName(name),
    words(typeNumber(type), qclass),
    edns === undefined ? Buffer.alloc(0) : encodeOpt(edns),
  ]);
}

/**
 * A name on the wire.
 *
 * @throws RangeError when a label or the name is too long for DNS.
 */
export function encodeName(name: string): Buffer {
  const parts = nameLabels(name).map((label) => {
    if (label.length > 63) throw new RangeError(`Label of ${label.length} octets in ${name}`);
    return Buffer.concat([Buffer.from([label.length]), label]);
  });
  const wire = Buffer.concat([...parts, Buffer.from([0])]);
  if (wire.length > 255) throw new RangeError(`Name of ${wire.length} octets: ${name}`);
  return wire;
}

function encodeOpt({ size = 1232, version = 0, flags = 0, options = [], ...edns }: QueryEdns) {
  const data = Buffer.concat(
    options.map(({ code, data }) => Buffer.concat([words(code, data.length), data])),
  );
  const bits = flags | (edns.do === true ? 0x8000 : 0);
  return Buffer.concat([Buffer.from([0]), words(41, size, version, bits, data.length), data]);
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, index * 2);
  return bytes;
}
