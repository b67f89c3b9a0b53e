import os from 'node:os';
import type { SocketAddress } from '../../dns/query.ts';
import type { Logger } from '../../observe/log.ts';
import type { Counter, Metrics } from '../../observe/metrics.ts';
import type { Clock } from '../../support/clock.ts';
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';
import { Panics } from '../panics.ts';
import { TcpConnections } from '../tcp/connections.ts';
import type { DatagramTransport } from '../udp/datagrams.ts';
import { AddressPoll } from './address-poll.ts';
import { hasWildcard, type Interfaces } from './addresses.ts';
import { type Binding, closeBindings } from './binding.ts';
import type { InheritedSockets } from './inherited-sockets.ts';
import { ListenError, type ListenFailure, type ListenSource, listenError } from './listen-error.ts';
import type { Prepared } from './prepared.ts';
import { reportReceiveBuffer } from './receive-buffer.ts';
import { type SocketGroup, type WantedSocket, wantedSockets } from './socket-groups.ts';
import { SocketOpener } from './socket-opener.ts';
import type { SharedPlace } from './thread-sockets.ts';

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

/**
 * All sockets of the server, one an address and port. They outlive configurations: another one is
 * prepared beside the one that is served, and an address that both have never closes.
 */
export class Listeners {
  readonly #options: ListenersOptions;
  readonly #interfaces: () => Interfaces;
  readonly #source: ListenSource;
  readonly #opener: SocketOpener;
  readonly #panics: Panics;
  readonly #failures: Counter;
  readonly #poll: AddressPoll;
  #groups: readonly SocketGroup[] = [];
  /** By wanted address and port, in the order they were bound. */
  #bound = new Map<string, Binding>();

  constructor(options: ListenersOptions) {
    const { log, metrics, clock, limits, datagrams, inherited } = options;
    const connections = new TcpConnections(limits ?? DEFAULT_LIMITS, clock, metrics, log);
    this.#options = options;
    this.#panics = new Panics(log, metrics, () => clock.now());
    this.#interfaces = options.interfaces ?? os.networkInterfaces;
    this.#source = options.source ?? '--listen';
    this.#opener = new SocketOpener({
      context: { log, metrics, now: () => clock.now(), connections, datagrams },
      source: this.#source,
      log,
      inherited,
      close: (bindings) => this.#close(bindings, 0),
    });
    this.#poll = new AddressPoll(() => this.#followMachine(), clock, this.#panics);
    this.#failures = metrics.counter('svcdns_listen_failures_total');
    metrics.read('svcdns_listen_addresses', () => this.#bound.size);
    metrics.read('svcdns_udp_receive_buffer_bytes', () => this.#receiveBufferBytes());
  }

  /** What is listened on now. */
  get addresses(): readonly SocketAddress[] {
    return [...this.#bound.values()].map(({ address, port }) => ({ address, port }));
  }

  /**
   * Where a thread beside the main one, by its number from 1, is to have sockets too: the addresses
   * of groups that want so many. They are shared from now on.
   */
  shared(thread: number): SharedPlace[] {
    return [...this.#bound.values()].flatMap((binding) => {
      const group = this.#groups.findIndex(({ exchange }) => exchange === binding.exchange);
      const isWanted = (this.#groups[group]?.threads ?? 1) > thread;
      if (!isWanted || !binding.share()) return [];
      return { address: binding.address, port: binding.port, group };
    });
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
    await this.#poll.hold();
    try {
      const wanted = this.#wanted(groups);
      this.#options.inherited?.requireWanted([...wanted.values()].map((socket) => socket.wanted));
      const opened = await this.#opener.openMissing(wanted, this.#bound);
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
    await this.#poll.hold();
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

  #release(): void {
    this.#poll.goOn(this.#groups.some(({ listen }) => hasWildcard(listen)));
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

  /**
   * Binds what has come and closes what has gone. Trouble with one address concerns only that one.
   */
  async #followMachine(): Promise<void> {
    const wanted = this.#wantedOrUndefined();
    if (wanted === undefined) return;
    this.#opener.forgetAllBut(new Set([...wanted.values()].map((socket) => socket.wanted.address)));
    const before = [...this.#bound.keys()].join();
    for (const [key, binding] of this.#bound) {
      if (wanted.has(key)) continue;
      this.#bound.delete(key);
      await binding.close();
    }
    for (const [key, socket] of wanted) {
      if (this.#poll.isHeld) break;
      const isNew = socket.wanted.need === 'found' && !this.#bound.has(key);
      if (isNew) await this.#openLate(key, socket);
    }
    if ([...this.#bound.keys()].join() === before) return;
    this.#options.log.info({ addresses: this.addresses }, 'The addresses listened on have changed');
    this.#options.onAddressesChanged?.(this.addresses);
  }

  async #openLate(key: string, socket: WantedSocket): Promise<void> {
    const binding = await this.#opener.openLate(socket, this.#bound);
    if (binding === undefined) {
      this.#failures.add(1);
      return;
    }
    this.#bound.set(key, binding);
    binding.serve(socket.group.exchange);
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

  #close(bindings: Iterable<Binding>, graceMs: number): Promise<void> {
    return closeBindings([...bindings], this.#options.clock, graceMs, this.#panics);
  }

  #receiveBufferBytes(): number {
    const sizes = [...this.#bound.values()].map((binding) => binding.receiveBufferBytes);
    return sizes.length === 0 ? 0 : Math.min(...sizes);
  }
}

const NOTHING_BOUND: ListenFailure = {
  address: '',
  port: 0,
  protocol: 'udp',
  cause: new Error('none of the addresses in the listen list exists on this machine'),
};
