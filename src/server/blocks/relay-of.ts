import type { ClusterAnswers } from '../../plugins/cluster-answers.ts';
import type { PluginDeclaration } from '../../plugins/declaration.ts';
import type { Plugin, PluginContext } from '../../plugins/plugin.ts';
import { randomIndexFrom } from '../../support/random.ts';
import { BlockRelay } from '../answer/block-relay.ts';

/** A plugin, and what is declared of it. */
export interface ChainLink {
  readonly declared: PluginDeclaration;
  readonly plugin: Plugin;
}

/** What a server block's chain relays; undefined when some plugin has a say in all questions. */
export function relayOf(
  links: readonly ChainLink[],
  random: PluginContext['random'],
): BlockRelay | undefined {
  const place = links.findIndex(({ plugin }) => plugin.relaying !== undefined);
  const above = links.slice(0, Math.max(place, 0));
  const { relaying, name, keeper: last } = links[place]?.plugin ?? {};
  const keeper = above.find(({ plugin }) => plugin.keeper !== undefined)?.plugin.keeper ?? last;
  if (relaying === undefined || name === undefined || keeper === undefined) return undefined;
  const answers = above.map(clusterAnswersOf);
  if (answers.includes('changed')) return undefined;
  return new BlockRelay({
    relaying,
    plugin: name,
    keeper,
    parts: answers.filter((one) => typeof one === 'object'),
    random: answers.includes('rotated') ? randomIndexFrom(random) : undefined,
  });
}

export function clusterAnswersOf({ declared, plugin }: ChainLink): ClusterAnswers {
  return declared.clusterAnswers?.(plugin) ?? 'changed';
}
