import { kernelThreadCpuMs } from '../../control/thread/kernel-thread.ts';
import { Progress } from '../../control/thread/progress.ts';
import { ThreadWatch } from '../../control/thread/thread-watch.ts';
import type { Problem } from '../../kube/problem.ts';
import type { Logger } from '../../observe/log.ts';
import type { Metrics } from '../../observe/metrics.ts';
import type { Clock, Timer } from '../../support/clock.ts';
import type { Configuration } from '../configuration.ts';
import type { NameSet } from '../name-set.ts';
import type {
  FromResolver,
  ResolverThreadData,
  ThreadAddresses,
  ThreadConfiguration,
  ToResolver,
} from './protocol.ts';
import type { SeenReply } from './reply-relay.ts';
import type { ResolverWorkerThread, StartResolver } from './start-thread.ts';
import { threadConfiguration } from './thread-configuration.ts';
import { ThreadNamesFeed } from './thread-names-feed.ts';

export interface ResolverThreadOptions {
  readonly data: Omit<ResolverThreadData, 'progress'>;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Starts a thread: `startResolverThread`, or a test's own. */
  readonly startThread: StartResolver;
  /** CPU time of a thread, ms; the kernel's unless a test says otherwise. */
  readonly threadCpuMs?: (thread: number) => number | undefined;
  readonly onSeen: (reply: SeenReply) => void;
  /** It has died or hung, and has been ended: why. */
  readonly onLost: (what: string, error?: unknown) => void;
}

/** How often it is looked whether the thread gets on; ms. */
const CHECK_MS = 1000;

/** A resolver thread has no work that takes long: after so much time without a beat it hangs. */
const HANGING = { cpuMs: 5000, ms: 30_000 };

/**
 * What came of preparing: problems, an error among them if it cannot be served; undefined when the
 * thread is gone, or has been told to prepare another.
 */
export type Outcome = readonly Problem[] | undefined;

/** One resolver thread beside the first, as the main thread sees it, until it is gone. */
export class ResolverThread {
  readonly number: number;
  /** The configuration that it answers from. */
  serves: Configuration | undefined;
  readonly #options: ResolverThreadOptions;
  readonly #worker: ResolverWorkerThread;
  readonly #names: ThreadNamesFeed;
  readonly #leaving: (() => void)[] = [];
  #preparing = 0;
  #prepared: (outcome: Outcome) => void = () => {};
  #stopped: () => void = () => {};
  #timer: Timer | undefined;
  #isEnded = false;

  constructor(options: ResolverThreadOptions) {
    const { data, clock, startThread, threadCpuMs: cpuMs = kernelThreadCpuMs } = options;
    this.number = data.thread;
    this.#options = options;
    const progress = new Progress();
    this.#names = new ThreadNamesFeed({
      clock,
      send: (message) => this.#send(message),
      onTooSlow: () => this.#lost('takes no names'),
    });
    this.#worker = startThread({ ...data, progress: progress.shared });
    this.#worker.on('message', (message: FromResolver) => this.#receive(message));
    this.#worker.on('error', (error) => this.#lost('failed', error));
    this.#worker.on('exit', (code) => this.#lost(`ended with code ${code}`));
    const now = () => clock.now();
    this.#checkLater(new ThreadWatch({ progress, cpuMs, now, hanging: HANGING }));
  }

  /** Changes of names that it has not taken. */
  get behind(): number {
    return this.#names.behind;
  }

  /**
   * Has a configuration built and its names sent, beside what it answers from. However long that
   * takes: it is looked after whether the thread gets on.
   */
  async prepare(
    configuration: Configuration,
    share: Pick<ThreadConfiguration, 'outgoing' | 'addresses'>,
  ): Promise<Outcome> {
    if (this.#isEnded) return undefined;
    const sets = [...configuration.names.sets.values()];
    const id = ++this.#preparing;
    this.#prepared(undefined); // nobody waits for the one before any more, nor for its names
    this.#names.keepOnly([...this.#served, ...sets]);
    const answer = new Promise<Outcome>((resolve) => {
      this.#prepared = resolve;
    });
    const sent = threadConfiguration(configuration, (set) => this.#names.numberOf(set));
    this.#send({ kind: 'prepare', id, configuration: { ...sent, ...share } });
    const whole = this.#names.begin(sets);
    const outcome = await answer;
    if (outcome !== undefined) await Promise.race([whole, this.#names.ended]);
    return this.#isEnded || id !== this.#preparing ? undefined : outcome;
  }

  /** It answers from what it has prepared, from now on. */
  commit(configuration: Configuration, addresses: ThreadAddresses): void {
    this.serves = configuration;
    this.#send({ kind: 'commit', ...addresses });
    this.#names.keepOnly([...configuration.names.sets.values()]);
  }

  /** What it has prepared is not wanted. */
  abort(): void {
    this.#send({ kind: 'abort' });
    this.#names.keepOnly(this.#served);
  }

  listenAt(addresses: ThreadAddresses): void {
    this.#send({ kind: 'places', ...addresses });
  }

  /** Ends it in good order: at most `graceMs` for what is due, and as long to end. */
  async stop(graceMs: number): Promise<void> {
    if (this.#isEnded) return;
    this.#names.keepOnly([]);
    await new Promise<void>((resolve) => {
      const timer = this.#options.clock.setTimeout(resolve, 2 * graceMs);
      this.#stopped = () => {
        timer.cancel();
        resolve();
      };
      this.#send({ kind: 'stop', graceMs });
    });
    await this.#end();
  }

  get #served(): readonly NameSet[] {
    return [...(this.serves?.names.sets.values() ?? [])];
  }

  #receive(message: FromResolver): void {
    if (this.#isEnded) return;
    const { log, metrics, onSeen } = this.#options;
    switch (message.kind) {
      case 'prepared':
        if (message.id === this.#preparing) this.#prepared(message.problems);
        break;
      case 'taken':
        this.#names.taken(message.set);
        break;
      case 'series':
        for (const series of message.series) this.#leaving.push(metrics.join(series));
        break;
      case 'explain': {
        const { id, set, question } = message;
        const asked = this.#names.set(set)?.explain(question) ?? Promise.resolve(undefined);
        void asked.then((answer) => this.#send({ kind: 'explained', id, answer }));
        break;
      }
      case 'seen':
        for (const reply of message.replies) onSeen(reply);
        break;
      case 'lines':
        log.writeLines(message.text);
        this.#send({ kind: 'written', characters: message.text.length });
        break;
      case 'stopped':
        this.#stopped();
        break;
    }
  }

  #send(message: ToResolver): void {
    if (!this.#isEnded) this.#worker.postMessage(message);
  }

  #checkLater(watch: ThreadWatch): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      const fault = watch.fault();
      if (fault === undefined) this.#checkLater(watch);
      else this.#lost(fault);
    }, CHECK_MS);
  }

  #lost(what: string, error?: unknown): void {
    if (this.#isEnded) return;
    void this.#end();
    this.#options.onLost(what, error);
  }

  async #end(): Promise<void> {
    this.#isEnded = true;
    this.#timer?.cancel();
    this.#names.end();
    this.serves = undefined;
    this.#prepared(undefined);
    this.#stopped();
    for (const leave of this.#leaving.splice(0)) leave();
    await this.#worker.terminate();
  }
}
