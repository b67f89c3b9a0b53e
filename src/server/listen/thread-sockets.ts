import type { SocketAddress } from '../../dns/query.ts';
import type { Counter } from '../../observe/metrics.ts';
import type { Clock } from '../../support/clock.ts';
import type { Exchange } from '../exchange.ts';
import { Panics } from '../panics.ts';
import { Binding, type BindingContext, closeBindings } from './binding.ts';
import { socketKey } from './socket-groups.ts';

/** An address that the first thread listens on, and which group of sockets answers there. */
export interface SharedPlace extends SocketAddress {
  readonly group: number;
}

/**
 * The UDP sockets of a thread beside the first, at addresses that the first has shared. That one is
 * there in any case: where a socket cannot be opened, it answers alone.
 */
export class ThreadSockets {
  readonly #context: BindingContext;
  readonly #clock: Clock;
  readonly #panics: Panics;
  readonly #failures: Counter;
  readonly #bound = new Map<string, Binding>();

  constructor(context: Omit<BindingContext, 'connections' | 'now'> & { readonly clock: Clock }) {
    const { log, metrics, clock } = context;
    this.#context = { ...context, connections: undefined, now: () => clock.now() };
    this.#clock = clock;
    this.#panics = new Panics(log, metrics, () => clock.now());
    this.#failures = metrics.counter('svcdns_listen_failures_total');
  }

  /**
   * Answers at these places, and nowhere else, from now on: `groups` are the exchanges. Resolves
   * when the new ones are open, and with what closes the others.
   */
  async serve(
    places: readonly SharedPlace[],
    groups: readonly Exchange[],
    graceMs: number,
  ): Promise<{ readonly closed: Promise<void> }> {
    const gone = new Map(this.#bound);
    const missing: [SharedPlace, Exchange][] = [];
    for (const place of places) {
      const exchange = groups[place.group];
      if (exchange === undefined) continue;
      const key = socketKey(place);
      gone.delete(key);
      const binding = this.#bound.get(key);
      if (binding === undefined) missing.push([place, exchange]);
      else binding.serve(exchange);
    }
    for (const key of gone.keys()) this.#bound.delete(key);
    const closed = this.#close(gone.values(), graceMs);
    for (const [place, exchange] of missing) await this.#open(place, exchange);
    return { closed };
  }

  /** Waits at most `graceMs` for the replies that are due, and closes every socket. */
  async stop(graceMs: number): Promise<void> {
    const all = [...this.#bound.values()];
    this.#bound.clear();
    await this.#close(all, graceMs);
  }

  async #open(place: SharedPlace, exchange: Exchange): Promise<void> {
    const { address, port } = place;
    const binding = new Binding({ address, port, need: 'found' }, exchange, this.#context);
    const failure = await binding.open(port);
    if (failure === undefined) {
      binding.serve(exchange);
      this.#bound.set(socketKey(place), binding);
      return;
    }
    this.#failures.add(1);
    const fields = { err: failure.cause, address, port };
    this.#context.log.error(fields, 'One more thread cannot listen there: the first answers alone');
  }

  #close(bindings: Iterable<Binding>, graceMs: number): Promise<void> {
    return closeBindings([...bindings], this.#clock, graceMs, this.#panics);
  }
}
