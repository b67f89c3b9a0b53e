import type { Worker } from 'node:worker_threads';
import type { Logger } from '../../observe/log.ts';
import { killGroup } from '../../sources/folder/render/child.ts';
import type { Piece } from '../../sources/source.ts';
import { startsPrograms } from '../../sources/source-settings.ts';
import { atEnd } from '../../support/at-end.ts';
import { forgivingStalls } from '../../support/awake-time.ts';
import type { Clock, Timer } from '../../support/clock.ts';
import { processHeap } from '../../support/heap.ts';
import type { LiveZone } from '../../zone/live-zone.ts';
import type { RememberedChange } from '../history/remembered-change.ts';
import { ZoneFeed } from '../publish/zone-feed.ts';
import type { Snapshot } from '../state/snapshot.ts';
import { type ControlEvents, tell } from './control-events.ts';
import { kernelThreadCpuMs } from './kernel-thread.ts';
import { ThreadQuestions } from './open-questions.ts';
import { Progress } from './progress.ts';
import type { ControlSettings, FromControl, ToControl } from './protocol.ts';
import { Quarantine } from './quarantine.ts';
import { ThreadWatch } from './thread-watch.ts';

export interface SupervisorOptions extends ControlEvents {
  readonly settings: Omit<ControlSettings, 'quarantined' | 'serverAddresses'>;
  readonly live: LiveZone;
  readonly log: Logger;
  readonly clock: Clock;
  /** Starts a control thread that counts its steps: `startControlThread`, or a test's own. */
  readonly startThread: (settings: ControlSettings, progress: Progress) => ControlThread;
  /** CPU time of a thread, ms; the kernel's unless a test says otherwise. */
  readonly threadCpuMs?: (thread: number) => number | undefined;
  /** Ends a program that a thread has started, and what that has; or a test's own. */
  readonly kill?: (pid: number) => void;
  /** Each time a control thread is started in place of one that died or hung. */
  readonly onRestart?: () => void;
}

/** What the supervisor uses of a worker thread. */
export type ControlThread = Pick<Worker, 'postMessage' | 'terminate' | 'on'>;

/** How often it is looked whether the thread gets on. */
const CHECK_MS = 1000;

/** Wait before a new thread is started: 1 s, then twice as long each time, up to a minute. */
const FIRST_RESTART_MS = 1000;
const LAST_RESTART_MS = 60_000;

/**
 * A thread that is to stop may have to finish what it reads before it ends the programs that it has
 * started; ms.
 */
const STOP_MS = 3000;

/** The same of a thread that only has the log's last lines to write. */
const LAST_LINES_MS = 500;

/**
 * Keeps one control thread running: passes what it sends on to the published zone, and puts a new
 * one in place of one that dies or hangs, without the piece it was reading. The published names
 * stay.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  /** What the thread is asked beside. */
  readonly questions: ThreadQuestions;
  readonly #quarantine = new Quarantine();
  #thread: ControlThread | undefined;
  #progress = new Progress();
  #feed: ZoneFeed | undefined;
  #serverAddresses: readonly string[] = [];
  /** What the thread reads; none while it reads nothing. */
  #reading: readonly Piece[] = [];
  #timer: Timer | undefined;
  #restartMs = FIRST_RESTART_MS;
  #stopping = false;
  #whenEnded: () => void = () => {};
  #forget: () => void = () => {};

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.questions = new ThreadQuestions(options.clock, (message) => this.#send(message));
  }

  /** Starts the first thread. `serverAddresses` are those we listen on. */
  start(serverAddresses: readonly string[]): void {
    this.#serverAddresses = serverAddresses;
    // The terminal's Ctrl-C does not reach it.
    if (startsPrograms(this.#options.settings.source))
      this.#forget = atEnd(() => this.#killChild());
    this.#startThread();
  }

  /** Answers the names of an earlier run until the thread has sent its own. */
  restore(snapshot: Snapshot): void {
    processHeap.answering();
    this.#feed?.restore(snapshot);
  }

  setServerAddresses(addresses: readonly string[]): void {
    this.#serverAddresses = addresses;
    this.#send({ kind: 'addresses', addresses });
  }

  /** Gives the thread what that of the names before remembers, and what became of those. */
  inherit(remembered: string, change: RememberedChange): void {
    this.#send({ kind: 'inherit', remembered, change });
  }

  /** Ends the thread. The published names stay as they are. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#timer?.cancel();
    this.questions.giveUp();
    const thread = this.#thread;
    if (thread === undefined) {
      this.#forget();
      return;
    }
    await this.#hasStopped(thread);
    await thread.terminate();
    this.#killChild();
    this.#forget();
  }

  /**
   * Resolves when the thread has logged what it still had to say and ended what it started, or is
   * gone, or takes too long.
   */
  #hasStopped(thread: ControlThread): Promise<void> {
    const { clock, settings } = this.#options;
    return new Promise((resolve) => {
      const most = startsPrograms(settings.source) ? STOP_MS : LAST_LINES_MS;
      const timer = forgivingStalls(clock).setTimeout(resolve, most);
      this.#whenEnded = () => {
        timer.cancel();
        resolve();
      };
      thread.on('exit', this.#whenEnded);
      thread.postMessage({ kind: 'stop' } satisfies ToControl);
    });
  }

  /** Of a thread that cannot do it any more. */
  #killChild(): void {
    const pid = this.#progress.child;
    if (pid === 0) return;
    this.#progress.child = 0;
    (this.#options.kill ?? killGroup)(pid);
  }

  #startThread(): void {
    const { settings, live, clock, startThread } = this.#options;
    const progress = new Progress();
    this.#progress = progress;
    const own = {
      ...settings,
      serverAddresses: this.#serverAddresses,
      quarantined: this.#quarantine.pieces,
    };
    const thread = startThread(own, progress);
    this.#thread = thread;
    // What the feed before this one has not done yet is left undone: this one sees to all names.
    const feed = new ZoneFeed(live, (callback) =>
      setImmediate(() => {
        if (this.#feed === feed) callback();
      }),
    );
    this.#feed = feed;
    this.#reading = [];
    thread.on('message', (message: FromControl) => {
      if (this.#thread === thread) this.#receive(message);
    });
    thread.on('error', (error) => this.#lost(thread, 'The control thread failed', error));
    thread.on('exit', (code) => this.#lost(thread, `The control thread ended with code ${code}`));
    const cpuMs = this.#options.threadCpuMs ?? kernelThreadCpuMs;
    this.#checkLater(thread, new ThreadWatch({ progress, cpuMs, now: () => clock.now() }));
  }

  #receive(message: FromControl): void {
    switch (message.kind) {
      case 'change':
        this.#feed?.take(message.change, message.serial);
        this.#acknowledge(this.#thread);
        break;
      case 'loaded':
        this.#feed?.settle();
        this.#restartMs = FIRST_RESTART_MS;
        this.#options.onLoaded?.(
          { ...message.summary, names: this.#options.live.size },
          message.held,
        );
        break;
      case 'stopped':
        this.#whenEnded();
        break;
      case 'stale':
        this.#options.live.staleSince(message.asOf);
        break;
      case 'reading':
        this.#reading = message.pieces;
        break;
      default:
        if (!this.questions.take(message)) tell(message, this.#options, this.#options.log);
    }
  }

  /**
   * Asks for the next part, after other events: queries that came meanwhile are answered before it.
   * The other resolver threads have this one by then, too.
   */
  #acknowledge(thread: ControlThread | undefined): void {
    const ask = () => {
      if (this.#thread === thread) this.#send({ kind: 'ack' });
    };
    const others = this.#options.live.caughtUp();
    if (others === undefined) setImmediate(ask);
    else void others.then(ask);
  }

  /** Whether there is a thread to send it to. */
  #send(message: ToControl): boolean {
    if (this.#thread === undefined) return false;
    if (!this.#stopping) this.#thread.postMessage(message);
    return true;
  }

  #checkLater(thread: ControlThread, watch: ThreadWatch): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      if (this.#thread !== thread) return;
      const fault = watch.fault();
      if (fault === undefined) {
        this.#checkLater(thread, watch);
        return;
      }
      void thread.terminate();
      this.#lost(thread, `The control thread ${fault}`);
    }, CHECK_MS);
  }

  #lost(thread: ControlThread, what: string, error?: unknown): void {
    if (this.#stopping || this.#thread !== thread) return;
    this.#thread = undefined;
    this.#timer?.cancel();
    this.questions.giveUp();
    this.#killChild();
    const { source, quarantine } = this.#options.settings;
    const { manifests } = source;
    const reading = this.#reading[this.#progress.piece];
    if (reading !== undefined && quarantine) this.#quarantine.add(reading);
    this.#options.log.error(
      { err: error, file: reading?.name, manifests, restartMs: this.#restartMs },
      `${what}; the published names stay, and a new thread is started`,
    );
    this.#options.onRestart?.();
    this.#timer = this.#options.clock.setTimeout(() => this.#startThread(), this.#restartMs);
    this.#restartMs = Math.min(this.#restartMs * 2, LAST_RESTART_MS);
  }
}
