import type { Answer } from 'dns-packet';

/**
 * Zone-file text (RFC 1035 section 5): how tests write and read names, addresses, types and
 * records. Own code on purpose: what judges the server must not share the server's text functions.
 */

/** `web.shop.svc.cluster.local. 5 IN A 10.96.0.7` from a record that dns-packet has read. */
export function recordText(record: Answer, owner = canonicalName(record.name)): string {
  const { ttl = 0, class: code = 'IN' } = record as { ttl?: number; class?: string };
  return `${owner} ${ttl} ${code} ${typeName(record.type)} ${dataText(record)}`;
}

function dataText(record: Answer): string {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return canonicalAddress(record.data);
    case 'NS':
    case 'CNAME':
    case 'PTR':
    case 'DNAME':
      return dotEnded(record.data);
    case 'SOA': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = record.data;
      return `${dotEnded(mname)} ${dotEnded(rname)} ${serial} ${refresh} ${retry} ${expire} ${minimum}`;
    }
    case 'SRV': {
      const { priority, weight, port, target } = record.data;
      return `${priority} ${weight} ${port} ${dotEnded(target)}`;
    }
    case 'MX':
      return `${record.data.preference} ${dotEnded(record.data.exchange)}`;
    case 'TXT':
      return [record.data].flat().map(quoted).join(' ');
    case 'HINFO':
      return `${quoted(record.data.cpu)} ${quoted(record.data.os)}`;
    default: {
      const { data } = record as { data?: unknown };
      if (!Buffer.isBuffer(data)) throw new Error(`Cannot write a ${record.type} record as text`);
      return `\\# ${data.length} ${data.toString('hex')}`; // RFC 3597 section 5
    }
  }
}

/** dns-packet leaves the final dot off, and names the root `.`. */
function dotEnded(name: string): string {
  return name.endsWith('.') ? name : `${name}.`;
}

/** A character string of TXT or HINFO, with RFC 1035 escapes. */
function quoted(data: string | Buffer): string {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
  const text = [...bytes].map((byte) => escapedByte(byte, '"\\', 32));
  return `"${text.join('')}"`;
}

/** Labels as they are on the wire, and back: only ASCII letters are folded (RFC 4343). */
export function canonicalName(text: string): string {
  return nameText(nameLabels(text)).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** The labels of a name in presentation form: `\.` is a dot inside a label, `\255` a byte. */
export function nameLabels(text: string): Buffer[] {
  if (text === '.' || text === '') return [];
  const labels: number[][] = [[]];
  for (const token of text.match(/\\\d{3}|\\.|[^\\]/gs) ?? []) {
    if (token === '.') labels.push([]);
    else labels.at(-1)?.push(tokenByte(token));
  }
  if (labels.at(-1)?.length === 0) labels.pop();
  if (labels.some((label) => label.length === 0)) {
    throw new SyntaxError(`Cannot read the name ${JSON.stringify(text)}: it has an empty label`);
  }
  return labels.map((label) => Buffer.from(label));
}

function tokenByte(token: string): number {
  const value = /^\\\d{3}$/.test(token)
    ? Number(token.slice(1))
    : token.codePointAt(token.length - 1);
  if (value === undefined || value > 255) {
    throw new SyntaxError(`Cannot use ${JSON.stringify(token)} in a name: expected one byte`);
  }
  return value;
}

/** Presentation form, case kept, with the final dot. */
export function nameText(labels: readonly Uint8Array[]): string {
  if (labels.length === 0) return '.';
  const text = labels.map((label) =>
    [...label].map((byte) => escapedByte(byte, '.\\"();@$', 33)).join(''),
  );
  return `${text.join('.')}.`;
}

function escapedByte(byte: number, special: string, lowest: number): string {
  if (byte < lowest || byte > 126) return `\\${String(byte).padStart(3, '0')}`;
  const character = String.fromCharCode(byte);
  return special.includes(character) ? `\\${character}` : character;
}

/** `FD00:0::1` → `fd00::1` (RFC 5952); IPv4 is returned as it is. */
export function canonicalAddress(text: string): string {
  // The URL standard writes IPv6 hosts as RFC 5952 does, save for mapped IPv4.
  return text.includes(':') ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;
}

/** The 32 hexadecimal digits of an IPv6 address. */
export function addressNibbles(text: string): string {
  const [left = '', right] = canonicalAddress(text).split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const zeros = Array<string>(8 - head.length - tail.length).fill('0');
  return [...head, ...zeros, ...tail].map((group) => group.padStart(4, '0')).join('');
}

/** `10.96.0.7` → `7.0.96.10.in-addr.arpa.` (RFC 1035 section 3.5, RFC 3596 section 2.5). */
export function reverseName(address: string): string {
  if (!address.includes(':')) return `${address.split('.').toReversed().join('.')}.in-addr.arpa.`;
  return `${[...addressNibbles(address)].toReversed().join('.')}.ip6.arpa.`;
}

const TYPES = new Map<string, number>([
  ['A', 1],
  ['NS', 2],
  ['CNAME', 5],
  ['SOA', 6],
  ['NULL', 10],
  ['PTR', 12],
  ['HINFO', 13],
  ['MX', 15],
  ['TXT', 16],
  ['AAAA', 28],
  ['SRV', 33],
  ['NAPTR', 35],
  ['DNAME', 39],
  ['OPT', 41],
  ['DS', 43],
  ['RRSIG', 46],
  ['NSEC', 47],
  ['DNSKEY', 48],
  ['TLSA', 52],
  ['SVCB', 64],
  ['HTTPS', 65],
  ['IXFR', 251],
  ['AXFR', 252],
  ['ANY', 255],
  ['CAA', 257],
]);
const TYPE_NAMES = new Map([...TYPES].map(([name, number]) => [number, name]));

/** `1`, `A`, `TYPE1` and dns-packet's `UNKNOWN_1` are all `A`; unknown numbers become `TYPEn`. */
export function typeName(type: string | number): string {
  const number = typeNumber(type);
  return TYPE_NAMES.get(number) ?? `TYPE${number}`;
}

/** The number of a type given as `A`, `TYPE65` or `65`. */
export function typeNumber(type: string | number): number {
  if (typeof type === 'number') return type;
  const known = TYPES.get(type.toUpperCase());
  if (known !== undefined) return known;
  const generic = /^(?:TYPE|UNKNOWN_)(\d+)$/i.exec(type);
  if (generic === null) throw new SyntaxError(`Unknown record type ${JSON.stringify(type)}`);
  return Number(generic[1]);
}
