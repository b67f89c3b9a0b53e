import { EventEmitter } from 'node:events';
import { type App, type AppOptions, startApp } from '../../src/app.ts';
import type { Settings } from '../../src/config/settings.ts';
import { ControlWorker } from '../../src/control/control-worker.ts';
import { stateDisk } from '../../src/control/state/state-disk.ts';
import type { Progress } from '../../src/control/thread/progress.ts';
import type { ControlSettings, FromControl, ToControl } from '../../src/control/thread/protocol.ts';
import type { ControlThread } from '../../src/control/thread/supervisor.ts';
import { realDisk } from '../../src/sources/folder/read/disk.ts';
import { residentMib } from '../../src/sources/folder/render/child.ts';
import { systemTools } from '../../src/sources/folder/render/tools.ts';
import { inputOf } from '../../src/sources/standard-input.ts';
import { type Clock, systemClock, type Timer } from '../../src/support/clock.ts';

/** A server whose manifests are read in the test's own thread. */
export function startAppHere(settings: Settings, options: AppOptions): Promise<App> {
  return startApp(settings, { startThread: startControlHere, ...options });
}

/**
 * What `startControlThread` starts, in the test's own thread: to start a thread takes most of the
 * CPU time that a server takes to start. Messages are copied and come later, as between threads. It
 * neither dies nor hangs; tests of that have a real one.
 */
function startControlHere(settings: ControlSettings, progress: Progress): ControlThread {
  return new ControlHere(settings, progress) as unknown as ControlThread;
}

class ControlHere extends EventEmitter {
  readonly #clock = new EndingClock();
  readonly #worker: ControlWorker;
  #isEnded = false;
  #whenStopped = () => {};

  constructor(settings: ControlSettings, progress: Progress) {
    super();
    const input = inputOf(settings.source.manifests);
    this.#worker = new ControlWorker({
      settings: structuredClone({ ...settings, input }),
      post: (message) => this.#posted(message),
      step: progress.step,
      clock: this.#clock,
      disk: realDisk,
      stateDisk,
      tools: systemTools(process.env, {
        clock: this.#clock,
        memoryMib: residentMib,
        onChild: (pid) => {
          progress.child = pid;
        },
      }),
    });
    setImmediate(() => {
      if (!this.#isEnded) this.#worker.start();
    });
  }

  postMessage(message: ToControl): void {
    const copy = structuredClone(message);
    setImmediate(() => {
      if (!this.#isEnded) this.#worker.receive(copy);
    });
  }

  async terminate(): Promise<void> {
    this.#isEnded = true;
    const stopped = new Promise<void>((resolve) => {
      this.#whenStopped = resolve;
    });
    this.#worker.receive({ kind: 'stop' });
    await stopped;
    this.#clock.end();
    this.emit('exit', 1);
  }

  #posted(message: FromControl): void {
    if (message.kind === 'stopped') this.#whenStopped();
    const copy = structuredClone(message);
    setImmediate(() => {
      if (!this.#isEnded) this.emit('message', copy);
    });
  }
}

/** The machine's clock, of which every timer ends with the thread. */
class EndingClock implements Clock {
  readonly now = systemClock.now;
  readonly wallSeconds = systemClock.wallSeconds;
  readonly #timers = new Set<Timer>();
  #isEnded = false;

  setTimeout(callback: () => void, ms: number): Timer {
    if (this.#isEnded) return { cancel: () => {} };
    const pending = systemClock.setTimeout(() => {
      this.#timers.delete(timer);
      callback();
    }, ms);
    const timer = {
      cancel: () => {
        this.#timers.delete(timer);
        pending.cancel();
      },
    };
    this.#timers.add(timer);
    return timer;
  }

  end(): void {
    this.#isEnded = true;
    for (const timer of this.#timers) timer.cancel();
  }
}
