import { Flag } from './header.ts';
import { type NameKey, ROOT } from './name.ts';

/** A literal IP address and a port. What `dgram` says of a sender is one. */
export interface SocketAddress {
  readonly address: string;
  readonly port: number;
  /** The address's, where it is known without looking at that. */
  readonly family?: string;
  /** What `readAddress` does with the address, where that has not been text yet. */
  readInto?(bytes: Uint8Array): number;
}

/** An address in a query that stands for the next one when the next query comes. */
export interface PassingAddress extends SocketAddress {
  /** One that stays as it is. */
  keep(): SocketAddress;
}

export type Transport = 'udp' | 'tcp';

/** Where a reply that comes later is sent: a UDP listener, or a TCP connection. */
export interface ReplySink {
  /**
   * Sends `message` to `peer`; an empty one says that no reply will come. Must accept a peer that
   * has gone: then the reply is dropped.
   */
  reply(message: Uint8Array, peer: SocketAddress): void;
}

const NO_ADDRESS: SocketAddress = { address: '', port: 0 };
const NOWHERE: ReplySink = { reply() {} };
const NOTHING = Buffer.alloc(0);

/**
 * One query: its bytes, how it came, and what `readQuery` found in it. A listener uses one object
 * for all its queries, because garbage for each is what costs most; who keeps a query makes a copy.
 */
export class Query {
  /** The message is `input[offset, offset + length)`. Places in it are counted from its start. */
  input: Buffer = NOTHING;
  offset = 0;
  length = 0;
  /** Who asked. */
  peer: SocketAddress = NO_ADDRESS;
  /** The address and port of ours that was asked. */
  local: SocketAddress = NO_ADDRESS;
  transport: Transport = 'udp';
  sink: ReplySink = NOWHERE;
  /** When it came, `Clock.now()`; ms. */
  receivedAt = 0;
  /**
   * The time as the listener last saw it, of one that takes many queries at once: looking costs as
   * much as counting a reply. 0 when it has not looked.
   */
  seenAt = 0;
  /** Bytes that the reply may have at most; known with the server block that answers. */
  replyLimit = 0;

  id = 0;
  /** The flags word as sent. */
  flags = 0;
  opcode = 0;
  /** The name asked for, folded. */
  key: NameKey = ROOT;
  /** Sum of the key's bytes: picks the table's shard without a second pass over the name. */
  sum = 0;
  /** The name was sent with a capital letter in it (0x20), so copied names must take its case. */
  hasUpperCase = false;
  type = 0;
  qclass = 0;
  /** Where the question ends; 0 when there is none to echo. */
  questionEnd = 0;
  /** The query had an OPT record. */
  edns = false;
  ednsVersion = 0;
  /** The requestor's UDP payload size, as sent. */
  ednsSize = 0;
  dnssecOk = false;
  /** Where the EDNS options begin and end. */
  optionsStart = 0;
  optionsEnd = 0;
  /** Where the data of the COOKIE option begins, and its length as sent; 0 when there is none. */
  cookieAt = 0;
  cookieLength = 0;
  /** The client's cookie with ours behind it, for the reply's OPT record; undefined for none. */
  cookies: Uint8Array | undefined;
  /** The client showed a cookie of ours: it can read what is sent to its address. */
  isVerified = false;

  /** A query with bytes of its own, for one that is answered later. */
  copy(): Query {
    // Written out: Object.assign() takes three times as long.
    const copy = new Query();
    copy.input = Buffer.from(this.input.subarray(this.offset, this.offset + this.length));
    copy.length = this.length;
    copy.peer = kept(this.peer);
    copy.local = kept(this.local);
    copy.transport = this.transport;
    copy.sink = this.sink;
    copy.receivedAt = this.receivedAt;
    copy.replyLimit = this.replyLimit;
    copy.id = this.id;
    copy.flags = this.flags;
    copy.opcode = this.opcode;
    copy.key = this.key;
    copy.sum = this.sum;
    copy.hasUpperCase = this.hasUpperCase;
    copy.type = this.type;
    copy.qclass = this.qclass;
    copy.questionEnd = this.questionEnd;
    copy.edns = this.edns;
    copy.ednsVersion = this.ednsVersion;
    copy.ednsSize = this.ednsSize;
    copy.dnssecOk = this.dnssecOk;
    copy.optionsStart = this.optionsStart;
    copy.optionsEnd = this.optionsEnd;
    copy.cookieAt = this.cookieAt;
    copy.cookieLength = this.cookieLength;
    copy.isVerified = this.isVerified;
    copy.cookies = this.cookies?.slice();
    return copy;
  }

  get recursionDesired(): boolean {
    return (this.flags & Flag.RD) !== 0;
  }

  /** AD is for who sets AD or DO (RFC 6840 section 5.8). */
  get takesAuthenticData(): boolean {
    return (this.flags & Flag.AD) !== 0 || (this.edns && this.dnssecOk);
  }
}

function kept(address: SocketAddress | PassingAddress): SocketAddress {
  return 'keep' in address ? address.keep() : address;
}
