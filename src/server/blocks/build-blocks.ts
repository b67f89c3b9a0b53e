import { directivesNamed, type ServerBlock } from '../../corefile/parse.ts';
import type { ProblemList } from '../../corefile/problems.ts';
import { keyFromText, type NameKey } from '../../dns/name.ts';
import type { Origin } from '../../kube/objects.ts';
import { optionsIn, type PluginDeclaration } from '../../plugins/declaration.ts';
import type { KubernetesBlock } from '../../plugins/kubernetes/directive.ts';
import { plugin as kubernetesPlugin } from '../../plugins/kubernetes/index.ts';
import { directivesBelow, pluginsIn } from '../../plugins/order.ts';
import type {
  ClusterNames,
  ExtraNamesContext,
  LabelSource,
  Plugin,
  PluginContext,
  PodDirectory,
  Request,
} from '../../plugins/plugin.ts';
import { plugin as prometheus } from '../../plugins/prometheus/setup.ts';
import { linkChain } from '../../plugins/reply.ts';
import { parseRoot, plugin as rootPlugin } from '../../plugins/root/setup.ts';
import { plugin as viewPlugin } from '../../plugins/view/index.ts';
import { randomIndexFrom } from '../../support/random.ts';
import { ExtraNames } from '../../zone/extra-names.ts';
import type { LiveZone } from '../../zone/live-zone.ts';
import type { ExtraTable } from '../../zone/options.ts';
import { type Block, BlockTable } from '../answer/block.ts';
import { Resolver } from '../answer/resolver.ts';
import { isGate, isStore, isWatcher, SharedShortCut, type ShortCut } from '../answer/short-cut.ts';
import { type ChainLink, clusterAnswersOf, relayOf } from './relay-of.ts';

/** A `kubernetes` directive, and the names that it is served with. */
type ServedNames = Pick<KubernetesBlock, 'fallthrough' | 'extraFallthrough' | 'zone'> & {
  readonly live: LiveZone;
  readonly explainObjects?: PluginContext['explainObjects'];
};

/** A server block to build, with what its `kubernetes` directive came to. */
export interface BlockPlan {
  readonly block: ServerBlock;
  /** The zones that are asked for at these sockets: a key with another port is served there. */
  readonly zones: readonly string[];
  /** Addresses and ports where it answers. */
  readonly ownAddresses: PluginContext['ownAddresses'];
  /** Undefined when the block has no `kubernetes` directive, or it cannot be used. */
  readonly kubernetes: ServedNames | undefined;
}

/** What every plugin of a server is given; the rest of its context depends on its block. */
export type SharedContext = Pick<
  PluginContext,
  | 'clock'
  | 'log'
  | 'metrics'
  | 'random'
  | 'folder'
  | 'server'
  | 'outgoing'
  | 'openDatagram'
  | 'later'
> & {
  /** What the plugin `name` of the block with these zones and this view kept at a reload. */
  readonly keptBy: (block: string, name: string) => unknown;
};

/** The blocks that share a set of sockets. */
export interface BuiltBlocks {
  readonly table: BlockTable;
  readonly blocks: readonly Block[];
  /** Some block looks at other classes than IN. */
  readonly takesAllClasses: boolean;
}

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
  const owners: Plugin[] = [];
  const isOwnName = (key: NameKey) => owners.some((plugin) => plugin.answers?.(key));
  const server = { resolve, isOwnName, hasNeighbours: plans.length > 1 };
  const blocks = plans.map((plan) => buildBlock(plan, shared, server, problems));
  table = new BlockTable(blocks);
  for (const { plugins } of blocks) {
    owners.push(...plugins.filter((plugin) => plugin.answers !== undefined));
  }
  const declared = plans.flatMap(({ block }) => pluginsIn(block));
  return { table, blocks, takesAllClasses: declared.some((one) => one.takesAllClasses) };
}

/** Tells the blocks of one set of sockets apart, from one configuration to the next. */
export function blockId(zones: readonly string[], view: string): string {
  return [...zones, ...(view === '' ? [] : [`view ${view}`])].join(' ');
}

/** What a block knows of those that share its sockets. */
interface WholeServer extends Pick<PluginContext, 'resolve' | 'isOwnName'> {
  /** Other blocks, which may have what an alias leads to. */
  readonly hasNeighbours: boolean;
}

function buildBlock(
  { block, zones, kubernetes, ownAddresses }: BlockPlan,
  shared: SharedContext,
  { hasNeighbours, ...server }: WholeServer,
  problems: ProblemList,
): Block {
  const view = optionsIn(block, viewPlugin, problems);
  const viewName = view?.name ?? '';
  const cluster = kubernetes && {
    live: kubernetes.live,
    fallthrough: kubernetes.fallthrough?.map(keyFromText),
  };
  const links: ChainLink[] = [];
  const origins = new Map<Plugin, Origin>();
  const labelSources: LabelSource[] = view === undefined ? [] : [view];
  const own = {
    block,
    zones,
    view: viewName,
    folder: parseRoot(directivesNamed(block, rootPlugin.directive), shared.folder, problems),
    cluster,
    pods: cluster && podsOf(cluster.live),
    extra: (table: ExtraTable) => kubernetes && extraOf(table, kubernetes),
    explainObjects: kubernetes?.explainObjects,
    ownAddresses,
    labelSources,
    ...linksTogether(links),
  };
  const declared = pluginsIn(block);
  for (const one of declared) {
    const lines = directivesNamed(block, one.directive);
    const kept = shared.keptBy(blockId(zones, viewName), one.directive);
    const context = { ...shared, ...server, ...own, below: directivesBelow(block, one), kept };
    const plugin = one.setup?.(lines, context, problems);
    if (plugin === undefined) continue;
    links.push({ declared: one, plugin });
    if (lines[0] !== undefined) origins.set(plugin, lines[0].origin);
  }
  const plugins = links.map(({ plugin }) => plugin);
  labelSources.push(...plugins.filter(hasLabels));
  const collector = plugins.find(({ collect }) => collect !== undefined);
  return {
    zones: zones.map(keyFromText),
    zoneNames: zones,
    isCounted: declared.includes(prometheus),
    view: viewName,
    plugins,
    enabled: enabledIn(declared, links),
    chain: linkChain(plugins),
    shortCut:
      cluster === undefined
        ? shortCutToMemory(links, shared.random)
        : shortCut(links, cluster, hasNeighbours, shared.random),
    relay: relayOf(links, shared.random),
    udpReplyBytes: plugins.find(({ udpReplyBytes }) => udpReplyBytes !== undefined)?.udpReplyBytes,
    source: { origin: block.keys[0]?.origin, lines: origins, live: kubernetes?.live },
    accepts: view && ((request) => view.matches(collector?.collect?.(request) ?? request)),
  };
}

/** What a plugin may ask all those of its block, whose links are there by the time that it asks. */
function linksTogether(
  links: readonly ChainLink[],
): Pick<PluginContext, 'upstreams' | 'isClaimed' | 'isDivided'> {
  return {
    upstreams: () => links.flatMap(({ plugin }) => plugin.upstreams?.() ?? []),
    isClaimed: (question) => links.some(({ plugin }) => plugin.claims?.(question) === true),
    isDivided: (key) => links.some(({ plugin }) => plugin.divides?.(key) === true),
  };
}

/** Directives whose plugins are in use, as metrics have them. */
function enabledIn(declared: readonly PluginDeclaration[], links: readonly ChainLink[]): string[] {
  const inUse = [
    ...declared.filter(({ isCountedAsLink }) => isCountedAsLink),
    ...links.map((link) => link.declared).filter(({ isImplied }) => !isImplied),
  ];
  return inUse.map(({ directive }) => directive);
}

function hasLabels(plugin: Plugin): plugin is Plugin & LabelSource {
  return plugin.label !== undefined;
}

function shortCut(
  links: readonly ChainLink[],
  { live, fallthrough }: ClusterNames,
  hasNeighbours: boolean,
  random: SharedContext['random'],
): ShortCut | undefined {
  const place = links.findIndex(({ declared }) => declared === kubernetesPlugin);
  const above = links.slice(0, place).map(clusterAnswersOf);
  if (above.includes('changed')) return undefined;
  const parts = above.filter((answers) => typeof answers === 'object');
  const below = links.slice(place + 1).map(({ plugin }) => plugin);
  const isLast = below.every(({ takes }) => takes !== undefined);
  const isRotated = above.includes('rotated');
  const randomIndex = randomIndexFrom(random);
  // Who has a say, or looks at replies, has it also in those that no plugin makes.
  const refuseOthers = isLast && !parts.some((part) => isGate(part) || isWatcher(part));
  const resolver = new Resolver(live, {
    fallthrough,
    refuseOthers,
    endAliases: refuseOthers && !hasNeighbours,
    spares: (key) => below.some((plugin) => plugin.takes?.(key)),
    onlyWhole: parts.some(isWatcher),
    failuresByChain: above.includes('failures seen'),
    rotation: live.turnsAddresses || isRotated ? randomIndex : undefined,
  });
  return parts.length === 0
    ? resolver
    : new SharedShortCut(resolver, parts, isRotated, randomIndex);
}

/** Of a block without `kubernetes`: to the plugin that answers from memory. */
function shortCutToMemory(
  links: readonly ChainLink[],
  random: SharedContext['random'],
): ShortCut | undefined {
  const answers = links.map(clusterAnswersOf);
  const place = answers.findIndex((one) => typeof one === 'object' && isStore(one));
  // What stands below sees no reply from memory.
  const above = answers.slice(0, place + 1);
  if (place < 0 || above.includes('changed')) return undefined;
  const parts = above.filter((one) => typeof one === 'object');
  const isRotated = above.includes('rotated');
  return new SharedShortCut(undefined, parts, isRotated, randomIndexFrom(random));
}

/** The names that were compiled for a plugin beside `kubernetes`. */
function extraOf(
  table: ExtraTable,
  { live, zone, extraFallthrough }: ServedNames,
): ExtraNamesContext | undefined {
  const options = zone[table];
  const fallthrough = extraFallthrough[table];
  return options && { names: new ExtraNames(live, table, options), fallthrough };
}

/** Whose the clients' addresses are, as far as Pods are told. */
function podsOf({ pods, zones }: LiveZone): PodDirectory | undefined {
  if (pods === undefined) return undefined;
  const namespaceOf = (address: string) => pods.namespaceOf(address);
  return { zones: zones.map((zone) => zone.key), namespaceOf };
}
