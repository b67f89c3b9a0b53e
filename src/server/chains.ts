import type { ProblemList } from '../corefile/problems.ts';
import { type NameKey, textOf } from '../dns/name.ts';
import type { Logger } from '../observe/log.ts';
import { LogLimiter } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Plugin } from '../plugins/plugin.ts';
import type { Clock } from '../support/clock.ts';
import type { ListenSpec } from './addresses.ts';
import { BlockExchange } from './block-exchange.ts';
import { type BlockPlan, blockId, buildBlocks, type SharedContext } from './build-blocks.ts';
import { QueryMetrics } from './query-metrics.ts';
import type { SocketGroup } from './socket-groups.ts';

/** A server block, what its `kubernetes` directive came to, and where it listens. */
export interface ServedBlock extends Omit<BlockPlan, 'zones'> {
  readonly listen: readonly ListenSpec[];
  /** The zones of the block's keys with this port. */
  readonly zonesAt: (port: number) => readonly string[];
}

export interface ChainsOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly random: SharedContext['random'];
  readonly ownAddresses: SharedContext['ownAddresses'];
  /** Folder that relative paths in the Corefile start from. */
  readonly folder: string;
  /** Largest reply over UDP, bytes. */
  readonly udpReplyBytes: number;
}

/** Everything that one configuration answers with: the chains of all blocks, by socket. */
export class Chains {
  readonly groups: readonly SocketGroup[];
  readonly #plugins: readonly { readonly key: string; readonly plugin: Plugin }[];

  /** Mistakes go to `problems`; when it has errors, this is not to be started. `before` is what it takes the place of. */
  constructor(
    blocks: readonly ServedBlock[],
    options: ChainsOptions,
    before: Chains | undefined,
    problems: ProblemList,
  ) {
    const plugins: { key: string; plugin: Plugin }[] = [];
    this.groups = bySockets(blocks).map(([listen, served]) => {
      const server = `dns://:${listen[0]?.port ?? 0}`;
      const place = listen.map(({ address, port }) => `${address}:${port}`).join(' ');
      const key = (block: string, name: string) => `${place} ${block} ${name}`;
      const keptBy = (block: string, name: string) => before?.kept(key(block, name));
      const port = listen[0]?.port ?? 0;
      const plans = served.map((block) => ({ ...block, zones: block.zonesAt(port) }));
      const built = buildBlocks(plans, { ...options, server, keptBy }, problems);
      const metrics = new QueryMetrics(options.metrics, server);
      for (const block of built.blocks) {
        if (block.isCounted) metrics.observe(block, block.zones.map(zoneText), block.view);
        const name = blockId(block.zoneNames, block.view);
        plugins.push(...block.plugins.map((plugin) => ({ key: key(name, plugin.name), plugin })));
      }
      return { listen, exchange: exchangeOf(built, metrics, options) };
    });
    this.#plugins = plugins;
  }

  async start(): Promise<void> {
    for (const { plugin } of this.#plugins) await plugin.start?.();
  }

  async stop(): Promise<void> {
    for (const { plugin } of this.#plugins.toReversed()) await plugin.stop?.();
  }

  /** What a plugin wants its successor to go on with. */
  kept(key: string): unknown {
    return this.#plugins.find((one) => one.key === key)?.plugin.keep?.();
  }

  /** Why it is not ready, a plugin's name each; empty when it is. */
  notReady(): string[] {
    return this.#plugins.flatMap(({ plugin }) => plugin.notReady?.() ?? []);
  }
}

function exchangeOf(
  { table, takesAllClasses }: ReturnType<typeof buildBlocks>,
  metrics: QueryMetrics,
  options: ChainsOptions,
): BlockExchange {
  const { clock, log, udpReplyBytes } = options;
  const limiter = new LogLimiter(() => clock.now());
  return new BlockExchange({
    blocks: table,
    clock,
    metrics,
    panics: options.metrics.counter('coredns_panics_total'),
    panicked: (error) =>
      limiter.log((leftOut) => log.error({ err: error, leftOut }, 'A plugin threw an error')),
    shed: options.metrics.counter('svcdns_queries_shed_total'),
    udpReplyBytes,
    takesAllClasses,
  });
}

/** Blocks with the same addresses and port share sockets; a block with two ports stands in two groups. */
function bySockets(
  blocks: readonly ServedBlock[],
): [listen: readonly ListenSpec[], blocks: ServedBlock[]][] {
  const groups = new Map<string, [readonly ListenSpec[], ServedBlock[]]>();
  for (const block of blocks) {
    for (const port of new Set(block.listen.map((one) => one.port))) {
      const listen = block.listen.filter((one) => one.port === port);
      const key = listen
        .map(({ address }) => `${address} ${port}`)
        .sort()
        .join(', ');
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [listen, [block]]);
      else group[1].push(block);
    }
  }
  return [...groups.values()];
}

/** As in CoreDNS's labels: without the dot that `QueryMetrics` adds. */
function zoneText(zone: NameKey): string {
  return textOf(zone).slice(0, -1);
}
