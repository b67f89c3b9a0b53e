import type { Problem } from '../../kube/problem.ts';
import { GRACE_MS } from '../../server/limits.ts';
import type { Listeners } from '../../server/listen/listeners.ts';
import type { Prepared } from '../../server/listen/prepared.ts';
import type { UdpTransport } from '../../server/udp/transport.ts';
import type { Timer } from '../../support/clock.ts';
import type { Configuration } from '../configuration.ts';
import { ChainError } from '../problems.ts';
import type { ServerParts } from '../shared.ts';
import type { ResolverThreadData, ThreadAddresses } from './protocol.ts';
import { ResolverThread, type ResolverThreadOptions } from './resolver-thread.ts';

export interface ResolverThreadsOptions {
  readonly shared: ServerParts;
  readonly transport: Pick<UdpTransport, 'name' | 'missing' | 'datagramsBeside'>;
  readonly sockets: Pick<Listeners, 'addresses' | 'shared'>;
  /** The configuration that answers. */
  readonly current: () => Configuration;
  readonly data: Omit<ResolverThreadData, 'thread' | 'progress' | 'cookieSeed'>;
  readonly onSeen: ResolverThreadOptions['onSeen'];
  readonly startThread: ResolverThreadOptions['startThread'];
  readonly threadCpuMs?: ResolverThreadOptions['threadCpuMs'];
}

/** Each costs some 15 MiB, and more threads than processors answer no more. */
const MAX_THREADS = 64;

/** Wait before a lost thread is replaced: 1 s, then twice as long each time, up to a minute. */
const FIRST_RESTART_MS = 1000;
const LAST_RESTART_MS = 60_000;

/**
 * The resolver threads beside the main one, which is the first: as many as the configuration wants.
 * Each has a UDP socket at every address that the main thread shares, chains and caches of its own,
 * and a copy of the names. A new one joins when it has all it needs to answer.
 */
export class ResolverThreads {
  readonly #options: ResolverThreadsOptions;
  /** By number, from 1. */
  readonly #threads = new Map<number, ResolverThread>();
  readonly #restarts = new Map<number, { readonly timer?: Timer; readonly ms: number }>();
  /** Those that are being brought to the configuration that answers. */
  readonly #following = new Set<ResolverThread>();
  /** The ends of those that are not wanted any more. */
  readonly #ending = new Set<Promise<void>>();
  #isStopped = false;
  #isWarned = false;
  #isMeasured = false;

  constructor(options: ResolverThreadsOptions) {
    this.#options = options;
  }

  /** How many answer, the main one among them. */
  get answering(): number {
    return 1 + [...this.#threads.values()].filter(({ serves }) => serves !== undefined).length;
  }

  /** How many there should be. */
  get wanted(): number {
    return this.#wantedOf(this.#options.current());
  }

  #wantedOf({ chains }: Configuration): number {
    const { transport, shared } = this.#options;
    const wanted = Math.min(MAX_THREADS, chains.threads);
    if (wanted <= 1 || transport.datagramsBeside !== undefined) return wanted;
    if (!this.#isWarned) {
      const why = transport.missing ?? 'it is switched off by --transport dgram';
      shared.log.warn(`One thread answers, not ${wanted}: more need the native transport: ${why}`);
    }
    this.#isWarned = true;
    return 1;
  }

  /**
   * Has those that answer prepare a configuration.
   *
   * @throws ChainError when one of them cannot; then none does.
   */
  async prepare(next: Configuration): Promise<Prepared> {
    const answering = [...this.#threads.values()].filter(({ serves }) => serves !== undefined);
    const share = this.#share(next);
    const outcomes = await Promise.all(answering.map((one) => one.prepare(next, share)));
    const abort = () => {
      for (const thread of answering) thread.abort();
    };
    const problems = outcomes.flatMap((outcome) => (outcome === 'lost' ? [] : outcome));
    if (hasErrors(problems)) {
      abort();
      throw new ChainError(problems);
    }
    return {
      commit: () => {
        for (const [at, thread] of answering.entries()) {
          if (outcomes[at] !== 'lost') thread.commit(next, this.#addressesOf(thread));
        }
      },
      closeOld: async () => {},
      abort: async () => abort(),
    };
  }

  /** Starts and ends threads, and brings them to the configuration that answers now. */
  follow(): void {
    if (this.#isStopped) return;
    const { shared, current } = this.#options;
    const { wanted } = this;
    if (wanted > 1) this.#measure();
    shared.outgoing.most = this.#share(current()).outgoing;
    for (const [number, thread] of this.#threads) {
      if (number < wanted) continue;
      this.#threads.delete(number);
      const ended = thread.stop(GRACE_MS).then(() => void this.#ending.delete(ended));
      this.#ending.add(ended);
    }
    for (let number = 1; number < wanted; number++) {
      if (!this.#threads.has(number) && this.#restarts.get(number)?.timer === undefined) {
        this.#start(number);
      }
    }
    for (const thread of this.#threads.values()) void this.#bring(thread);
  }

  /** The addresses that the main thread listens on are others. */
  addressesChanged(): void {
    for (const thread of this.#threads.values()) {
      if (thread.serves !== undefined) thread.listenAt(this.#addressesOf(thread));
    }
  }

  async stop(graceMs: number): Promise<void> {
    this.#isStopped = true;
    for (const { timer } of this.#restarts.values()) timer?.cancel();
    const stopping = [...this.#threads.values()].map((thread) => thread.stop(graceMs));
    await Promise.all([...stopping, ...this.#ending]);
  }

  #start(number: number): void {
    const { shared, data, onSeen, startThread, threadCpuMs } = this.#options;
    const { log, metrics, clock, cookieSeed } = shared;
    const thread: ResolverThread = new ResolverThread({
      data: { ...data, thread: number, cookieSeed },
      log,
      metrics,
      clock,
      startThread,
      ...(threadCpuMs && { threadCpuMs }),
      onSeen,
      onLost: (what, error) => this.#lost(thread, what, error),
    });
    this.#threads.set(number, thread);
    const labels = { thread: `${number}` };
    metrics.read('svcdns_thread_changes_waiting', () => thread.behind, labels);
  }

  /** Brings a thread to the configuration that answers, which may change meanwhile. */
  async #bring(thread: ResolverThread): Promise<void> {
    if (this.#following.has(thread)) return;
    this.#following.add(thread);
    const { current } = this.#options;
    while (this.#isIn(thread) && thread.serves !== current()) {
      const wanted = current();
      const outcome = await thread.prepare(wanted, this.#share(wanted));
      if (outcome === 'lost') break;
      if (hasErrors(outcome)) {
        thread.abort();
        const [first] = outcome.filter(({ severity }) => severity === 'error');
        const text = 'A resolver thread cannot be prepared, and does not answer';
        this.#options.shared.log.error({ thread: thread.number, why: first?.message }, text);
        break;
      }
      if (wanted !== current() || !this.#isIn(thread)) continue;
      thread.commit(wanted, this.#addressesOf(thread));
      this.#restarts.delete(thread.number);
    }
    this.#following.delete(thread);
  }

  #isIn(thread: ResolverThread): boolean {
    return !this.#isStopped && this.#threads.get(thread.number) === thread;
  }

  #lost(thread: ResolverThread, what: string, error: unknown): void {
    const { number } = thread;
    if (!this.#isIn(thread)) return;
    this.#threads.delete(number);
    const { log, metrics, clock } = this.#options.shared;
    const ms = this.#restarts.get(number)?.ms ?? FIRST_RESTART_MS;
    log.error(
      { err: error, thread: number, restartMs: ms },
      `A resolver thread ${what}; the others answer, and a new one is started`,
    );
    metrics.counter('svcdns_thread_restarts_total').add(1);
    const timer = clock.setTimeout(() => {
      this.#restarts.set(number, { ms: Math.min(ms * 2, LAST_RESTART_MS) });
      this.follow();
    }, ms);
    this.#restarts.set(number, { timer, ms });
  }

  /** What a thread is told of the whole. */
  #share(configuration: Configuration) {
    const { shared, sockets } = this.#options;
    const threads = this.#wantedOf(configuration);
    const outgoing = Math.max(1, Math.floor(shared.budget.outgoing / threads));
    return { outgoing, addresses: sockets.addresses };
  }

  /** Those of the configuration that answers: they are others before it does. */
  #addressesOf({ number }: ResolverThread): ThreadAddresses {
    const { sockets } = this.#options;
    return { places: sockets.shared(number), addresses: sockets.addresses };
  }

  #measure(): void {
    if (this.#isMeasured) return;
    this.#isMeasured = true;
    const { metrics, arrived } = this.#options.shared;
    metrics.read('svcdns_thread_queries_total', arrived, { thread: '0' });
  }
}

function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === 'error');
}
