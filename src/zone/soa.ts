import { Class, Type } from '../dns/codes.ts';
import { writeUint16, writeUint32 } from '../dns/header.ts';
import { keyOf, type NameKey } from '../dns/name.ts';
import { type ResourceRecord, soaRecord } from '../dns/record.ts';
import { SERVER_NAME } from './apex.ts';

/** CoreDNS's times for secondary servers, of which there are none; seconds. */
const REFRESH_SECONDS = 7200;
const RETRY_SECONDS = 1800;
const EXPIRE_SECONDS = 86_400;

/** CoreDNS caps the TTL of a cluster zone's SOA record, whatever TTL is configured. */
const MAX_CLUSTER_TTL_SECONDS = 300;

/** Before the first name in the data of an encoded record: owner pointer to data length. */
const HEAD_BYTES = 12;

export interface SoaOptions {
  /** The name server and the contact, relative to the zone. */
  readonly server: NameKey;
  readonly contact: NameKey;
  /** Seconds that records of the zone may be kept. */
  readonly ttl: number;
  /** The same for the SOA record; default `ttl`. */
  readonly ownTtl?: number;
}

/**
 * The SOA record of published zones, in records and in bytes. Nothing else says how long it may be
 * kept that a name or its data does not exist.
 */
export class Soa {
  readonly #server: NameKey;
  readonly #contact: NameKey;
  readonly #ttl: number;
  /**
   * RFC 2308 section 4: "the TTL to be used for negative responses", unless the record's own TTL is
   * less; seconds.
   */
  readonly #negativeTtl: number;
  /** Encoded, with pointers and the serial left blank. */
  readonly #bytes: string;
  readonly #serverPointer: number;
  readonly #contactPointer: number;

  constructor({ server, contact, ttl, ownTtl = ttl }: SoaOptions) {
    this.#server = server;
    this.#contact = contact;
    this.#ttl = ownTtl;
    this.#negativeTtl = ttl;
    this.#serverPointer = HEAD_BYTES + server.length;
    this.#contactPointer = this.#serverPointer + 2 + contact.length;
    const names = `${server}\0\0${contact}\0\0`;
    const times = [0, REFRESH_SECONDS, RETRY_SECONDS, EXPIRE_SECONDS, this.#negativeTtl];
    const bytes = Buffer.alloc(HEAD_BYTES + names.length + 4 * times.length);
    writeUint16(bytes, 2, Type.SOA);
    writeUint16(bytes, 4, Class.IN);
    writeUint32(bytes, 6, ownTtl);
    writeUint16(bytes, 10, bytes.length - HEAD_BYTES);
    const timesAt = HEAD_BYTES + bytes.write(names, HEAD_BYTES, 'latin1');
    for (const [at, seconds] of times.entries()) writeUint32(bytes, timesAt + 4 * at, seconds);
    this.#bytes = bytes.toString('latin1');
  }

  /** The record of the zone `apex`, its name in the letters to be shown. */
  record(apex: string, serial: number): ResourceRecord {
    return soaRecord(apex, this.#ttl, {
      mname: this.#server + apex,
      rname: this.#contact + apex,
      serial,
      refresh: REFRESH_SECONDS,
      retry: RETRY_SECONDS,
      expire: EXPIRE_SECONDS,
      minimum: this.#negativeTtl,
    });
  }

  /**
   * Writes the record of the zone whose name stands at `zoneAt` in the message; returns the offset
   * after it.
   */
  write(output: Buffer, at: number, zoneAt: number, serial: number): number {
    const pointer = 0xc000 | zoneAt;
    output.write(this.#bytes, at, 'latin1');
    writeUint16(output, at, pointer);
    writeUint16(output, at + this.#serverPointer, pointer);
    writeUint16(output, at + this.#contactPointer, pointer);
    writeUint32(output, at + this.#contactPointer + 2, serial);
    return at + this.#bytes.length;
  }
}

/** The SOA record of the cluster's zones, whose records have this TTL. */
export function clusterSoa(ttl: number): Soa {
  const contact = keyOf(['hostmaster']);
  const ownTtl = Math.min(ttl, MAX_CLUSTER_TTL_SECONDS);
  return new Soa({ server: SERVER_NAME, contact, ttl, ownTtl });
}
