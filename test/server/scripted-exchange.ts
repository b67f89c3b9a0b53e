import type { Query, ReplySink, SocketAddress } from '../../src/dns/query.ts';
import { type Exchange, PENDING } from '../../src/server/exchange.ts';
import type { TcpLimits } from '../../src/server/limits.ts';

/** A query as the exchange was given it. */
export interface Taken {
  readonly message: Buffer;
  readonly peer: SocketAddress;
  readonly transport: string;
  readonly sink: ReplySink;
}

type Script = (taken: Taken, output: Buffer) => number;

/** An exchange that remembers what it was asked and answers as the test says; first by echoing. */
export class ScriptedExchange implements Exchange {
  readonly taken: Taken[] = [];
  script: Script;
  tcpLimits: Partial<TcpLimits> | undefined;

  constructor(script: Script = echo) {
    this.script = script;
  }

  answer(query: Query, output: Buffer): number {
    const { input: message, peer, transport, sink } = query.copy();
    const taken = { message, peer, transport, sink };
    this.taken.push(taken);
    return this.script(taken, output);
  }

  /** Gives the reply to the `i`th query, which was left pending. */
  replyTo(i: number, text = 'late'): void {
    const { message, peer, sink } = this.taken[i]!;
    sink.reply(Buffer.concat([message.subarray(0, 12), Buffer.from(text)]), peer);
  }
}

/** Sends the query back. */
export function echo({ message }: Taken, output: Buffer): number {
  return message.copy(output);
}

export function later(): number {
  return PENDING;
}

export function throwing(): never {
  throw new Error('a bug in a plugin');
}

/** A query's header with this id, opcode QUERY and RD, and whatever text after it. */
export function query(id: number, text = ''): Buffer {
  const header = Buffer.from([id >> 8, id & 0xff, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, Buffer.from(text)]);
}

export function idOf(message: Buffer): number {
  return message.readUInt16BE(0);
}
