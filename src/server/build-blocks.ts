import { directivesNamed, type Line, type ServerBlock } from '../corefile/parse.ts';
import type { ProblemList } from '../corefile/problems.ts';
import { zonesFromText } from '../corefile/zone-name.ts';
import { keyFromText, type NameKey } from '../dns/name.ts';
import { Bufsize } from '../plugins/bufsize/index.ts';
import { linkChain } from '../plugins/chain.ts';
import { External } from '../plugins/k8s_external/index.ts';
import { Kubernetes } from '../plugins/kubernetes/index.ts';
import { Loadbalance, rotationFor } from '../plugins/loadbalance/index.ts';
import type { LabelSource } from '../plugins/metadata/index.ts';
import { parseMetadata } from '../plugins/metadata/setup.ts';
import { parseMultisocket } from '../plugins/multisocket/setup.ts';
import type { Plugin, PluginContext, PodDirectory, Request } from '../plugins/plugin.ts';
import { ORDER, SETUPS } from '../plugins/registry.ts';
import { parseRoot } from '../plugins/root/setup.ts';
import type { SpecialNames } from '../plugins/special-names/index.ts';
import { hasSpecial, specialAmong, specialNames } from '../plugins/special-names/index.ts';
import { parseView } from '../plugins/view/index.ts';
import type { LiveZone } from '../zone/live-zone.ts';
import type { ZoneOptions } from '../zone/options.ts';
import { type SideTable, SideZone } from '../zone/side-table.ts';
import { type Block, BlockTable } from './block.ts';
import { directivesBelow } from './directives-below.ts';
import { Resolver } from './resolver.ts';

/** A server block to build, with what its `kubernetes` directive came to. */
export interface BlockPlan {
  readonly block: ServerBlock;
  /** The zones that are asked for at these sockets: a key with another port is served there. */
  readonly zones: readonly string[];
  /** Addresses and ports where it answers. */
  readonly ownAddresses: PluginContext['ownAddresses'];
  /** Undefined when the block has no `kubernetes` directive. */
  readonly kubernetes:
    | {
        readonly live: LiveZone;
        readonly fallthrough: readonly string[] | undefined;
        /**
         * What is published beside the cluster's own names, for `k8s_external` and `k8s_gateway`.
         */
        readonly zone: Pick<ZoneOptions, SideTable>;
      }
    | undefined;
}

/** What every plugin of a server is given; the rest of its context depends on its block. */
export type SharedContext = Pick<
  PluginContext,
  'clock' | 'log' | 'metrics' | 'random' | 'folder' | 'server' | 'outgoing' | 'later'
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
 * Plugins above `kubernetes` that leave a cluster name's answer as it is, or are done by the short
 * cut too.
 */
const TRANSPARENT: ReadonlySet<string> = new Set([
  'metadata', // for those who read it, who are not transparent
  'prometheus',
  'errors',
  'cache', // never keeps the cluster's own names
  'bufsize', // the block's own limit on replies
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
  const owners: Plugin[] = [];
  const isOwnName = (key: NameKey) => owners.some((plugin) => plugin.answers?.(key));
  const blocks = plans.map((plan) => buildBlock(plan, shared, { resolve, isOwnName }, problems));
  table = new BlockTable(blocks);
  for (const { plugins } of blocks) {
    owners.push(...plugins.filter((plugin) => plugin.answers !== undefined));
  }
  const names = plans.flatMap(({ block }) => block.directives.map((line) => line.name));
  return { table, blocks, takesAllClasses: names.some((name) => CLASS_BLIND.has(name)) };
}

/** Tells the blocks of one set of sockets apart, from one configuration to the next. */
export function blockId(zones: readonly string[], view: string): string {
  return [...zones, ...(view === '' ? [] : [`view ${view}`])].join(' ');
}

function buildBlock(
  { block, zones, kubernetes, ownAddresses }: BlockPlan,
  shared: SharedContext,
  server: Pick<PluginContext, 'resolve' | 'isOwnName'>,
  problems: ProblemList,
): Block {
  const { resolve } = server;
  const fallthrough = kubernetes?.fallthrough?.map(keyFromText);
  const [viewLine] = directivesNamed(block, 'view');
  const view = viewLine && parseView(viewLine, problems);
  const viewName = view?.name ?? '';
  // Not carried out, and checked all the same.
  parseMultisocket(directivesNamed(block, 'multisocket'), problems);
  const folder = parseRoot(directivesNamed(block, 'root'), shared.folder, problems);
  const sources: LabelSource[] = view === undefined ? [] : [view];
  const metadata = parseMetadata(directivesNamed(block, 'metadata'), { zones }, sources, problems);
  const pods = kubernetes && podsOf(kubernetes.live);
  const side = (table: SideTable) => kubernetes && sideOf(table, kubernetes);
  const plugins: Plugin[] = [];
  const upstreams = () => plugins.flatMap((plugin) => plugin.upstreams?.() ?? []);
  const claimants: Plugin[] = [];
  const isClaimed = (request: Request) => claimants.some((plugin) => plugin.claims?.(request));
  let special: SpecialNames | undefined;
  for (const name of ORDER) {
    if (name === 'metadata') {
      if (metadata !== undefined) plugins.push(metadata);
      continue;
    }
    if (name === 'kubernetes') {
      if (kubernetes === undefined) continue;
      const { live } = kubernetes;
      const { clock } = shared;
      const rotation = rotationFor(shared.random);
      plugins.push(new Kubernetes({ live, fallthrough, resolve, clock, rotation }));
      continue;
    }
    const lines = directivesNamed(block, name);
    // Before anything goes out to the Internet's servers.
    if (name === 'forward') special = specialIn(block, zones, kubernetes?.live);
    if (name === 'forward' && special !== undefined) plugins.push(special);
    const setup = SETUPS.get(name);
    if (lines.length === 0 || setup === undefined) continue;
    const kept = shared.keptBy(blockId(zones, viewName), name);
    const below = directivesBelow(block, name);
    const names = { zones, view: viewName, below, pods, side, ownAddresses };
    const own = { ...names, folder, upstreams, isClaimed, kept };
    const context = { ...shared, ...server, ...own };
    const plugin = setup(lines, context, problems);
    if (plugin === undefined) continue;
    plugins.push(plugin);
  }
  sources.push(...plugins.filter(hasLabels));
  claimants.push(...plugins.filter((plugin) => plugin.claims !== undefined));
  return {
    zones: zones.map(keyFromText),
    zoneNames: zones,
    isCounted: directivesNamed(block, 'prometheus').length > 0,
    view: viewName,
    plugins,
    chain: linkChain(plugins),
    shortCut: kubernetes && shortCut(plugins, kubernetes.live, fallthrough, special, shared.random),
    udpReplyBytes: plugins.find((plugin) => plugin instanceof Bufsize)?.size,
    accepts: view && ((request) => view.matches(metadata?.collect(request) ?? request)),
  };
}

function hasLabels(plugin: Plugin): plugin is Plugin & LabelSource {
  return plugin.label !== undefined;
}

function shortCut(
  plugins: readonly Plugin[],
  live: LiveZone,
  fallthrough: readonly NameKey[] | undefined,
  special: SpecialNames | undefined,
  random: SharedContext['random'],
): Resolver | undefined {
  const place = plugins.findIndex((plugin) => plugin.name === 'kubernetes');
  const above = plugins.slice(0, place);
  const isElsewhere = (plugin: Plugin) =>
    plugin instanceof External && plugin.isApartFrom(live.zones);
  const leavesAlone = (plugin: Plugin) =>
    TRANSPARENT.has(plugin.name) || isPlainBalance(plugin) || isElsewhere(plugin);
  if (!above.every(leavesAlone)) return undefined;
  const isLast = plugins.slice(place + 1).every((plugin) => plugin === special);
  const refuseOthers = isLast && !above.some(isElsewhere);
  return new Resolver(live, {
    fallthrough,
    refuseOthers,
    spares: special && ((key) => special.takes(key)),
    rotation: live.turnsAddresses || above.some(isPlainBalance) ? rotationFor(random) : undefined,
  });
}

/** Balancing that the short cut can do itself: addresses in turn. */
function isPlainBalance(plugin: Plugin): boolean {
  return plugin instanceof Loadbalance && plugin.isPlain;
}

/** The names that were compiled for a plugin beside `kubernetes`. */
function sideOf(
  table: SideTable,
  { live, zone }: NonNullable<BlockPlan['kubernetes']>,
): SideZone | undefined {
  const options = zone[table];
  return options && new SideZone(live, table, options);
}

/** Whose the clients' addresses are, as far as Pods are told. */
function podsOf({ pods, zones }: LiveZone): PodDirectory | undefined {
  if (pods === undefined) return undefined;
  const namespaceOf = (address: string) => pods.namespaceOf(address);
  return { zones: zones.map((zone) => zone.key), namespaceOf };
}

/**
 * Names that must not leave the site, but for those that a `forward` line or a key of the block
 * names. Undefined where none of them can be asked for; `whoami` answers them as it does all
 * others.
 */
function specialIn(
  block: ServerBlock,
  zones: readonly string[],
  live: LiveZone | undefined,
): SpecialNames | undefined {
  const lines = directivesNamed(block, 'forward');
  const isLast = lines.length === 0;
  const keys = zones.map(keyFromText);
  if (isLast && (!hasSpecial(keys) || directivesNamed(block, 'whoami').length > 0)) {
    return undefined;
  }
  const exempt = [...specialAmong(keys), ...lines.flatMap(zonesForwarded)];
  return specialNames({ exempt, served: live?.zones.map((zone) => zone.key) ?? [], isLast });
}

function zonesForwarded({ args: [from] }: Line): NameKey[] {
  const zones = from === undefined ? { fault: '' } : zonesFromText(from.text);
  return 'zones' in zones ? zones.zones.map(keyFromText) : [];
}
