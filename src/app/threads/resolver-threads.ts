import type { Problem } from '../../kube/problem.ts';
import { MAX_THREADS } from '../../plugins/multisocket/setup.ts';
import { GRACE_MS } from '../../server/limits.ts';
import type { Listeners } from '../../server/listen/listeners.ts';
import type { Prepared } from '../../server/listen/prepared.ts';
import type { UdpTransport } from '../../server/udp/transport.ts';
import type { Timer } from '../../support/clock.ts';
import type { Configuration } from '../configuration.ts';
import { ChainError } from '../problems.ts';
import type { ServerParts } from '../shared.ts';
import type { ResolverThreadData, ThreadAddresses } from './protocol.ts';
import { type Outcome, ResolverThread, type ResolverThreadOptions } from './resolver-thread.ts';
import { Retries } from './retries.ts';

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

/** A reload waits no longer than this for a thread, which follows when it has prepared; ms. */
const PREPARE_MS = 10_000;

/**
 * The resolver threads beside the main one, which is the first: as many as the configuration wants.
 * Each has a UDP socket at every address that the main thread shares, chains and caches of its own,
 * and a copy of the names. A new one joins when it has all it needs to answer.
 */
export class ResolverThreads {
  readonly #options: ResolverThreadsOptions;
  /** By number, from 1. */
  readonly #threads = new Map<number, ResolverThread>();
  readonly #retries: Retries;
  /** Those that prepare, for a reload or to follow one: one configuration at a time. */
  readonly #preparing = new Set<ResolverThread>();
  /** The ends of those that are not wanted any more. */
  readonly #ending = new Set<Promise<void>>();
  #isStopped = false;
  #isWarned = false;
  #isMeasured = false;

  constructor(options: ResolverThreadsOptions) {
    this.#options = options;
    this.#retries = new Retries(options.shared.clock, () => this.follow());
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
   * Has those that answer prepare a configuration. One that prepares already, or takes too long,
   * follows later.
   *
   * @throws ChainError when one of them cannot; then none does.
   */
  async prepare(next: Configuration): Promise<Prepared> {
    const threads = [...this.#threads.values()].filter(
      (thread) => thread.serves !== undefined && !this.#preparing.has(thread),
    );
    for (const thread of threads) this.#preparing.add(thread);
    const outcomes = await this.#outcomes(threads, next);
    const release = () => {
      for (const thread of threads) this.#preparing.delete(thread);
    };
    const abort = () => {
      for (const thread of threads) thread.abort();
      release();
      this.follow();
    };
    const problems = outcomes.flatMap((outcome) => outcome ?? []);
    if (hasErrors(problems)) {
      abort();
      throw new ChainError(problems);
    }
    return {
      commit: () => {
        for (const [at, thread] of threads.entries()) {
          if (outcomes[at] !== undefined) this.#commit(thread, next);
        }
        release();
      },
      closeOld: async () => {},
      abort: async () => abort(),
    };
  }

  async #outcomes(threads: readonly ResolverThread[], next: Configuration): Promise<Outcome[]> {
    const { log, clock } = this.#options.shared;
    const share = this.#share(next);
    const ready = new Set<ResolverThread>();
    const preparing = threads.map(async (thread) => {
      const outcome = await thread.prepare(next, share);
      ready.add(thread);
      return outcome;
    });
    let timer: Timer | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = clock.setTimeout(() => {
        const waiting = threads.filter((thread) => !ready.has(thread));
        const numbers = waiting.map(({ number }) => number);
        log.warn(
          { threads: numbers },
          'Resolver threads are slow to prepare a reload: they follow',
        );
        resolve(undefined);
      }, PREPARE_MS);
    });
    const outcomes = await Promise.all(preparing.map((one) => Promise.race([one, late])));
    timer?.cancel();
    return outcomes;
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
      this.#remove(thread);
      this.#retries.forget(number);
      const ended = thread.stop(GRACE_MS).then(() => void this.#ending.delete(ended));
      this.#ending.add(ended);
    }
    for (let number = 1; number < wanted; number++) {
      if (!this.#threads.has(number) && !this.#retries.isWaiting(number)) this.#start(number);
    }
    for (const thread of this.#threads.values()) void this.#bring(thread);
  }

  /**
   * The addresses that the main thread listens on are others. They are those of the configuration
   * that answers: a thread that has not followed yet is told when it has.
   */
  addressesChanged(): void {
    const { current } = this.#options;
    for (const thread of this.#threads.values()) {
      if (thread.serves === current()) thread.listenAt(this.#addressesOf(thread));
    }
  }

  async stop(graceMs: number): Promise<void> {
    this.#isStopped = true;
    this.#retries.stop();
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
    this.#showWaiting();
  }

  #remove({ number }: ResolverThread): void {
    this.#threads.delete(number);
    this.#showWaiting();
  }

  #showWaiting(): void {
    const { metrics } = this.#options.shared;
    metrics.clear('svcdns_thread_changes_waiting');
    for (const number of this.#threads.keys()) {
      // By number: the series must not keep a thread that has ended, and what it served.
      const read = () => this.#threads.get(number)?.behind ?? 0;
      metrics.read('svcdns_thread_changes_waiting', read, { thread: `${number}` });
    }
  }

  /** Brings a thread to the configuration that answers, which may change meanwhile. */
  async #bring(thread: ResolverThread): Promise<void> {
    if (this.#preparing.has(thread)) return;
    this.#preparing.add(thread);
    const { current } = this.#options;
    while (this.#isIn(thread) && thread.serves !== current()) {
      const wanted = current();
      const outcome = await thread.prepare(wanted, this.#share(wanted));
      if (outcome === undefined || wanted !== current() || !this.#isIn(thread)) continue;
      if (hasErrors(outcome)) {
        this.#unprepared(thread, outcome);
        break;
      }
      this.#commit(thread, wanted);
    }
    this.#preparing.delete(thread);
  }

  #commit(thread: ResolverThread, configuration: Configuration): void {
    if (!this.#isIn(thread)) return;
    thread.commit(configuration, this.#addressesOf(thread));
    this.#retries.serves(thread.number);
  }

  /** It goes on with what it has, which may be nothing, and tries again. */
  #unprepared(thread: ResolverThread, problems: readonly Problem[]): void {
    const { number, serves } = thread;
    thread.abort();
    const why = problems.find(({ severity }) => severity === 'error')?.message;
    const retryMs = this.#retries.after(number);
    const meanwhile = serves === undefined ? 'does not answer' : 'answers as before the reload';
    this.#options.shared.log.error(
      { thread: number, why, retryMs },
      `A resolver thread cannot prepare: it ${meanwhile}, and tries again`,
    );
  }

  #isIn(thread: ResolverThread): boolean {
    return !this.#isStopped && this.#threads.get(thread.number) === thread;
  }

  #lost(thread: ResolverThread, what: string, error: unknown): void {
    const { number } = thread;
    if (!this.#isIn(thread)) return;
    this.#remove(thread);
    const { log, metrics } = this.#options.shared;
    const ms = this.#retries.after(number);
    log.error(
      { err: error, thread: number, restartMs: ms },
      `A resolver thread ${what}; the others answer, and a new one is started`,
    );
    metrics.counter('svcdns_thread_restarts_total').add(1);
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
