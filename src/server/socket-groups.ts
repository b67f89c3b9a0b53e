import type { ListenSpec } from './addresses.ts';
import type { Exchange, Peer, ReplySink, Transport } from './exchange.ts';
import { type BoundAddress, Listeners, type ListenersOptions } from './listeners.ts';

/** Addresses of one port, and who answers there. */
export interface SocketGroup {
  readonly listen: readonly ListenSpec[];
  readonly exchange: Exchange;
}

interface RunningGroup {
  readonly listeners: Listeners;
  readonly switchboard: Switchboard;
}

/** Sockets outlive the configuration: the exchange behind them can be put in place of another. */
class Switchboard implements Exchange {
  current: Exchange;

  constructor(exchange: Exchange) {
    this.current = exchange;
  }

  answer(
    input: Uint8Array,
    length: number,
    peer: Peer,
    transport: Transport,
    output: Buffer,
    sink: ReplySink,
  ): number {
    return this.current.answer(input, length, peer, transport, output, sink);
  }
}

/** All sockets of the server, by group. */
export class SocketGroups {
  readonly #options: Omit<ListenersOptions, 'listen' | 'exchange'>;
  #groups = new Map<string, RunningGroup>();

  constructor(options: Omit<ListenersOptions, 'listen' | 'exchange'>) {
    this.#options = options;
  }

  /** What is listened on now. */
  get addresses(): readonly BoundAddress[] {
    return [...this.#groups.values()].flatMap(({ listeners }) => listeners.addresses);
  }

  /**
   * Serves these groups from now on. New sockets are opened first; when one of them cannot be, nothing
   * has changed. Sockets that stay never close, so no query is lost; those no longer wanted get
   * `graceMs` for the replies that are due.
   *
   * @throws ListenError when an address cannot be listened on.
   */
  async serve(groups: readonly SocketGroup[], graceMs: number): Promise<void> {
    const opened = new Map<string, RunningGroup>();
    try {
      for (const group of groups) {
        if (!this.#groups.has(keyOf(group))) opened.set(keyOf(group), await this.#open(group));
      }
    } catch (error) {
      for (const { listeners } of opened.values()) await listeners.stop({ graceMs: 0 });
      throw error;
    }
    const before = this.#groups;
    this.#groups = new Map();
    for (const group of groups) {
      const key = keyOf(group);
      const running = before.get(key) ?? opened.get(key);
      if (running === undefined) continue;
      running.switchboard.current = group.exchange;
      this.#groups.set(key, running);
      before.delete(key);
    }
    for (const { listeners } of before.values()) await listeners.stop({ graceMs });
  }

  async stop(graceMs: number): Promise<void> {
    await this.serve([], graceMs);
  }

  async #open({ listen, exchange }: SocketGroup): Promise<RunningGroup> {
    const switchboard = new Switchboard(exchange);
    const listeners = new Listeners({ ...this.#options, listen, exchange: switchboard });
    await listeners.start();
    return { listeners, switchboard };
  }
}

function keyOf({ listen }: SocketGroup): string {
  return listen
    .map(({ address, port }) => `${address} ${port}`)
    .sort()
    .join(', ');
}
