import type { Settings } from '../config/settings.ts';
import { ProblemList } from '../corefile/problems.ts';
import type { Problem } from '../kube/problem.ts';
import { Chains } from '../server/blocks/chains.ts';
import type { Listeners } from '../server/listen/listeners.ts';
import { bufferedRandom } from '../support/random.ts';
import { folderOf, operationOf, servedBlocks } from './corefile.ts';
import { Names } from './names.ts';
import type { ServerParts } from './shared.ts';

/** What settings come to: the chains that answer, and the names they answer from. */
export class Configuration {
  readonly settings: Settings;
  readonly names: Names;
  readonly chains: Chains;
  /** What is wrong with its plugins, warnings and hints included. */
  readonly problems: readonly Problem[];
  /** How long to go on answering after the signal to stop; ms. */
  readonly lameduckMs: number;

  /**
   * Starts nothing. When `problems` has an error it is not to be started. `before` is the one that
   * it takes the place of: what that one has learned, and the names that would be the same, are
   * taken over.
   */
  constructor(
    settings: Settings,
    shared: ServerParts,
    sockets: Pick<Listeners, 'addresses'>,
    before?: Configuration,
  ) {
    // No function made in here may use `before`: the plugins keep what they are given, and each
    // configuration would hold the one before it, back to the first.
    const problems = new ProblemList();
    this.settings = settings;
    this.names = new Names(settings, shared, before?.names);
    this.chains = new Chains(
      servedBlocks(
        settings.blocks,
        (source) => this.names.liveOf(source),
        (source) => {
          const set = this.names.setOf(source);
          return (question) => set.explain(question);
        },
      ),
      {
        ...shared,
        random: bufferedRandom(),
        ownAddresses: () => sockets.addresses,
        folder: folderOf(settings),
        udpReplyBytes: settings.limits.udpReplyBytes,
      },
      before?.chains,
      problems,
    );
    this.lameduckMs = operationOf(settings, problems).lameduckMs;
    this.problems = problems.all;
  }

  get hasErrors(): boolean {
    return this.problems.some(({ severity }) => severity === 'error');
  }

  /** Stops the plugins, and the reading of names but those that `successor` goes on with. */
  async stop(successor?: Configuration): Promise<void> {
    try {
      await this.chains.stop();
    } finally {
      await this.names.stop(successor?.names);
    }
  }
}
