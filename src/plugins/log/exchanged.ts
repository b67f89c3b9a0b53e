import { Rcode, Type } from '../../dns/codes.ts';
import { Flag, HEADER_BYTES, readUint16 } from '../../dns/header.ts';
import { hasRecord, plainSize } from '../../dns/plain-size.ts';
import { Query, type SocketAddress, type Transport } from '../../dns/query.ts';
import { recordDataBytes } from '../../dns/record.ts';
import type { Reply, Request, RequestMetadata } from '../plugin.ts';
import { NameBytes } from './name-bytes.ts';

/** CoreDNS's classes of replies, as `class` names them. */
export const REPLY_CLASSES = ['success', 'denial', 'error'] as const;

export type ReplyClass = (typeof REPLY_CLASSES)[number];

/** A question, what was said to it, and how long that took. */
export interface Exchanged {
  readonly client: SocketAddress;
  readonly local: SocketAddress;
  /** The name asked for; stands for the next one when the next line is made. */
  readonly name: NameBytes;
  readonly type: number;
  readonly qclass: number;
  readonly transport: Transport;
  /** Bytes of the query. */
  readonly size: number;
  readonly id: number;
  readonly dnssecOk: boolean;
  /** The client's UDP payload size as sent; 0 without EDNS. */
  readonly payloadSize: number;
  /** Undefined when nothing was sent. */
  readonly rcode: number | undefined;
  /** The flags word of the reply's header; its rcode counts for nothing. */
  readonly flags: number;
  readonly replySize: number;
  readonly replyClass: ReplyClass;
  readonly ms: number;
  readonly answeredBy: string;
  readonly metadata: RequestMetadata | undefined;
}

const name = new NameBytes();

/** A question that has passed the plugins, and their reply. */
export function exchangedInChain(request: Request, reply: Reply, ms: number): Exchanged {
  const { client, local, type, qclass, transport, size, id, edns, metadata } = request;
  return {
    client,
    local,
    name: name.ofKey(request.key),
    type,
    qclass,
    transport,
    size,
    id,
    dnssecOk: edns?.dnssecOk === true,
    payloadSize: edns?.size ?? 0,
    rcode: reply.isSilent ? undefined : reply.rcode,
    flags: flagsOf(request, reply),
    replySize: reply.isSilent ? 0 : sizeOf(request, reply),
    replyClass: classOf(reply),
    ms,
    answeredBy: reply.plugin,
    metadata,
  };
}

/** The same of a question that took the short cut; one object for all of them. */
export class ShortCutExchanged implements Exchanged {
  #query: Query = NO_QUERY;
  #reply: Buffer = NO_REPLY;
  readonly name = name;
  rcode = 0;
  replySize = 0;
  ms = 0;
  answeredBy = '';
  readonly metadata = undefined;

  /** Stands for this query and reply from now on. */
  moveTo(query: Query, reply: Buffer, rcode: number, plugin: string): this {
    this.#query = query;
    this.#reply = reply;
    name.ofQuery(query);
    this.rcode = rcode;
    this.answeredBy = plugin;
    this.replySize = plainSize(reply, query.questionEnd);
    return this;
  }

  get client(): SocketAddress {
    return this.#query.peer;
  }

  get local(): SocketAddress {
    return this.#query.local;
  }

  get type(): number {
    return this.#query.type;
  }

  get qclass(): number {
    return this.#query.qclass;
  }

  get transport(): Transport {
    return this.#query.transport;
  }

  get size(): number {
    return this.#query.length;
  }

  get id(): number {
    return this.#query.id;
  }

  get dnssecOk(): boolean {
    return this.#query.edns && this.#query.dnssecOk;
  }

  get payloadSize(): number {
    return this.#query.edns ? this.#query.ednsSize : 0;
  }

  get flags(): number {
    return readUint16(this.#reply, 2);
  }

  get replyClass(): ReplyClass {
    if (this.rcode === Rcode.NXDOMAIN) return 'denial';
    if (this.rcode !== Rcode.NOERROR) return 'error';
    const reply = this.#reply;
    const isNodata =
      readUint16(reply, 6) === 0 &&
      hasRecord(reply, this.#query.questionEnd, readUint16(reply, 8), Type.SOA);
    return isNodata ? 'denial' : 'success';
  }
}

const NO_QUERY = new Query();
const NO_REPLY = Buffer.alloc(HEADER_BYTES);

/**
 * A denial is NXDOMAIN, or NODATA: no answer, and the SOA that says so. No reply at all is an
 * error, as in CoreDNS.
 */
function classOf({ rcode, answer, authority, isSilent }: Reply): ReplyClass {
  if (isSilent) return 'error';
  if (rcode === Rcode.NXDOMAIN) return 'denial';
  if (rcode !== Rcode.NOERROR) return 'error';
  const isNodata = answer.length === 0 && authority.some((record) => record.type === Type.SOA);
  return isNodata ? 'denial' : 'success';
}

function flagsOf(request: Request, reply: Reply): number {
  return (
    Flag.QR |
    (reply.authoritative ? Flag.AA : 0) |
    (reply.truncated ? Flag.TC : 0) |
    (request.recursionDesired ? Flag.RD : 0) |
    (reply.recursionAvailable ? Flag.RA : 0) |
    (reply.authenticData ? Flag.AD : 0) |
    (request.checkingDisabled ? Flag.CD : 0)
  );
}

/** Type, class, TTL and length of a record, and the root's zero at the end of its owner. */
const FIXED_RECORD_BYTES = 11;

/**
 * The size of a reply, as CoreDNS logs it: names not compressed, without OPT, before anything is
 * cut. What leaves is smaller; `coredns_dns_response_size_bytes` counts that.
 */
function sizeOf(request: Request, reply: Reply): number {
  let size = HEADER_BYTES + request.name.length + 5;
  for (const section of [reply.answer, reply.authority, reply.additional]) {
    for (const { owner, data } of section) {
      size += owner.length + FIXED_RECORD_BYTES + recordDataBytes(data);
    }
  }
  return size;
}
