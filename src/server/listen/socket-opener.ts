import type { SocketAddress } from '../../dns/query.ts';
import type { Logger } from '../../observe/log.ts';
import { Binding, type BindingContext } from './binding.ts';
import type { InheritedSockets } from './inherited-sockets.ts';
import {
  type ListenError,
  type ListenFailure,
  type ListenSource,
  listenError,
} from './listen-error.ts';
import { socketKey, type WantedSocket } from './socket-groups.ts';

export interface SocketOpenerOptions {
  readonly context: BindingContext;
  /** Where the addresses come from, for the advice in errors. */
  readonly source: ListenSource;
  readonly log: Logger;
  /** Sockets that were handed over, to be used in place of new ones. */
  readonly inherited: InheritedSockets | undefined;
  /** Closes what has been opened in vain. */
  readonly close: (bindings: Iterable<Binding>) => Promise<void>;
}

/** Free ports tried until one is free for UDP and TCP on every address. */
const PORT_TRIES = 10;

/** Opens the sockets of wanted addresses, and says in the log which of them cannot be. */
export class SocketOpener {
  readonly #options: SocketOpenerOptions;
  /** Failures already in the log, so that a lasting one is reported once. */
  readonly #reported = new Map<string, string>();

  constructor(options: SocketOpenerOptions) {
    this.#options = options;
  }

  /**
   * Opens all that is wanted and not bound, or none.
   *
   * @throws ListenError when one that must be there cannot be opened.
   */
  async openMissing(
    wanted: ReadonlyMap<string, WantedSocket>,
    bound: ReadonlyMap<string, Binding>,
  ): Promise<Map<string, Binding>> {
    const named = new Set([...wanted.values()].map((socket) => socket.wanted.port));
    for (let attempt = 1; ; attempt++) {
      const opened = new Map<string, Binding>();
      const failure = await this.#openInto(opened, wanted, bound);
      if (failure === undefined) return opened;
      await this.#options.close(opened.values());
      const isOurPick = failure.cause.code === 'EADDRINUSE' && !named.has(failure.port);
      if (!isOurPick || attempt === PORT_TRIES) throw await this.#errorOf(failure);
    }
  }

  /** Opens an address that has come up meanwhile, or logs why it cannot be: then undefined. */
  async openLate(
    socket: WantedSocket,
    bound: ReadonlyMap<string, Binding>,
  ): Promise<Binding | undefined> {
    const opened = new Map<string, Binding>();
    const failure = await this.#open(socket, bound, opened);
    if (failure !== undefined) {
      // A new IPv6 address is refused while the kernel checks that no machine has it: next time.
      this.#report(await this.#errorOf(failure));
      return undefined;
    }
    this.#reported.delete(socket.wanted.address);
    return opened.get(socketKey(socket.wanted));
  }

  /** Forgets what was reported of addresses that the machine does not have any more. */
  forgetAllBut(addresses: ReadonlySet<string>): void {
    for (const address of this.#reported.keys()) {
      if (!addresses.has(address)) this.#reported.delete(address);
    }
  }

  async #openInto(
    opened: Map<string, Binding>,
    wanted: ReadonlyMap<string, WantedSocket>,
    bound: ReadonlyMap<string, Binding>,
  ): Promise<ListenFailure | undefined> {
    for (const [key, socket] of wanted) {
      if (bound.has(key)) continue;
      const failure = await this.#open(socket, bound, opened);
      if (failure === undefined) continue;
      if (!isMissing(failure) || socket.wanted.need === 'required') return failure;
      this.#report(await this.#errorOf(failure));
    }
    return undefined;
  }

  async #open(
    { wanted, group }: WantedSocket,
    bound: ReadonlyMap<string, Binding>,
    into: Map<string, Binding>,
  ): Promise<ListenFailure | undefined> {
    const { context, inherited } = this.#options;
    const binding = new Binding(wanted, group.exchange, context, inherited?.take(wanted));
    const port = wanted.port === 0 ? freePort([...bound.values(), ...into.values()]) : wanted.port;
    const failure = await binding.open(port);
    if (failure === undefined) into.set(socketKey(wanted), binding);
    return failure;
  }

  #errorOf(failure: ListenFailure): Promise<ListenError> {
    return listenError(failure, this.#options.source);
  }

  #report(error: ListenError): void {
    if (this.#reported.get(error.address) === error.code) return;
    this.#reported.set(error.address, error.code);
    this.#options.log.info({ address: error.address, code: error.code }, error.message);
  }
}

/** The port that others with port 0 have; 0 when this is the first. */
function freePort(
  opened: readonly (Pick<SocketAddress, 'port'> & Pick<Binding, 'wanted'>)[],
): number {
  return opened.find(({ wanted }) => wanted.port === 0)?.port ?? 0;
}

/** The machine has no such address (yet), or no such protocol. */
function isMissing({ cause }: ListenFailure): boolean {
  return cause.code === 'EADDRNOTAVAIL' || cause.code === 'EAFNOSUPPORT';
}
