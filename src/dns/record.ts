import { Class, Type } from './codes.ts';

/**
 * A name as it is written in a record: wire form, latin1, case kept, without the root's zero byte.
 * A `NameKey` is one that happens to be lower case.
 */
export type WireName = string;

/** Resource record data, by the shapes that svcdns reads and writes. */
export type RecordData =
  | { readonly kind: 'address'; readonly address: Uint8Array }
  | { readonly kind: 'name'; readonly name: WireName }
  | {
      readonly kind: 'service';
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: WireName;
    }
  | { readonly kind: 'exchange'; readonly preference: number; readonly exchange: WireName }
  | { readonly kind: 'strings'; readonly strings: readonly string[] }
  | { readonly kind: 'start'; readonly start: StartOfAuthority }
  | { readonly kind: 'raw'; readonly bytes: Uint8Array };

/** SOA data (RFC 1035 section 3.3.13); times in seconds. */
interface StartOfAuthority {
  readonly mname: WireName;
  readonly rname: WireName;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

/** One resource record. `ttl` is in seconds. */
export interface ResourceRecord {
  readonly owner: WireName;
  readonly type: number;
  /** Left out for class IN, which all of ours are; another one comes from an upstream. */
  readonly class?: number;
  readonly ttl: number;
  readonly data: RecordData;
}

/** Whether a record is of the class asked for, which `*` is of all (RFC 1035 section 3.2.5). */
export function isOfClass({ class: code = Class.IN }: ResourceRecord, qclass: number): boolean {
  return code === qclass || qclass === Class.ANY;
}

/** RFC 2181 section 8: "a minimum value of 0, and a maximum value of 2147483647"; seconds. */
export const MAX_TTL = 0x7fff_ffff;

/**
 * RFC 2181 section 8: "should treat TTL values received with the most significant bit set as if the
 * entire value received was zero".
 */
export function saneTtl(ttl: number): number {
  return ttl > MAX_TTL ? 0 : ttl;
}

/** The record with another TTL, and another owner where one is given. */
export function withTtl(
  { owner: before, type, data, class: code }: ResourceRecord,
  ttl: number,
  owner: WireName = before,
): ResourceRecord {
  return code === undefined ? { owner, type, ttl, data } : { owner, type, ttl, data, class: code };
}

export function addressRecord(owner: WireName, address: Uint8Array, ttl: number): ResourceRecord {
  const type = address.length === 4 ? Type.A : Type.AAAA;
  return { owner, type, ttl, data: { kind: 'address', address } };
}

/** A CNAME, NS or PTR record. */
export function nameRecord(
  owner: WireName,
  type: number,
  name: WireName,
  ttl: number,
): ResourceRecord {
  return { owner, type, ttl, data: { kind: 'name', name } };
}

/** An SRV record with priority 0, the only one Kubernetes DNS gives. */
export function serviceRecord(
  owner: WireName,
  weight: number,
  port: number,
  target: WireName,
  ttl: number,
): ResourceRecord {
  const data = { kind: 'service', priority: 0, weight, port, target } as const;
  return { owner, type: Type.SRV, ttl, data };
}

/** A TXT record; each string is at most 255 bytes. */
export function textRecord(
  owner: WireName,
  strings: readonly string[],
  ttl: number,
): ResourceRecord {
  return { owner, type: Type.TXT, ttl, data: { kind: 'strings', strings } };
}

export function soaRecord(owner: WireName, ttl: number, start: StartOfAuthority): ResourceRecord {
  return { owner, type: Type.SOA, ttl, data: { kind: 'start', start } };
}

/** The bytes that record data takes when no name in it is compressed. */
export function recordDataBytes(data: RecordData): number {
  switch (data.kind) {
    case 'address':
      return data.address.length;
    case 'raw':
      return data.bytes.length;
    case 'name':
      return data.name.length + 1;
    case 'exchange':
      return data.exchange.length + 3;
    case 'service':
      return data.target.length + 7;
    case 'strings':
      return data.strings.reduce((total, text) => total + text.length + 1, 0);
    case 'start':
      return data.start.mname.length + data.start.rname.length + 22;
  }
}
