/** The numbers of the IANA DNS parameters registry that svcdns uses, by their field names. */

export const Type = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  URI: 256,
  CAA: 257,
} as const;

export const Class = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const;

export const Opcode = { QUERY: 0, IQUERY: 1, STATUS: 2, NOTIFY: 4, UPDATE: 5 } as const;

/**
 * Response codes. Those over 15 need an OPT record for their upper bits (RFC 6891 section 6.1.3).
 */
export const Rcode = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  BADVERS: 16,
  BADCOOKIE: 23,
} as const;

/** EDNS option codes. */
export const EdnsOption = { NSID: 3, COOKIE: 10, EDE: 15 } as const;

/** Extended DNS error info-codes (RFC 8914 section 4). */
export const ExtendedError = {
  OTHER: 0,
  STALE_ANSWER: 3,
  NOT_READY: 14,
  FILTERED: 17,
  PROHIBITED: 18,
  NOT_AUTHORITATIVE: 20,
  NO_REACHABLE_AUTHORITY: 22,
  NETWORK_ERROR: 23,
} as const;

const TYPE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(Type).map(([name, code]) => [code, name]),
);
const TYPE_CODES: ReadonlyMap<string, number> = new Map(Object.entries(Type));
const RCODE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(Rcode).map(([name, code]) => [code, name]),
);

/** `A`, `SRV` …, or `TYPE123` as RFC 3597 section 5 writes an unknown type. */
export function typeName(code: number): string {
  return TYPE_NAMES.get(code) ?? `TYPE${code}`;
}

/** The code of `A`, `srv`, `TYPE123`; undefined for a word that names no type. */
export function typeCode(text: string): number | undefined {
  const upper = text.toUpperCase();
  const known = TYPE_CODES.get(upper);
  if (known !== undefined) return known;
  const generic = /^TYPE(\d{1,5})$/.exec(upper);
  if (generic === null) return undefined;
  const code = Number(generic[1]);
  return code <= 0xffff ? code : undefined;
}

/** `NOERROR`, `NXDOMAIN` …, or `RCODE17`. */
export function rcodeName(code: number): string {
  return RCODE_NAMES.get(code) ?? `RCODE${code}`;
}

/** Is it the type of records that hold an address? */
export function isAddressType(type: number): boolean {
  return type === Type.A || type === Type.AAAA;
}
