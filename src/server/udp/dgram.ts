import dgram from 'node:dgram';
import { isIPv6 } from 'node:net';
import { withoutInterface } from '../../dns/address.ts';
import { Query, type ReplySink, type SocketAddress } from '../../dns/query.ts';
import type { Logger } from '../../observe/log.ts';
import { LogLimiter } from '../../observe/log.ts';
import type { Metrics } from '../../observe/metrics.ts';
import { type Exchange, PENDING } from '../exchange.ts';
import { UDP_RECEIVE_BUFFER_BYTES, UDP_SEND_QUEUE_BYTES } from '../limits.ts';
import type { DatagramListener, DatagramTransport } from './datagrams.ts';
import { Gathering } from './gathering.ts';
import { SendFaults } from './send-faults.ts';
import { SendSample } from './send-sample.ts';
import type { SocketLoad } from './socket-load.ts';
import { isIgnoredPort, UdpCounters } from './udp-counters.ts';

/** What every UDP listener of a server shares. */
export interface UdpContext {
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Drops datagrams while more come than can be answered; without it none. */
  readonly load?: Pick<SocketLoad, 'takes' | 'opened' | 'closed'> | undefined;
  /** Runs a function behind the next look at the sockets: `setImmediate`. */
  readonly schedule?: (run: () => void) => void;
  /** Makes the socket; `dgram.createSocket` unless a test says otherwise. */
  readonly createSocket?: (options: dgram.SocketOptions) => dgram.Socket;
}

/** Datagrams by way of Node's `dgram`. */
export function dgramTransport(context: UdpContext): DatagramTransport {
  return (address, exchange) => new UdpListener(address, exchange, context);
}

/**
 * One UDP socket on one local address, so that a reply leaves from the address that was asked
 * (RFC 2181 section 4.1).
 */
export class UdpListener implements DatagramListener, ReplySink {
  readonly #exchange: Exchange;
  readonly #load: UdpContext['load'];
  readonly #log: Logger;
  readonly #counters: UdpCounters;
  readonly #limiter: LogLimiter;
  readonly #sendFaults: SendFaults;
  readonly #sample = new SendSample();
  /**
   * The one callback of all sends that have one. Without it Node.js keeps quiet about a datagram
   * that the kernel refused at once; one of each reply's own would be garbage. The error names the
   * peer.
   */
  readonly #sent: (error: Error | null) => void;
  readonly #address: string;
  readonly #gathering: Gathering;
  readonly #socket: dgram.Socket;
  readonly #now: () => number;
  /** Each query in turn. */
  readonly #query = new Query();
  #buffer = new ReplyBuffer();
  #backedUp = false;
  #pending = 0;
  #open = false;

  constructor(address: string, exchange: Exchange, context: UdpContext) {
    this.#address = address;
    this.#exchange = exchange;
    this.#load = context.load;
    this.#log = context.log;
    this.#counters = new UdpCounters(context.metrics);
    this.#limiter = new LogLimiter(context.now);
    const { log, metrics, now } = context;
    this.#now = now;
    this.#query.sink = this;
    this.#sendFaults = new SendFaults(withoutInterface(address), log, metrics, now);
    this.#sent = (error) => {
      if (error === null) return;
      if (this.#open) {
        this.#sendFaults.add(error);
        this.#sample.refused(now());
      } else this.#counters.closed.add(1); // still queued when the socket was closed
    };
    this.#gathering = new Gathering({
      takes: (client, time) => this.#load?.takes(client, time) !== false,
      answer: (message, client, receivedAt, seenAt) =>
        this.#answer(message, client, receivedAt, seenAt),
      now,
      schedule: context.schedule ?? setImmediate,
    });
    const createSocket = context.createSocket ?? dgram.createSocket;
    this.#socket = createSocket({
      type: isIPv6(address) ? 'udp6' : 'udp4',
      ipv6Only: isIPv6(address), // so that no client ever appears as ::ffff:10.0.0.1
      lookup: literalLookup,
    });
  }

  start(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.on('error', (error) => (this.#open ? this.#failed(error) : reject(error)));
      this.#socket.bind({ address: this.#address, port, exclusive: true }, () => {
        enlargeReceiveBuffer(this.#socket);
        const { port: bound } = this.#socket.address();
        this.#isBound(bound);
        resolve(bound);
      });
    });
  }

  takeOver(fd: number, port: number): void {
    this.#socket.on('error', (error) => this.#failed(error));
    // Done when it returns: there is no name to look up.
    this.#socket.bind({ fd, exclusive: true });
    this.#isBound(port);
  }

  /** Node.js has no means for it: replies that are still to come when it is closed are lost. */
  pause(): void {}

  /** Node.js 20 has no means for it. */
  share(): boolean {
    return false;
  }

  #isBound(port: number): void {
    this.#open = true;
    this.#load?.opened(this.receiveBufferBytes);
    this.#query.local = { address: withoutInterface(this.#address), port };
    this.#socket.on('message', (message, client) => this.#gathering.add(message, client));
  }

  get receiveBufferBytes(): number {
    return this.#open ? this.#socket.getRecvBufferSize() : 0;
  }

  get pending(): number {
    return this.#pending + this.#gathering.size;
  }

  /** Sends the reply to a query that was left pending; an empty one means there is none. */
  reply(message: Uint8Array, peer: SocketAddress): void {
    if (this.#pending > 0) this.#pending--;
    if (message.length === 0) return;
    if (!this.#open) this.#counters.closed.add(1);
    else if (!this.#backedUp || this.#hasRoom()) this.#sendCopy(message, peer, this.#now());
  }

  close(): Promise<void> {
    this.#gathering.answerAll();
    this.#load?.closed(this.receiveBufferBytes);
    this.#open = false;
    return new Promise((resolve) => {
      // Closing a socket that failed to bind, or closing twice, throws.
      try {
        this.#socket.close(() => resolve());
      } catch {
        resolve();
      }
    });
  }

  #answer(message: Buffer, client: dgram.RemoteInfo, receivedAt: number, seenAt: number): void {
    if (isIgnoredPort(client.port)) {
      this.#counters.sourcePort.add(1);
      return;
    }
    const output = this.#buffer.bytes;
    const query = this.#query;
    query.input = message;
    query.length = message.length;
    query.peer = client;
    query.receivedAt = receivedAt;
    query.seenAt = seenAt;
    this.#pending++;
    const length = this.#exchange.answer(query, output);
    if (length === PENDING) return;
    this.#pending--;
    if (length <= 0) return;
    if (!this.#backedUp) this.#send(this.#buffer.view(length), client, receivedAt);
    else if (this.#hasRoom()) this.#sendCopy(output.subarray(0, length), client, receivedAt);
  }

  #sendCopy(bytes: Uint8Array, peer: SocketAddress, now: number): void {
    this.#send(Buffer.from(bytes), peer, now);
  }

  #send(bytes: Buffer, peer: SocketAddress, now: number): void {
    // What waits for room may be refused or lost later on.
    const isAsked = this.#backedUp || this.#sample.takes(bytes.length, now);
    try {
      this.#socket.send(bytes, peer.port, peer.address, isAsked ? this.#sent : undefined);
    } catch (error) {
      this.#sendFaults.add(error as Error, peer); // an impossible address or port from a plugin
      return;
    }
    // Node hands a datagram to the kernel inside send() (uv_udp_try_send) and queues it only when
    // the kernel has no room. An empty queue therefore means that the bytes have been read and the
    // buffer can be written again; otherwise it belongs to the queue and we go on with another.
    if (this.#socket.getSendQueueCount() === 0 || this.#backedUp) return;
    this.#backedUp = true;
    this.#buffer = new ReplyBuffer();
  }

  /** While replies queue up each is a copy of its own, and the queue may grow only so far. */
  #hasRoom(): boolean {
    if (this.#socket.getSendQueueCount() === 0) this.#backedUp = false;
    if (this.#socket.getSendQueueSize() < UDP_SEND_QUEUE_BYTES) return true;
    this.#counters.sendQueue.add(1);
    return false;
  }

  #failed(error: Error): void {
    this.#counters.errors.add(1);
    this.#limiter.log((leftOut) =>
      this.#log.warn({ err: error, address: this.#address, leftOut }, 'A UDP socket had an error'),
    );
  }
}

/**
 * Where replies are written, and the part of it that each length of reply fills. Making a Buffer of
 * a part costs 0.2 µs, a fifth of what sending takes in user space, so each is made once.
 */
class ReplyBuffer {
  readonly bytes = Buffer.allocUnsafeSlow(4096);
  readonly #views: (Buffer | undefined)[] = new Array(this.bytes.length + 1);

  view(length: number): Buffer {
    const known = this.#views[length];
    if (known !== undefined) return known;
    const view = this.bytes.subarray(0, length);
    this.#views[length] = view;
    return view;
  }
}

/**
 * Takes the address as it is, at once. Node's own lookup answers in a later tick even for an
 * address, and by then the reply buffer may hold another reply.
 */
function literalLookup(
  address: string,
  _options: unknown,
  found: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  // Not isIPv6(), whose regular expression takes longer than all else here.
  found(null, address, address.includes(':') ? 6 : 4);
}

function enlargeReceiveBuffer(socket: dgram.Socket): void {
  try {
    socket.setRecvBufferSize(UDP_RECEIVE_BUFFER_BYTES);
  } catch {
    // The kernel's own size will do; the listeners report what it is.
  }
}
