import { randomBytes } from 'node:crypto';
import type { NameSource } from '../config/name-sources.ts';
import type { Settings } from '../config/settings.ts';
import { ProblemList } from '../corefile/problems.ts';
import { logLevelOf, type Problem, problemText } from '../kube/problem.ts';
import { createLogger, type Logger } from '../observe/log.ts';
import { Metrics } from '../observe/metrics.ts';
import { Chains } from '../server/blocks/chains.ts';
import type { ChainQueue } from '../server/queue/chain-queue.ts';
import { systemClock } from '../support/clock.ts';
import { LiveZone } from '../zone/live-zone.ts';
import { folderOf, operationOf, servedBlocks } from './corefile.ts';

/** Settings whose plugins cannot be made; `problems` says why, each with its place. */
export class ChainError extends Error {
  override readonly name = 'ChainError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(problemText).join('\n'));
    this.problems = problems;
  }
}

const NO_QUEUE = { push: () => {}, later: () => false };

/**
 * What is wrong with the plugins that settings ask for. Nothing is started.
 *
 * @internal
 */
export function chainProblems(settings: Settings): readonly Problem[] {
  const problems = new ProblemList();
  idleChains(settings, ({ zone }) => new LiveZone(zone), problems);
  operationOf(settings, problems);
  return problems.all;
}

/**
 * The chains of settings, without sockets and log. Without a `queue` questions are put to their
 * blocks.
 */
function idleChains(
  settings: Settings,
  liveOf: (source: NameSource) => LiveZone,
  problems: ProblemList,
  queue: Pick<ChainQueue, 'push' | 'later'> = NO_QUEUE,
): Chains {
  const options = {
    clock: systemClock,
    log: createLogger('silent'),
    metrics: new Metrics(),
    random: randomBytes,
    ownAddresses: () => [],
    folder: folderOf(settings),
    queue,
    udpReplyBytes: settings.limits.udpReplyBytes,
  };
  return new Chains(servedBlocks(settings.blocks, liveOf), options, undefined, problems);
}

/**
 * The same, for those who want to ask them; or what is wrong, when a plugin cannot be made as the
 * Corefile asks.
 *
 * @internal
 */
export function usableChains(
  settings: Settings,
  liveOf: (source: NameSource) => LiveZone,
  queue?: Pick<ChainQueue, 'push' | 'later'>,
): Chains | { readonly problems: readonly Problem[] } {
  const problems = new ProblemList();
  const chains = idleChains(settings, liveOf, problems, queue);
  const errors = problems.all.filter(({ severity }) => severity === 'error');
  return errors.length > 0 ? { problems: errors } : chains;
}

/** Problems in the log at once; `svcdns check` prints all. */
export const MAX_LOGGED = 20;

/**
 * Logs the problems of a configuration that is in service, each text once: a block with several
 * ports has a problem once for each port.
 *
 * @internal
 */
export function reportProblems(problems: readonly Problem[], log: Logger): void {
  const byText = new Map(problems.map((problem) => [problemText(problem), problem]));
  for (const [text, problem] of [...byText].slice(0, MAX_LOGGED)) log[logLevelOf(problem)](text);
}
