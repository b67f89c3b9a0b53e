import type { Transport } from '../../dns/query.ts';
import type { Logger } from '../../observe/log.ts';
import type { Metrics } from '../../observe/metrics.ts';
import type { Clock } from '../../support/clock.ts';
import type { Exchange } from '../exchange.ts';
import type { Panics } from '../panics.ts';
import type { TcpConnections } from '../tcp/connections.ts';
import { TcpListener } from '../tcp/listener.ts';
import type { DatagramListener, DatagramTransport } from '../udp/datagrams.ts';
import type { WantedAddress } from './addresses.ts';
import { GuardedExchange } from './guarded-exchange.ts';
import type { InheritedPair } from './inherited-sockets.ts';
import type { ListenFailure } from './listen-error.ts';
import { Switchboard } from './switchboard.ts';

/** What every bound address of a server shares. */
export interface BindingContext {
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Undefined in a thread beside the first, which has all TCP connections. */
  readonly connections: TcpConnections | undefined;
  readonly datagrams: DatagramTransport;
}

/**
 * One local address that is listened on, with UDP and TCP. It outlives configurations: the exchange
 * that answers there can be replaced without losing a query.
 */
export class Binding {
  readonly wanted: WantedAddress;
  readonly #switchboard: Switchboard;
  readonly #guarded: GuardedExchange;
  readonly #connections: TcpConnections | undefined;
  readonly #udp: DatagramListener;
  readonly #tcp: TcpListener | undefined;
  readonly #log: Logger;
  /** Sockets that were handed over. */
  readonly #inherited: InheritedPair;
  #hasTakenOver = false;
  #port = 0;

  constructor(
    wanted: WantedAddress,
    exchange: Exchange,
    context: BindingContext,
    inherited: InheritedPair = {},
  ) {
    const { log, metrics, now, connections, datagrams } = context;
    const panics = metrics.counter('coredns_panics_total');
    const { address } = wanted;
    this.wanted = wanted;
    this.#log = log;
    this.#inherited = inherited;
    const dropped = metrics.counter('svcdns_queries_dropped_before_start_total');
    this.#switchboard = new Switchboard(exchange, dropped, now);
    this.#connections = connections;
    const guarded = new GuardedExchange(this.#switchboard, log, panics, now);
    this.#guarded = guarded;
    this.#udp = datagrams(address, guarded);
    if (connections !== undefined) {
      this.#tcp = new TcpListener(address, { exchange: guarded, connections, log, now });
    }
  }

  get address(): string {
    return this.wanted.address;
  }

  /** The port it has: the one wanted, or for 0 the one it was given. */
  get port(): number {
    return this.#port;
  }

  /** What answers here now. */
  get exchange(): Exchange {
    return this.#switchboard.current;
  }

  /**
   * Lets other threads have a socket here too; false when they cannot. One that was handed over
   * belongs to another user, mostly, and the kernel shares an address only within one.
   */
  share(): boolean {
    return this.#inherited.udp === undefined && this.#udp.share();
  }

  /** Bytes of arriving queries that the kernel keeps for us. */
  get receiveBufferBytes(): number {
    return this.#udp.receiveBufferBytes;
  }

  /** Replies are still due, or a client is still connected. */
  get isBusy(): boolean {
    return this.#udp.pending > 0 || (this.#connections?.openAt(this.#guarded) ?? 0) > 0;
  }

  /**
   * Binds UDP and TCP, both or neither; port 0 takes any. Nothing is answered before `serve`. From
   * sockets that were handed over nothing is even read before: there it waits in good order.
   */
  async open(port: number): Promise<ListenFailure | undefined> {
    let protocol: Transport = 'udp';
    this.#port = port;
    try {
      if (this.#inherited.udp === undefined) this.#port = await this.#udp.start(port);
      protocol = 'tcp';
      if (this.#inherited.tcp === undefined) await this.#tcp?.start(this.#port);
      return undefined;
    } catch (error) {
      await this.#udp.close();
      const cause = error as NodeJS.ErrnoException;
      return { address: this.address, port: this.#port, protocol, cause };
    }
  }

  /**
   * Has questions answered by this one: those that come from now on, and those that came since the
   * sockets were opened.
   */
  serve(exchange: Exchange): void {
    this.#switchboard.serve(exchange, this.#guarded);
    if (!this.#hasTakenOver) this.#takeOver(this.#inherited);
  }

  #takeOver({ udp, tcp }: InheritedPair): void {
    this.#hasTakenOver = true;
    try {
      if (udp !== undefined) this.#udp.takeOver(udp, this.#port);
      if (tcp !== undefined) this.#tcp?.takeOver(tcp);
    } catch (error) {
      const fields = { err: error, address: this.address, port: this.#port };
      this.#log.error(fields, 'A socket that was handed over cannot be served');
    }
  }

  /**
   * Takes no more TCP connections, nor queries on those there are. UDP is answered until `close`: a
   * datagram cannot be turned away, only lost. At a socket that was handed over it waits for the
   * next who has it.
   */
  pause(): void {
    try {
      if (this.#inherited.udp !== undefined) this.#udp.pause();
      this.#tcp?.close();
    } finally {
      this.#connections?.finish(this.#guarded, this.#inherited.tcp !== undefined);
    }
  }

  /** Closes everything now; what is still due is lost. */
  async close(): Promise<void> {
    // Right after the sockets have been read, when almost no query waits in the kernel to be lost.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      this.#tcp?.close();
      this.#connections?.close(this.#guarded);
    } finally {
      await this.#udp.close();
    }
  }
}

/** How often to check whether the last replies have gone, ms. */
const DRAIN_POLL_MS = 20;

/**
 * Closes bound addresses: reads what has arrived before now, takes no more over TCP, waits at most
 * `graceMs` for the replies that are due, and closes the sockets. An error with one of them goes to
 * `panics`, and the others are closed all the same. Never rejects.
 */
export async function closeBindings(
  bindings: readonly Binding[],
  clock: Clock,
  graceMs: number,
  panics: Panics,
): Promise<void> {
  const deadline = clock.now() + graceMs;
  const wait = () => new Promise<void>((resolve) => void clock.setTimeout(resolve, DRAIN_POLL_MS));
  if (bindings.length > 0 && graceMs > 0) await wait(); // time to read what waits in the kernel
  for (const binding of bindings) await panics.guard(NOT_PAUSED, () => binding.pause());
  while (bindings.some(({ isBusy }) => isBusy) && clock.now() < deadline) await wait();
  for (const binding of bindings) await panics.guard(NOT_CLOSED, () => binding.close());
}

const NOT_PAUSED = 'An address could not be told to take no more queries over TCP';
const NOT_CLOSED = 'An address could not be closed as it should';
