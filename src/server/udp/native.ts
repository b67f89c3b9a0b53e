import { constants } from 'node:os';
import { addressAndPort, withoutInterface } from '../../dns/address.ts';
import { Query, type ReplySink, type SocketAddress } from '../../dns/query.ts';
import { type Logger, LogLimiter } from '../../observe/log.ts';
import type { Counter, Metrics } from '../../observe/metrics.ts';
import { type Exchange, PENDING } from '../exchange.ts';
import { UDP_RECEIVE_BUFFER_BYTES } from '../limits.ts';
import { DatagramSlots } from './datagram-slots.ts';
import type { DatagramListener, DatagramTransport } from './datagrams.ts';
import {
  BATCH,
  LATER,
  type ListeningBinding,
  REPLIES,
  REUSE_PORT,
  SLOT,
  SLOT_BYTES,
  slotAt,
  TAKEN,
} from './native-binding.ts';
import { KeptPeer } from './native-peer.ts';
import { SendFaults } from './send-faults.ts';
import type { SocketLoad } from './socket-load.ts';
import { systemError } from './system-error.ts';
import { isIgnoredPort, UdpCounters } from './udp-counters.ts';

/** What every native listener of a server shares. */
export interface NativeContext {
  readonly binding: ListeningBinding;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Drops datagrams while more come than can be answered; without it none. */
  readonly load?: Pick<SocketLoad, 'takes' | 'opened' | 'closed'> | undefined;
  /** Its sockets are opened beside those of another thread, which has shared them. */
  readonly isBeside?: boolean;
  /** Runs a function at the end of this turn of the event loop: `setImmediate`. */
  readonly schedule?: (run: () => void) => void;
}

/** Datagrams in batches, by the system calls of native/batch.c. */
export function nativeTransport(context: NativeContext): DatagramTransport {
  return (address, exchange) => new NativeListener(address, exchange, context);
}

/**
 * One UDP socket, whose queries and replies lie in memory that it shares with native/batch.c. A
 * batch is answered in place: the reply to the datagram in a slot is written into the reply slot of
 * the same place, and goes where that came from. Replies that come later are collected until the
 * end of the turn.
 */
export class NativeListener implements DatagramListener, ReplySink {
  readonly #address: string;
  readonly #exchange: Exchange;
  readonly #context: NativeContext;
  readonly #counters: UdpCounters;
  readonly #dropped: Counter;
  readonly #limiter: LogLimiter;
  readonly #faults: SendFaults;
  readonly #schedule: (run: () => void) => void;
  /** Each query in turn. */
  readonly #query = new Query();
  /** Undefined until it is open, and once it is closed. */
  #open: Open | undefined;
  #pending = 0;
  /** Replies that came later and are not handed to the kernel yet. */
  #later = 0;
  #isScheduled = false;

  constructor(address: string, exchange: Exchange, context: NativeContext) {
    const { log, metrics, now, schedule } = context;
    this.#address = address;
    this.#exchange = exchange;
    this.#context = context;
    this.#counters = new UdpCounters(metrics);
    this.#dropped = metrics.counter('svcdns_udp_receive_drops_total');
    this.#limiter = new LogLimiter(now);
    this.#faults = new SendFaults(withoutInterface(address), log, metrics, now);
    this.#schedule = schedule ?? setImmediate;
    this.#query.sink = this;
  }

  async start(port: number): Promise<number> {
    return this.#start(port);
  }

  takeOver(fd: number, port: number): void {
    this.#start(port, fd);
  }

  pause(): void {
    if (this.#open !== undefined) this.#context.binding.pause(this.#open.socket);
  }

  share(): boolean {
    return this.#open !== undefined && this.#context.binding.share(this.#open.socket) === 0;
  }

  #start(port: number, fd?: number): number {
    const { binding, isBeside } = this.#context;
    const flags = isBeside === true ? REUSE_PORT : 0;
    const ready = (count: number) => this.#ready(count);
    const opened = binding.open(this.#address, port, flags, UDP_RECEIVE_BUFFER_BYTES, ready, fd);
    if (typeof opened === 'number') {
      const address = this.#address;
      const error = systemError(-opened, 'bind', addressAndPort({ address, port }));
      throw Object.assign(error, { address, port });
    }
    const slots = new DatagramSlots(opened.memory, this.#address);
    const address = withoutInterface(this.#address);
    this.#open = { socket: opened.socket, slots, waiting: [0, 0, 0] };
    this.#query.input = slots.memory;
    this.#query.peer = slots.peer;
    this.#query.local = slots.local ?? { address, port: slots.port };
    this.#context.load?.opened(slots.receiveBufferBytes);
    return slots.port;
  }

  get receiveBufferBytes(): number {
    return this.#open?.slots.receiveBufferBytes ?? 0;
  }

  get pending(): number {
    return this.#pending;
  }

  /** Sends the reply to a query that was left pending; an empty one means there is none. */
  reply(message: Uint8Array, peer: SocketAddress): void {
    if (this.#pending > 0) this.#pending--;
    if (message.length === 0) return;
    const open = this.#open;
    if (open === undefined) this.#counters.closed.add(1);
    else if (!(peer instanceof KeptPeer)) this.#faults.add(NO_PEER, peer);
    else if (message.length > SLOT_BYTES) this.#faults.add(TOO_LONG, peer);
    else if (open.waiting[LATER] > 0) this.#counters.sendQueue.add(1);
    else {
      open.slots.put(this.#later++, message, peer);
      if (this.#later === BATCH) this.#sendLater();
      else if (!this.#isScheduled) {
        this.#isScheduled = true;
        this.#schedule(this.#flush);
      }
    }
  }

  async close(): Promise<void> {
    this.#sendLater();
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    this.#context.load?.closed(open.slots.receiveBufferBytes);
    this.#context.binding.close(open.socket);
    for (const group of [REPLIES, LATER] as const) {
      this.#counters.closed.add(open.slots.waiting(group, open.waiting[group]));
    }
  }

  /** Called by native/udp.c. */
  #ready(count: number): void {
    const open = this.#open;
    if (open === undefined) return;
    if (count > 0) this.#answer(open, count);
    else if (count < 0) this.#failed(systemError(-count, 'receive'));
    else this.#sendWaiting(open);
  }

  /** Answers the datagrams that have been taken. */
  #answer(open: Open, count: number): void {
    const { load, now } = this.#context;
    const { numbers, peer, local, replies } = open.slots;
    const query = this.#query;
    query.receivedAt = now();
    for (let i = 0; i < count; i++) {
      if (i % LOOK_EVERY === 0) query.seenAt = now();
      const slot = slotAt(TAKEN, i);
      peer.moveTo(slot);
      local?.moveTo(slot);
      query.offset = slot + SLOT.bytes;
      query.length = numbers[slot >> 2]!;
      const isTaken = load === undefined || load.takes(peer, query.seenAt);
      numbers[slotAt(REPLIES, i) >> 2] = isTaken ? this.#answerOne(query, replies[i]!) : 0;
    }
    const dropped = open.slots.newlyDropped();
    if (dropped > 0) this.#dropped.add(dropped);
    this.#send(open, REPLIES, count);
  }

  /** The length of the reply; 0 when there is none, or none yet. */
  #answerOne(query: Query, output: Buffer): number {
    if (isIgnoredPort(query.peer.port)) {
      this.#counters.sourcePort.add(1);
      return 0;
    }
    this.#pending++;
    const length = this.#exchange.answer(query, output);
    if (length === PENDING) return 0;
    this.#pending--;
    return length;
  }

  readonly #flush = (): void => {
    this.#isScheduled = false;
    this.#sendLater();
  };

  #sendLater(): void {
    const count = this.#later;
    this.#later = 0;
    if (count > 0 && this.#open !== undefined) this.#send(this.#open, LATER, count);
  }

  /** The kernel has room again. */
  #sendWaiting(open: Open): void {
    for (const group of [REPLIES, LATER] as const) {
      if (open.waiting[group] > 0) this.#send(open, group, open.waiting[group]);
    }
  }

  #send({ socket, slots, waiting }: Open, group: typeof REPLIES | typeof LATER, count: number) {
    const refused = this.#context.binding.send(socket, group - REPLIES, count);
    const hasWaited = waiting[group] > 0;
    waiting[group] = refused < 0 ? count : 0;
    if (refused < 0 || (refused === 0 && !hasWaited)) return;
    for (let i = 0; i < count; i++) {
      const errno = slots.takeFault(group, i);
      if (errno > 0) this.#faults.add(systemError(errno, 'send'), slots.peerOf(group, i));
    }
  }

  #failed(error: NodeJS.ErrnoException): void {
    this.#counters.errors.add(1);
    this.#limiter.log((leftOut) =>
      this.#context.log.warn(
        { err: error, address: this.#address, leftOut },
        'A UDP socket had an error',
      ),
    );
  }
}

/** Queries between two looks at the clock. */
const LOOK_EVERY = 8;

/** A socket, and how many slots of each group wait for room in the kernel. */
interface Open {
  readonly socket: object;
  readonly slots: DatagramSlots;
  readonly waiting: [taken: 0, replies: number, later: number];
}

const NO_PEER = new Error('the reply has no query');
const TOO_LONG = systemError(constants.errno.EMSGSIZE, 'send');
