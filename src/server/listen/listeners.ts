import os from 'node:os';
import type { SocketAddress } from '../../dns/query.ts';
import type { Logger } from '../../observe/log.ts';
import type { Counter, Metrics } from '../../observe/metrics.ts';
import type { Clock, Timer } from '../../support/clock.ts';
import { DEFAULT_LIMITS, type Limits, UDP_RECEIVE_BUFFER_BYTES } from '../limits.ts';
import { Panics } from '../panics.ts';
import { TcpConnections } from '../tcp/connections.ts';
import type { DatagramTransport } from '../udp/datagrams.ts';
import { hasWildcard, type Interfaces } from './addresses.ts';
import { Binding, type BindingContext, closeBindings } from './binding.ts';
import type { InheritedSockets } from './inherited-sockets.ts';
import { ListenError, type ListenFailure, type ListenSource, listenError } from './listen-error.ts';
import type { Prepared } from './prepared.ts';
import { type SocketGroup, socketKey, type WantedSocket, wantedSockets } from './socket-groups.ts';

export interface ListenersOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly limits?: Limits;
  /** Where the addresses come from, for the advice in errors; default `--listen`. */
  readonly source?: ListenSource;
  /** Called when an address of a wildcard came or went, with all that are bound now. */
  readonly onAddressesChanged?: (addresses: readonly SocketAddress[]) => void;
  /** The machine's addresses; `os.networkInterfaces` unless a test says otherwise. */
  readonly interfaces?: () => Interfaces;
  readonly datagrams: DatagramTransport;
  /** Sockets that were handed over, to be used in place of new ones. */
  readonly inherited?: InheritedSockets | undefined;
}

/** How often the machine's addresses are compared with those bound, when all were asked for. */
const POLL_MS = 5000;

/** Free ports tried until one is free for UDP and TCP on every address. */
const PORT_TRIES = 10;

/**
 * All sockets of the server, one an address and port. They outlive configurations: another one is
 * prepared beside the one that is served, and an address that both have never closes.
 */
export class Listeners {
  readonly #options: ListenersOptions;
  readonly #interfaces: () => Interfaces;
  readonly #source: ListenSource;
  readonly #context: BindingContext;
  readonly #panics: Panics;
  readonly #failures: Counter;
  #groups: readonly SocketGroup[] = [];
  /** By wanted address and port, in the order they were bound. */
  #bound = new Map<string, Binding>();
  /** Failures already in the log, so that a lasting one is reported once. */
  readonly #reported = new Map<string, string>();
  #timer: Timer | undefined;
  #polling: Promise<void> | undefined;
  #isHeld = false;

  constructor(options: ListenersOptions) {
    const { log, metrics, clock, limits, datagrams } = options;
    const connections = new TcpConnections(limits ?? DEFAULT_LIMITS, clock, metrics, log);
    this.#options = options;
    this.#panics = new Panics(log, metrics, () => clock.now());
    this.#interfaces = options.interfaces ?? os.networkInterfaces;
    this.#source = options.source ?? '--listen';
    this.#context = { log, metrics, now: () => clock.now(), connections, datagrams };
    this.#failures = metrics.counter('svcdns_listen_failures_total');
    metrics.read('svcdns_listen_addresses', () => this.#bound.size);
    metrics.read('svcdns_udp_receive_buffer_bytes', () => this.#receiveBufferBytes());
  }

  /** What is listened on now. */
  get addresses(): readonly SocketAddress[] {
    return [...this.#bound.values()].map(({ address, port }) => ({ address, port }));
  }

  /**
   * Opens the sockets that these groups need beyond those there are. Nothing else changes until the
   * result is committed.
   *
   * @throws ListenError when one of them cannot be opened; then none is.
   * @throws InheritedError when nothing is wanted at one that was handed over.
   * @throws Error when all addresses are wanted and the machine does not list its own.
   */
  async prepare(groups: readonly SocketGroup[]): Promise<Prepared> {
    await this.#hold();
    try {
      const wanted = this.#wanted(groups);
      this.#options.inherited?.requireWanted([...wanted.values()].map((socket) => socket.wanted));
      const opened = await this.#openMissing(wanted);
      const isAnyBound = [...wanted.keys()].some((key) => this.#bound.has(key) || opened.has(key));
      if (groups.length > 0 && !isAnyBound) throw await listenError(NOTHING_BOUND, this.#source);
      return this.#prepared(groups, wanted, opened);
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  /**
   * Takes no more TCP connections, waits at most `graceMs` for the replies that are due, and closes
   * every socket.
   */
  async stop({ graceMs }: { readonly graceMs: number }): Promise<void> {
    await this.#hold();
    await this.#close(this.#bound.values(), graceMs);
    this.#bound.clear();
  }

  #prepared(
    groups: readonly SocketGroup[],
    wanted: ReadonlyMap<string, WantedSocket>,
    opened: ReadonlyMap<string, Binding>,
  ): Prepared {
    const old: Binding[] = [];
    const isFirst = this.#bound.size === 0;
    return {
      commit: () => {
        const before = this.#bound;
        this.#groups = groups;
        this.#bound = new Map();
        for (const [key, { group }] of wanted) {
          const binding = before.get(key) ?? opened.get(key);
          if (binding === undefined) continue; // the machine lacks it
          binding.serve(group.exchange);
          this.#bound.set(key, binding);
          before.delete(key);
        }
        old.push(...before.values());
        if (isFirst) reportReceiveBuffer(this.#options.log, this.#receiveBufferBytes());
        this.#release();
      },
      closeOld: (graceMs) => this.#close(old, graceMs),
      abort: async () => {
        await this.#close(opened.values(), 0);
        this.#release();
      },
    };
  }

  /** The machine's addresses are not looked at until `#release`: nothing else may open or close. */
  async #hold(): Promise<void> {
    this.#isHeld = true;
    this.#timer?.cancel();
    await this.#polling;
  }

  #release(): void {
    this.#isHeld = false;
    this.#timer?.cancel();
    if (this.#groups.some(({ listen }) => hasWildcard(listen))) this.#pollLater();
  }

  /** All that is wanted and not bound, or none. */
  async #openMissing(wanted: ReadonlyMap<string, WantedSocket>): Promise<Map<string, Binding>> {
    const named = new Set([...wanted.values()].map((socket) => socket.wanted.port));
    for (let attempt = 1; ; attempt++) {
      const opened = new Map<string, Binding>();
      const failure = await this.#openInto(opened, wanted);
      if (failure === undefined) return opened;
      await this.#close(opened.values(), 0);
      const isOurPick = failure.cause.code === 'EADDRINUSE' && !named.has(failure.port);
      if (!isOurPick || attempt === PORT_TRIES) throw await listenError(failure, this.#source);
    }
  }

  async #openInto(
    opened: Map<string, Binding>,
    wanted: ReadonlyMap<string, WantedSocket>,
  ): Promise<ListenFailure | undefined> {
    for (const [key, socket] of wanted) {
      if (this.#bound.has(key)) continue;
      const failure = await this.#open(socket, opened);
      if (failure === undefined) continue;
      if (!isMissing(failure) || socket.wanted.need === 'required') return failure;
      this.#report(await listenError(failure, this.#source));
    }
    return undefined;
  }

  async #open(
    { wanted, group }: WantedSocket,
    into: Map<string, Binding>,
  ): Promise<ListenFailure | undefined> {
    const inherited = this.#options.inherited?.take(wanted);
    const binding = new Binding(wanted, group.exchange, this.#context, inherited);
    const failure = await binding.open(wanted.port === 0 ? this.#freePort(into) : wanted.port);
    if (failure === undefined) into.set(socketKey(wanted), binding);
    return failure;
  }

  /** The port that others with port 0 have; 0 when this is the first. */
  #freePort(opened: ReadonlyMap<string, Binding>): number {
    const all = [...this.#bound.values(), ...opened.values()];
    return all.find(({ wanted }) => wanted.port === 0)?.port ?? 0;
  }

  /** @throws Error when all addresses are wanted and the machine does not list its own. */
  #wanted(groups: readonly SocketGroup[]): Map<string, WantedSocket> {
    if (!groups.some(({ listen }) => hasWildcard(listen))) return wantedSockets(groups, {});
    try {
      return wantedSockets(groups, this.#interfaces());
    } catch (error) {
      if (error instanceof ListenError) throw error;
      const { message } = error as Error;
      const advice = 'Name those to listen on: --listen 127.0.0.1:1053';
      throw new Error(`Cannot list this machine's addresses: ${message}. ${advice}`, {
        cause: error,
      });
    }
  }

  #pollLater(): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      // If it rejected, the polling would end, and the server could not be closed in good order.
      this.#polling = this.#panics
        .guard(NOT_POLLED, () => this.#poll())
        .then(() => {
          if (!this.#isHeld) this.#pollLater();
        });
    }, POLL_MS);
  }

  /**
   * Binds what has come and closes what has gone. Trouble with one address concerns only that one.
   */
  async #poll(): Promise<void> {
    const wanted = this.#wantedOrUndefined();
    if (wanted === undefined) return;
    const addresses = new Set([...wanted.values()].map((socket) => socket.wanted.address));
    for (const address of this.#reported.keys()) {
      if (!addresses.has(address)) this.#reported.delete(address);
    }
    const before = [...this.#bound.keys()].join();
    for (const [key, binding] of this.#bound) {
      if (wanted.has(key)) continue;
      this.#bound.delete(key);
      await binding.close();
    }
    for (const [key, socket] of wanted) {
      if (this.#isHeld) return;
      const isNew = socket.wanted.need === 'found' && !this.#bound.has(key);
      if (isNew) await this.#openLate(socket);
    }
    if ([...this.#bound.keys()].join() === before) return;
    this.#options.log.info({ addresses: this.addresses }, 'The addresses listened on have changed');
    this.#options.onAddressesChanged?.(this.addresses);
  }

  async #openLate(socket: WantedSocket): Promise<void> {
    const failure = await this.#open(socket, this.#bound);
    if (failure === undefined) {
      this.#reported.delete(socket.wanted.address);
      this.#bound.get(socketKey(socket.wanted))?.serve(socket.group.exchange);
      return;
    }
    // A new IPv6 address is refused while the kernel checks that no machine has it yet: next time.
    this.#failures.add(1);
    this.#report(await listenError(failure, this.#source));
  }

  /** Undefined when the machine does not list its addresses, which is no reason to close any. */
  #wantedOrUndefined(): Map<string, WantedSocket> | undefined {
    try {
      return this.#wanted(this.#groups);
    } catch (error) {
      this.#options.log.warn({ err: error }, 'Cannot tell whether addresses came or went');
      return undefined;
    }
  }

  #report(error: ListenError): void {
    if (this.#reported.get(error.address) === error.code) return;
    this.#reported.set(error.address, error.code);
    this.#options.log.info({ address: error.address, code: error.code }, error.message);
  }

  #close(bindings: Iterable<Binding>, graceMs: number): Promise<void> {
    return closeBindings([...bindings], this.#options.clock, graceMs, this.#panics);
  }

  #receiveBufferBytes(): number {
    const sizes = [...this.#bound.values()].map((binding) => binding.receiveBufferBytes);
    return sizes.length === 0 ? 0 : Math.min(...sizes);
  }
}

const NOT_POLLED = 'The addresses of this machine could not be compared with those listened on';

const NOTHING_BOUND: ListenFailure = {
  address: '',
  port: 0,
  protocol: 'udp',
  cause: new Error('none of the addresses in the listen list exists on this machine'),
};

/** The machine has no such address (yet), or no such protocol. */
function isMissing({ cause }: ListenFailure): boolean {
  return cause.code === 'EADDRNOTAVAIL' || cause.code === 'EAFNOSUPPORT';
}

/**
 * Logs what the kernel grants of the receive buffer that UDP sockets ask for, and how to get more.
 */
function reportReceiveBuffer(log: Logger, grantedBytes: number): void {
  const fields = { receiveBufferBytes: grantedBytes, asked: UDP_RECEIVE_BUFFER_BYTES };
  if (grantedBytes >= UDP_RECEIVE_BUFFER_BYTES) log.debug(fields, 'UDP receive buffer');
  else log.info(fields, SMALL_BUFFER);
}

const SMALL_BUFFER =
  'The kernel grants a smaller UDP receive buffer than asked for; a burst of queries may be lost. ' +
  `More: sudo sysctl net.core.rmem_max=${UDP_RECEIVE_BUFFER_BYTES}`;
