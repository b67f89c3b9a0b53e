import { createHash } from 'node:crypto';
import type { App } from '../app.ts';
import type { LoadResult } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import { ProblemList } from '../corefile/problems.ts';
import { type Problem, problemText } from '../kube/problem.ts';
import type { Logger } from '../observe/log.ts';
import type { Counter } from '../observe/metrics.ts';
import { parseReload } from '../plugins/reload/setup.ts';
import type { Clock, Timer } from '../support/clock.ts';

export interface ReloaderOptions {
  readonly app: Pick<App, 'reload'>;
  readonly log: Logger;
  readonly clock: Clock;
  readonly failed: Counter;
  /** Reads command line, environment and Corefile again. */
  readonly load: () => LoadResult;
  /** A number from 0 to 1, for the jitter. */
  readonly random: () => number;
}

/** Problems logged for one reload; `svcdns check` prints all. */
const MAX_LOGGED = 20;

/** Brings a changed configuration into a running server: at a signal, or because the file changed. */
export class Reloader {
  readonly #options: ReloaderOptions;
  #current: string;
  #settings: Settings;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(settings: Settings, options: ReloaderOptions) {
    this.#options = options;
    this.#settings = settings;
    this.#current = contentOf(settings);
    this.#checkLater();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /** Reads and takes the configuration as it is now, changed or not: SIGHUP, SIGUSR1. */
  async reload(): Promise<void> {
    const { log, load } = this.#options;
    log.info('Reloading');
    const { settings, problems } = load();
    if (settings === undefined) {
      this.#current = brokenContent(problems);
      this.#refuse(problems);
    } else await this.#take(settings);
    // The new configuration may look more often, or look where the old one did not.
    this.#checkLater();
  }

  async #take(settings: Settings): Promise<void> {
    const { app, log } = this.#options;
    // Whatever comes of it: the same content is not tried again every few seconds.
    this.#current = contentOf(settings);
    try {
      const problems = await app.reload(settings);
      if (problems.some(({ severity }) => severity === 'error')) {
        this.#refuse(problems);
        return;
      }
      this.#settings = settings;
      log.info('Reloading complete');
    } catch (error) {
      this.#options.failed.add(1);
      const reason = error instanceof Error ? error.message : String(error);
      log.error(`Reloading failed, and nothing has changed: ${reason}`);
    }
  }

  #refuse(problems: readonly Problem[]): void {
    const { log, failed } = this.#options;
    failed.add(1);
    const errors = problems.filter(({ severity }) => severity === 'error');
    for (const problem of errors.slice(0, MAX_LOGGED)) log.error(problemText(problem));
    log.error({ errors: errors.length }, 'Reloading failed, and nothing has changed');
  }

  #checkLater(): void {
    this.#timer?.cancel();
    const lines = this.#settings.blocks.flatMap(({ block }) =>
      block.directives.filter((line) => line.name === 'reload'),
    );
    const times = parseReload(lines, new ProblemList());
    if (times === undefined || this.#isStopped) return;
    const jitter = (2 * this.#options.random() - 1) * times.jitterMs;
    this.#timer = this.#options.clock.setTimeout(() => {
      void this.#check().then(() => this.#checkLater());
    }, times.intervalMs + jitter);
  }

  async #check(): Promise<void> {
    const { settings, problems } = this.#options.load();
    const content = settings === undefined ? brokenContent(problems) : contentOf(settings);
    if (content === this.#current) return;
    this.#options.log.info('The Corefile has changed');
    this.#current = content;
    if (settings === undefined) this.#refuse(problems);
    else await this.#take(settings);
  }
}

/** Equal for configurations that say the same in the same places. */
function contentOf({ corefile, ...settings }: Settings): string {
  return createHash('sha256')
    .update(JSON.stringify([corefile.blocks, settings.listen, settings.manifests]))
    .digest('hex');
}

function brokenContent(problems: readonly Problem[]): string {
  return createHash('sha256').update(problems.map(problemText).join('\n')).digest('hex');
}
