import { clusterDomain, type NameSource, nameSources } from '../config/name-sources.ts';
import type { Settings } from '../config/settings.ts';
import type { ExplainedServer } from '../explain/engine.ts';
import type { ObjectsAnswer, ObjectsQuestion } from '../explain/objects-question.ts';
import type { TracedQuestion } from '../explain/trace.ts';
import type { Problem } from '../kube/problem.ts';
import { traceQuestion } from '../server/answer/trace.ts';
import type { Chains } from '../server/blocks/chains.ts';
import { type Clock, systemClock } from '../support/clock.ts';
import type { LiveZone } from '../zone/live-zone.ts';
import { usableChains } from './problems.ts';
import type { Serving } from './serving.ts';

/** Names, and the objects behind them. */
export interface ExplainedNames {
  readonly live: LiveZone;
  explain(question: ObjectsQuestion): ObjectsAnswer | Promise<ObjectsAnswer | undefined>;
}

interface ExplainedParts {
  readonly settings: Settings;
  readonly chains: Pick<Chains, 'tables'>;
  /** In the order of the Corefile. */
  readonly names: readonly ExplainedNames[];
  readonly clock: Clock;
  /** No other server is asked. */
  readonly isOffline: boolean;
}

/** The server that answers now. */
export function servingServer({ current, shared }: Serving): ExplainedServer {
  const { settings, chains, names } = current;
  const sets = [...names.sets.values()];
  return explainedServer({ settings, chains, names: sets, clock: shared.clock, isOffline: false });
}

/** Chains and names, as an explanation asks them. */
function explainedServer({
  settings,
  chains,
  names,
  clock,
  isOffline,
}: ExplainedParts): ExplainedServer {
  return {
    zone: clusterDomain(settings),
    ask: async (name, type, client) => {
      const now = clock.now();
      const traced = await traceQuestion(chains.tables, { name, type, client, isOffline, now });
      return settings.corefile.isBuiltIn ? inBuiltIn(traced, settings.corefile.file) : traced;
    },
    objects: async (question, asked) => {
      const live = asked?.block?.live;
      const source = names.find((one) => one.live === live) ?? names[0];
      return source?.explain(question);
    },
  };
}

/** An explained server that is no server: nothing listens, and nothing is sent. */
interface OfflineServer {
  readonly server: ExplainedServer;
  stop(): Promise<void>;
}

/**
 * What these settings come to with names that were read once; or what is wrong, when a plugin
 * cannot be made as the Corefile asks.
 */
export async function offlineServer(
  settings: Settings,
  namesOf: (source: NameSource) => ExplainedNames,
): Promise<OfflineServer | { readonly problems: readonly Problem[] }> {
  const chains = usableChains(settings, (source) => namesOf(source).live);
  if ('problems' in chains) return chains;
  await chains.start(true);
  const names = nameSources(settings).map(namesOf);
  const clock = systemClock;
  const server = explainedServer({ settings, chains, names, clock, isOffline: true });
  return { server, stop: () => chains.stop() };
}

/** The Corefile of the package has a path that says nothing to those who have none of their own. */
function inBuiltIn(traced: TracedQuestion, file: string): TracedQuestion {
  const { block, plugins } = traced;
  const shown = (line: string | undefined) => line?.replace(`${file}:`, 'built-in Corefile:');
  return {
    ...traced,
    block: block && { ...block, line: shown(block.line) },
    plugins: plugins.map((plugin) => ({ ...plugin, line: shown(plugin.line) })),
  };
}
