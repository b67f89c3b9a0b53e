import os from 'node:os';
import type { Logger } from '../observe/log.ts';
import type { Counter, Metrics } from '../observe/metrics.ts';
import type { Clock, Timer } from '../support/clock.ts';
import {
  hasWildcard,
  type Interfaces,
  type ListenSpec,
  type WantedAddress,
  wantedAddresses,
} from './addresses.ts';
import type { Exchange } from './exchange.ts';
import { GuardedExchange } from './guarded-exchange.ts';
import { DEFAULT_LIMITS, type Limits, UDP_RECEIVE_BUFFER_BYTES } from './limits.ts';
import {
  type ListenError,
  type ListenFailure,
  type ListenSource,
  listenError,
} from './listen-error.ts';
import { TcpListener } from './tcp.ts';
import { TcpConnections } from './tcp-connections.ts';
import { type UdpContext, UdpListener } from './udp.ts';

/** An address that is listened on, with UDP and TCP. */
export interface BoundAddress {
  readonly address: string;
  readonly port: number;
}

export interface ListenersOptions {
  readonly listen: readonly ListenSpec[];
  readonly exchange: Exchange;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly limits?: Limits;
  /** Where the addresses come from, for the advice in errors; default `--listen`. */
  readonly source?: ListenSource;
  /** Called when an address of a wildcard came or went, with all that are bound now. */
  readonly onAddressesChanged?: (addresses: readonly BoundAddress[]) => void;
  /** The machine's addresses; `os.networkInterfaces` unless a test says otherwise. */
  readonly interfaces?: () => Interfaces;
  /** Makes UDP sockets; `dgram.createSocket` unless a test says otherwise. */
  readonly createSocket?: UdpContext['createSocket'];
}

/** How often the machine's addresses are compared with those bound, when all were asked for. */
const POLL_MS = 5000;

/** Free ports tried until one is free for UDP and TCP on every address. */
const PORT_TRIES = 10;

/** How often `stop` looks whether the last replies have gone. */
const DRAIN_POLL_MS = 20;

/** All sockets of the server: opens them together or not at all, and keeps up with the machine. */
export class Listeners {
  readonly #options: ListenersOptions;
  readonly #interfaces: () => Interfaces;
  readonly #source: ListenSource;
  readonly #udp: UdpContext;
  readonly #connections: TcpConnections;
  readonly #failures: Counter;
  /** By wanted address and port; in the order they were bound. */
  readonly #bound = new Map<string, Binding>();
  /** Failures already in the log, so that a lasting one is told once. */
  readonly #told = new Map<string, string>();
  #freePort = 0;
  #timer: Timer | undefined;
  #polling: Promise<void> | undefined;
  #paused = false;

  constructor(options: ListenersOptions) {
    const { log, metrics, clock } = options;
    const now = () => clock.now();
    const panics = metrics.counter('coredns_panics_total');
    const exchange = new GuardedExchange(options.exchange, log, panics, now);
    this.#options = options;
    this.#interfaces = options.interfaces ?? os.networkInterfaces;
    this.#source = options.source ?? '--listen';
    const { createSocket } = options;
    this.#udp = { exchange, log, metrics, now, ...(createSocket && { createSocket }) };
    this.#connections = new TcpConnections(
      exchange,
      options.limits ?? DEFAULT_LIMITS,
      clock,
      metrics,
    );
    this.#failures = metrics.counter('svcdns_listen_failures_total');
    metrics.read('svcdns_listen_addresses', () => this.#bound.size);
    metrics.read('svcdns_udp_receive_buffer_bytes', () => this.#receiveBufferBytes());
  }

  /**
   * Opens every socket, and returns what is bound.
   *
   * @throws ListenError when one of them cannot be opened; then none is. Error when all addresses
   * are wanted and the machine does not tell which it has.
   */
  async start(): Promise<readonly BoundAddress[]> {
    await this.#bindAllOrNone();
    this.#reportReceiveBuffer();
    if (hasWildcard(this.#options.listen)) this.#pollLater();
    return this.addresses;
  }

  /** What is bound now. */
  get addresses(): readonly BoundAddress[] {
    return [...this.#bound.values()].map(({ address, port }) => ({ address, port }));
  }

  /**
   * Takes no more TCP connections, nor queries on those there are. UDP is answered until `stop`:
   * a datagram cannot be turned away, only lost.
   */
  pause(): void {
    this.#paused = true;
    this.#timer?.cancel();
    for (const { tcp } of this.#bound.values()) tcp.close();
    this.#connections.finish();
  }

  /** Pauses, waits at most `graceMs` for the replies that are still due, and closes every socket. */
  async stop({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.pause();
    await this.#polling;
    await this.#drained(graceMs);
    this.#connections.close();
    await this.#closeAll();
  }

  async #bindAllOrNone(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const failure = await this.#bindAll();
      if (failure === undefined) return;
      await this.#closeAll();
      const isFreePortTaken =
        this.#freePort === failure.port && failure.cause.code === 'EADDRINUSE';
      this.#freePort = 0;
      if (!isFreePortTaken || attempt === PORT_TRIES)
        throw await listenError(failure, this.#source);
    }
  }

  async #bindAll(): Promise<ListenFailure | undefined> {
    for (const wanted of this.#wanted()) {
      const failure = await this.#bind(wanted);
      if (failure === undefined) continue;
      if (!isMissing(failure) || wanted.need === 'required') return failure;
      this.#tell(await listenError(failure, this.#source));
    }
    return this.#bound.size === 0 ? NOTHING_BOUND : undefined;
  }

  /** Binds UDP and TCP, both or neither. */
  async #bind({ address, port }: WantedAddress): Promise<ListenFailure | undefined> {
    const udp = new UdpListener(address, this.#udp);
    const { log, clock } = this.#options;
    const tcp = new TcpListener(address, this.#connections, log, () => clock.now());
    let protocol: 'udp' | 'tcp' = 'udp';
    let bound = port === 0 ? this.#freePort : port;
    try {
      bound = await udp.start(bound);
      if (port === 0) this.#freePort = bound;
      protocol = 'tcp';
      await tcp.start(bound);
    } catch (error) {
      await udp.close();
      return { address, port: bound, protocol, cause: error as NodeJS.ErrnoException };
    }
    this.#bound.set(key({ address, port }), { address, port: bound, udp, tcp });
    return undefined;
  }

  /** @throws Error when all addresses are wanted and the machine does not tell which it has. */
  #wanted(): WantedAddress[] {
    const { listen } = this.#options;
    if (!hasWildcard(listen)) return wantedAddresses(listen, {});
    try {
      return wantedAddresses(listen, this.#interfaces());
    } catch (error) {
      const { message } = error as Error;
      const advice = 'Name those to listen on: --listen 127.0.0.1:1053';
      throw new Error(`Cannot list this machine's addresses: ${message}. ${advice}`, {
        cause: error,
      });
    }
  }

  #pollLater(): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#polling = this.#poll().then(() => {
        if (!this.#paused) this.#pollLater();
      });
    }, POLL_MS);
  }

  /** Binds what has come and closes what has gone. Trouble with one address concerns only that one. */
  async #poll(): Promise<void> {
    const wanted = this.#wantedOrUndefined();
    if (wanted === undefined) return;
    for (const address of this.#told.keys()) {
      if (!wanted.some((one) => one.address === address)) this.#told.delete(address);
    }
    const before = [...this.#bound.keys()].join();
    await this.#closeAllBut(new Set(wanted.map(key)));
    for (const address of wanted) {
      if (this.#paused) return;
      if (address.need === 'found' && !this.#bound.has(key(address))) await this.#bindLate(address);
    }
    if ([...this.#bound.keys()].join() === before) return;
    this.#options.log.info({ addresses: this.addresses }, 'The addresses listened on have changed');
    this.#options.onAddressesChanged?.(this.addresses);
  }

  async #bindLate(wanted: WantedAddress): Promise<void> {
    const failure = await this.#bind(wanted);
    if (failure === undefined) {
      this.#told.delete(wanted.address);
      return;
    }
    // A new IPv6 address is refused while the kernel makes sure that nobody else has it: next time.
    this.#failures.add(1);
    this.#tell(await listenError(failure, this.#source));
  }

  /** Undefined when the machine does not tell, which is no reason to close anything. */
  #wantedOrUndefined(): WantedAddress[] | undefined {
    try {
      return this.#wanted();
    } catch (error) {
      this.#options.log.warn({ err: error }, 'Cannot tell whether addresses came or went');
      return undefined;
    }
  }

  #tell(error: ListenError): void {
    if (this.#told.get(error.address) === error.code) return;
    this.#told.set(error.address, error.code);
    this.#options.log.info({ address: error.address, code: error.code }, error.message);
  }

  async #closeAllBut(keep: ReadonlySet<string>): Promise<void> {
    for (const [wanted, { udp, tcp }] of this.#bound) {
      if (keep.has(wanted)) continue;
      this.#bound.delete(wanted);
      tcp.close();
      await udp.close();
    }
  }

  #closeAll(): Promise<void> {
    return this.#closeAllBut(new Set());
  }

  async #drained(graceMs: number): Promise<void> {
    const { clock } = this.#options;
    const deadline = clock.now() + graceMs;
    while (this.#isBusy() && clock.now() < deadline) {
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, DRAIN_POLL_MS));
    }
  }

  #isBusy(): boolean {
    if (this.#connections.size > 0) return true;
    return [...this.#bound.values()].some(({ udp }) => udp.pending > 0);
  }

  #receiveBufferBytes(): number {
    return Math.min(...[...this.#bound.values()].map(({ udp }) => udp.receiveBufferBytes));
  }

  #reportReceiveBuffer(): void {
    const granted = this.#receiveBufferBytes();
    const fields = { receiveBufferBytes: granted, asked: UDP_RECEIVE_BUFFER_BYTES };
    if (granted >= UDP_RECEIVE_BUFFER_BYTES) this.#options.log.debug(fields, 'UDP receive buffer');
    else this.#options.log.info(fields, SMALL_BUFFER);
  }
}

interface Binding extends BoundAddress {
  readonly udp: UdpListener;
  readonly tcp: TcpListener;
}

const SMALL_BUFFER =
  'The kernel grants a smaller UDP receive buffer than asked for; a burst of queries may be lost. ' +
  `More: sudo sysctl net.core.rmem_max=${UDP_RECEIVE_BUFFER_BYTES}`;

const NOTHING_BOUND: ListenFailure = {
  address: '',
  port: 0,
  protocol: 'udp',
  cause: new Error('none of the addresses in the listen list exists on this machine'),
};

function key({ address, port }: BoundAddress): string {
  return `${address} ${port}`;
}

/** The machine has no such address (yet), or no such protocol. */
function isMissing({ cause }: ListenFailure): boolean {
  return cause.code === 'EADDRNOTAVAIL' || cause.code === 'EAFNOSUPPORT';
}
