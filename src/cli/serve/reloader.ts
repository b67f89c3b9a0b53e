import { createHash } from 'node:crypto';
import { listenPlace, operationOf } from '../../app/corefile.ts';
import { MAX_LOGGED } from '../../app/problems.ts';
import type { App } from '../../app.ts';
import type { LoadResult } from '../../config/load.ts';
import { manifestsOf } from '../../config/name-sources.ts';
import type { Settings } from '../../config/settings.ts';
import { ProblemList } from '../../corefile/problems.ts';
import { problemText } from '../../kube/problem.ts';
import type { Logger } from '../../observe/log.ts';
import type { Counter } from '../../observe/metrics.ts';
import { ListenError } from '../../server/listen/listen-error.ts';
import type { Clock, Timer } from '../../support/clock.ts';

export interface ReloaderOptions {
  readonly app: Pick<App, 'reload'>;
  readonly log: Logger;
  readonly clock: Clock;
  readonly failed: Counter;
  /** Reads command line, environment and Corefile again. */
  readonly load: () => LoadResult;
  /** A number from 0 to 1, for the jitter. */
  readonly random: () => number;
  /** Called with the hash of the configuration in use, at first and after each reload. */
  readonly inUse: (sha512: string) => void;
}

/**
 * Brings a changed configuration into a running server: at a signal, or because the Corefile
 * changed.
 *
 * However many signals come, one reload is under way and one waits; the one that waits takes what
 * is there when its turn comes.
 */
export class Reloader {
  readonly #options: ReloaderOptions;
  /** What was read last, good or bad: the same is not tried again every few seconds. */
  #seen: string;
  /** How long to wait before looking at the Corefile again, ms; undefined for not at all. */
  #pollMs: number | undefined;
  #timer: Timer | undefined;
  #underWay: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;
  #isForced = false;
  #isStopped = false;

  constructor(settings: Settings, options: ReloaderOptions) {
    this.#options = options;
    this.#seen = versionOf({ settings, problems: [] });
    this.#goOnWith(settings);
    this.#pollLater();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /** Takes the configuration as it is by then, changed or not: SIGHUP, SIGUSR1. Never rejects. */
  reload(): Promise<void> {
    this.#isForced = true;
    return this.#queue();
  }

  #queue(): Promise<void> {
    this.#waiting ??= this.#underWay.then(() => {
      this.#waiting = undefined;
      this.#underWay = this.#look();
      return this.#underWay;
    });
    return this.#waiting;
  }

  async #look(): Promise<void> {
    if (this.#isStopped) return;
    const isForced = this.#isForced;
    this.#isForced = false;
    try {
      await this.#takeIfNew(isForced);
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error));
    }
    this.#pollLater();
  }

  /** @throws Error when an address cannot be listened on. */
  async #takeIfNew(isForced: boolean): Promise<void> {
    const { app, log, load } = this.#options;
    const loaded = load();
    const version = versionOf(loaded);
    if (version === this.#seen && !isForced) return;
    log.info(isForced ? 'Reloading' : 'Reloading: the Corefile has changed');
    this.#seen = version;
    const { settings } = loaded;
    const problems =
      settings === undefined ? loaded.problems : await app.reload(settings).catch(placed(settings));
    const errors = problems.filter(({ severity }) => severity === 'error');
    for (const problem of errors.slice(0, MAX_LOGGED)) log.error(problemText(problem));
    if (settings === undefined || errors.length > 0) {
      this.#failed(errors.length === 1 ? '1 error' : `${errors.length} errors`);
    } else if (!this.#isStopped) {
      this.#goOnWith(settings);
      log.info('Reloading complete');
    }
  }

  #failed(reason: string): void {
    this.#options.failed.add(1);
    this.#options.log.error(`Reloading failed, and nothing has changed: ${reason}`);
  }

  #goOnWith(settings: Settings): void {
    const { inUse, random } = this.#options;
    inUse(versionOf({ settings, problems: [] }));
    const times = operationOf(settings, new ProblemList()).reload;
    // Chosen once, as in CoreDNS: half of the jitter to either side.
    this.#pollMs = times && times.intervalMs + (random() - 0.5) * times.jitterMs;
  }

  #pollLater(): void {
    this.#timer?.cancel();
    if (this.#pollMs === undefined || this.#isStopped) return;
    this.#timer = this.#options.clock.setTimeout(() => void this.#queue(), this.#pollMs);
  }
}

/** Puts the place in the Corefile in front of the message of a ListenError. */
function placed(settings: Settings) {
  return (error: unknown): never => {
    if (!(error instanceof ListenError)) throw error;
    throw new Error(`${listenPlace(settings, error)}${error.message}`, { cause: error });
  };
}

/**
 * Equal for configurations that say the same in the same places: the SHA-512 of the Corefile's
 * words, with its imports and environment variables in place, and of what the command line adds. Of
 * one that cannot be used, the SHA-512 of what is wrong with it.
 */
function versionOf({ settings, problems }: LoadResult): string {
  const hash = createHash('sha512');
  if (settings === undefined)
    return hash.update(problems.map(problemText).join('\n')).digest('hex');
  const { corefile, listen, admin } = settings;
  const said = [corefile.blocks, listen, admin, manifestsOf(settings)];
  return hash.update(JSON.stringify(said)).digest('hex');
}
