import { keyFromText } from '../../src/dns/name.ts';

/** What to put into a query that no well-behaved library would build. */
export interface PacketOptions {
  readonly id?: number;
  /** The flags word; default RD. */
  readonly flags?: number;
  readonly name?: string;
  readonly type?: number;
  readonly qclass?: number;
  /** Counts of the four sections, instead of the true ones. */
  readonly counts?: readonly [number, number, number, number];
  readonly opt?: OptOptions | readonly OptOptions[];
  /** Question bytes instead of `name`, `type` and `qclass`; empty for no question. */
  readonly question?: Buffer;
  /** Bytes behind everything else. */
  readonly trailing?: Buffer;
}

interface OptOptions {
  readonly owner?: Buffer;
  readonly size?: number;
  readonly extendedRcode?: number;
  readonly version?: number;
  readonly flags?: number;
  readonly data?: Buffer;
}

/** A DNS query, byte by byte: the tests' own encoder, so that any field can be wrong. */
export function packet(options: PacketOptions = {}): Buffer {
  const opts = options.opt === undefined ? [] : [options.opt].flat();
  const question = options.question ?? questionBytes(options);
  const header = Buffer.alloc(12);
  header.writeUInt16BE(options.id ?? 0x1234, 0);
  header.writeUInt16BE(options.flags ?? 0x0100, 2);
  const counts = options.counts ?? [question.length > 0 ? 1 : 0, 0, 0, opts.length];
  for (const [at, count] of counts.entries()) header.writeUInt16BE(count, 4 + 2 * at);
  return Buffer.concat([
    header,
    question,
    ...opts.map(optBytes),
    options.trailing ?? Buffer.alloc(0),
  ]);
}

/** An EDNS option: code, length, data. */
export function ednsOption(code: number, data: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(code, 0);
  head.writeUInt16BE(data.length, 2);
  return Buffer.concat([head, data]);
}

/** A name's wire form in the letters given. */
export function nameBytes(name: string): Buffer {
  const key = Buffer.from(keyFromText(name), 'latin1');
  const text = name.replace(/\.$/, '');
  // Keep the letters' case where the text has no escapes.
  if (!text.includes('\\') && text !== '') {
    const labels = text.split('.').map((label) => Buffer.from(label, 'latin1'));
    return Buffer.concat([
      ...labels.flatMap((label) => [Buffer.of(label.length), label]),
      Buffer.of(0),
    ]);
  }
  return Buffer.concat([key, Buffer.of(0)]);
}

function questionBytes(options: PacketOptions): Buffer {
  const tail = Buffer.alloc(4);
  tail.writeUInt16BE(options.type ?? 1, 0);
  tail.writeUInt16BE(options.qclass ?? 1, 2);
  return Buffer.concat([nameBytes(options.name ?? 'web.shop.svc.cluster.local'), tail]);
}

function optBytes(opt: OptOptions): Buffer {
  const data = opt.data ?? Buffer.alloc(0);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(41, 0);
  fixed.writeUInt16BE(opt.size ?? 1232, 2);
  fixed[4] = opt.extendedRcode ?? 0;
  fixed[5] = opt.version ?? 0;
  fixed.writeUInt16BE(opt.flags ?? 0, 6);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([opt.owner ?? Buffer.of(0), fixed, data]);
}
