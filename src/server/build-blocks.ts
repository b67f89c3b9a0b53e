import type { ServerBlock } from '../corefile/parse.ts';
import type { ProblemList } from '../corefile/problems.ts';
import { directivesNamed } from '../corefile/resolve.ts';
import { keyFromText, type NameKey } from '../dns/name.ts';
import { linkChain } from '../plugins/chain.ts';
import { Kubernetes } from '../plugins/kubernetes/index.ts';
import { ORDER } from '../plugins/order.ts';
import type { Plugin, PluginContext, Request } from '../plugins/plugin.ts';
import { SETUPS } from '../plugins/registry.ts';
import type { LiveZone } from '../zone/live-zone.ts';
import { type Block, BlockTable } from './block.ts';
import { Resolver } from './resolver.ts';

/** A server block to build, with what its `kubernetes` directive came to. */
export interface BlockPlan {
  readonly block: ServerBlock;
  /** Undefined when the block has no `kubernetes` directive. */
  readonly kubernetes:
    | { readonly live: LiveZone; readonly fallthrough: readonly string[] | undefined }
    | undefined;
}

/** What every plugin of a server is given; the rest of its context depends on its block. */
export type SharedContext = Pick<
  PluginContext,
  'clock' | 'log' | 'metrics' | 'random' | 'ownAddresses' | 'folder' | 'server'
> & {
  /** What the plugin `name` of the block with these zones kept at a reload. */
  readonly keptBy: (zones: string, name: string) => unknown;
};

/** The blocks that share a set of sockets. */
export interface BuiltBlocks {
  readonly table: BlockTable;
  readonly blocks: readonly Block[];
  /** Some block looks at other classes than IN. */
  readonly takesAllClasses: boolean;
}

/** Plugins above `kubernetes` that leave a cluster name's answer as it is, or are done by the short cut too. */
const TRANSPARENT: ReadonlySet<string> = new Set([
  'prometheus',
  'errors',
  'loadbalance',
  'cache', // never keeps the cluster's own names
]);

/** Plugins that look at questions of class CH, or hand them on. */
const CLASS_BLIND: ReadonlySet<string> = new Set(['chaos', 'forward']);

/**
 * Makes the plugins of server blocks and links them. Everything wrong goes to `problems`; when that
 * has errors, the result is not to be used.
 */
export function buildBlocks(
  plans: readonly BlockPlan[],
  shared: SharedContext,
  problems: ProblemList,
): BuiltBlocks {
  let table = new BlockTable([]);
  const resolve = async (request: Request) => {
    const block = table.find(request.key, () => request);
    return (block?.chain ?? linkChain([]))(request);
  };
  const blocks = plans.map((plan) => buildBlock(plan, shared, resolve, problems));
  table = new BlockTable(blocks);
  const names = plans.flatMap(({ block }) => block.directives.map((line) => line.name));
  return { table, blocks, takesAllClasses: names.some((name) => CLASS_BLIND.has(name)) };
}

function buildBlock(
  { block, kubernetes }: BlockPlan,
  shared: SharedContext,
  resolve: PluginContext['resolve'],
  problems: ProblemList,
): Block {
  const zones = [...new Set(block.keys.map((key) => key.zone))];
  const fallthrough = kubernetes?.fallthrough?.map(keyFromText);
  const plugins: Plugin[] = [];
  for (const name of ORDER) {
    if (name === 'kubernetes') {
      if (kubernetes === undefined) continue;
      plugins.push(new Kubernetes({ live: kubernetes.live, fallthrough, resolve }));
      continue;
    }
    const lines = directivesNamed(block, name);
    const setup = SETUPS.get(name);
    if (lines.length === 0 || setup === undefined) continue;
    const kept = shared.keptBy(zones.join(' '), name);
    const plugin = setup(lines, { ...shared, zones, resolve, kept }, problems);
    if (plugin !== undefined) plugins.push(plugin);
  }
  return {
    zones: zones.map(keyFromText),
    plugins,
    chain: linkChain(plugins),
    shortCut: kubernetes && shortCut(plugins, kubernetes.live, fallthrough),
    accepts: undefined,
  };
}

function shortCut(
  plugins: readonly Plugin[],
  live: LiveZone,
  fallthrough: readonly NameKey[] | undefined,
): Resolver | undefined {
  const place = plugins.findIndex((plugin) => plugin.name === 'kubernetes');
  if (plugins.slice(0, place).some((plugin) => !TRANSPARENT.has(plugin.name))) return undefined;
  const refuseOthers = place === plugins.length - 1;
  return new Resolver(live, { fallthrough: refuseOthers ? undefined : fallthrough, refuseOthers });
}
