import type { ListenAddress } from '../../corefile/listen-address.ts';
import type { ServerBlock } from '../../corefile/parse.ts';
import type { ProblemList } from '../../corefile/problems.ts';
import { type NameKey, textOf } from '../../dns/name.ts';
import type { Origin } from '../../kube/objects.ts';
import type { CATALOGUE } from '../../observe/catalogue.ts';
import { type Logger, LogLimiter } from '../../observe/log.ts';
import type { LabelsOf, Metrics } from '../../observe/metrics.ts';
import { plugin as cookies } from '../../plugins/cookies/setup.ts';
import { plugin as debug } from '../../plugins/debug/setup.ts';
import { optionsIn } from '../../plugins/declaration.ts';
import { plugin as multisocket } from '../../plugins/multisocket/setup.ts';
import type { Plugin } from '../../plugins/plugin.ts';
import { plugin as ratelimit } from '../../plugins/ratelimit/setup.ts';
import type { Clock } from '../../support/clock.ts';
import type { BlockTable } from '../answer/block.ts';
import { BlockExchange, type BlockExchangeOptions } from '../answer/block-exchange.ts';
import {
  COOKIE_SEED_BYTES,
  type CookieSecrets,
  Cookies,
  RandomSecrets,
  SharedSecrets,
} from '../answer/cookies.ts';
import { QueryMetrics, ServerLabels } from '../answer/query-metrics.ts';
import type { ReplyWatcher } from '../askers/reply-watcher.ts';
import { bySockets, ownSockets, type SocketGroup } from '../listen/socket-groups.ts';
import type { ChainQueue } from '../queue/chain-queue.ts';
import { RateLimiter } from '../rate-limit/limiter.ts';
import {
  type BlockPlan,
  type BuiltBlocks,
  blockId,
  buildBlocks,
  type SharedContext,
} from './build-blocks.ts';
import { socketDirective, tcpLimitsOf } from './socket-directives.ts';

/** A server block, what its `kubernetes` directive came to, and where it listens. */
export interface ServedBlock extends Omit<BlockPlan, 'zones' | 'ownAddresses'> {
  readonly listen: readonly ListenAddress[];
  /** The zones of the block's keys with this port. */
  readonly zonesAt: (port: number) => readonly string[];
}

export interface ChainsOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly random: SharedContext['random'];
  /** The secrets of server cookies are made from it; random unless other threads have it too. */
  readonly cookieSeed?: Uint8Array;
  /** Addresses and ports that are listened on. */
  readonly ownAddresses: BlockPlan['ownAddresses'];
  /** Folder that relative paths in the Corefile start from. */
  readonly folder: string;
  /** Largest reply over UDP, bytes. */
  readonly udpReplyBytes: number;
  /** Where questions for the chains wait; one for the whole server. */
  readonly queue: Pick<ChainQueue, 'push' | 'later'>;
  /** Places for sockets towards other servers. */
  readonly outgoing?: SharedContext['outgoing'];
  /** Opens UDP sockets towards other servers. */
  readonly openDatagram?: SharedContext['openDatagram'];
  /** Who is told of each reply. */
  readonly watchers?: readonly ReplyWatcher[];
}

/** How often it is looked whether the last questions have had their turn. */
const QUEUE_POLL_MS = 10;

/** The labels of a plugin in use, as in CoreDNS. */
export type EnabledPlugin = LabelsOf<(typeof CATALOGUE)['coredns_plugin_enabled']>;

/** Everything that one configuration answers with: the chains of all blocks, by socket. */
export class Chains {
  readonly groups: readonly SocketGroup[];
  /** The most threads that any of them wants. */
  readonly threads: number;
  /** The blocks of each of them. */
  readonly tables: readonly BlockTable[];
  /** The plugins of the blocks whose queries are counted. */
  readonly enabled: readonly EnabledPlugin[];
  /** Some block has `debug`: the log is to have everything. */
  readonly isDebug: boolean;
  /**
   * Random secrets of server cookies: those of the chains before, so that a reload changes nothing
   * for clients.
   */
  readonly cookieSecrets: CookieSecrets;
  readonly #plugins: readonly { readonly key: string; readonly plugin: Plugin }[];
  readonly #exchanges: readonly BlockExchange[];
  readonly #clock: Clock;

  /**
   * Mistakes go to `problems`; when it has errors, this is not to be started. `before` is what it
   * takes the place of.
   */
  constructor(
    blocks: readonly ServedBlock[],
    options: ChainsOptions,
    before: Chains | undefined,
    problems: ProblemList,
  ) {
    const plugins: { key: string; plugin: Plugin }[] = [];
    const enabled: EnabledPlugin[] = [];
    // Let go of below: what plugins are given lives as long as they do, and through it each
    // configuration would hold the one before it, back to the first.
    let earlier = before;
    const { cookieSeed = Uint8Array.from(options.random(COOKIE_SEED_BYTES)), clock } = options;
    this.cookieSecrets = before?.cookieSecrets ?? new RandomSecrets(cookieSeed, clock);
    const wanted = blocks.flatMap(({ listen }) => listen);
    const exchanges: BlockExchange[] = [];
    const tables: BlockTable[] = [];
    this.groups = bySockets(blocks).map(([listen, served]) => {
      const servers = new ServerLabels(listen);
      const server = servers.all[0] ?? '';
      const place = listen.map(({ address, port }) => `${address}:${port}`).join(' ');
      const key = (block: string, name: string) => `${place} ${block} ${name}`;
      const keptBy = (block: string, name: string) => earlier?.kept(key(block, name));
      const port = listen[0]?.port ?? 0;
      const plans = served.map((block) => ({
        ...block,
        zones: block.zonesAt(port),
        ownAddresses: () => ownSockets(options.ownAddresses(), block.listen, wanted),
      }));
      const { later } = options.queue;
      const built = buildBlocks(plans, { ...options, server, keptBy, later }, problems);
      tables.push(built.table);
      const metrics = new QueryMetrics(options.metrics, servers, options.watchers);
      for (const block of built.blocks) {
        if (block.isCounted) {
          metrics.observe(block, block.zones.map(zoneText), block.view);
          enabled.push(...enabledIn(block, servers));
        }
        const name = blockId(block.zoneNames, block.view);
        plugins.push(...block.plugins.map((plugin) => ({ key: key(name, plugin.name), plugin })));
      }
      const sharing = blocksIn(served);
      const perSocket = {
        tcpLimits: tcpLimitsOf(sharing, problems),
        cookies: cookiesOf(sharing, this.cookieSecrets, options, problems),
        limiter: limiterOf(sharing, server, options, problems),
      };
      const exchange = exchangeOf(built, metrics, perSocket, options);
      exchanges.push(exchange);
      return { listen, exchange, threads: socketDirective(multisocket, sharing, problems) };
    });
    this.threads = Math.max(1, ...this.groups.map(({ threads = 1 }) => threads));
    earlier = undefined;
    this.tables = tables;
    this.#plugins = plugins;
    this.#exchanges = exchanges;
    this.#clock = options.clock;
    this.enabled = enabled;
    const isDebug = blocksIn(blocks).map((block) => optionsIn(block, debug, problems));
    this.isDebug = isDebug.includes(true);
  }

  /** Offline, those that would ask other servers stay as they are. */
  async start(isOffline = false): Promise<void> {
    for (const { plugin } of this.#plugins) {
      if (!(isOffline && plugin.asksOthers)) await plugin.start?.();
    }
  }

  /**
   * Waits for the questions that wait for their turn, which is not long, and stops every plugin;
   * rejects afterwards when one could not be.
   */
  async stop(): Promise<void> {
    while (this.#exchanges.some(({ queued }) => queued > 0)) {
      await new Promise<void>((resolve) => void this.#clock.setTimeout(resolve, QUEUE_POLL_MS));
    }
    const errors: unknown[] = [];
    for (const { plugin } of this.#plugins.toReversed()) {
      try {
        await plugin.stop?.();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  /** What a plugin wants its successor to go on with. */
  kept(key: string): unknown {
    return this.#plugins.find((one) => one.key === key)?.plugin.keep?.();
  }

  /** Lines that send nothing on, as all of their servers are this one. */
  leadingBack(): Origin[] {
    return this.#plugins.flatMap(({ plugin }) => plugin.leadingBack?.() ?? []);
  }

  /** Why it is not ready, each plugin's name once; empty when it is. */
  notReady(): string[] {
    return [...new Set(this.#plugins.flatMap(({ plugin }) => plugin.notReady?.() ?? []))];
  }
}

function blocksIn(served: readonly ServedBlock[]): ServerBlock[] {
  return served.map(({ block }) => block);
}

function exchangeOf(
  { table, takesAllClasses }: ReturnType<typeof buildBlocks>,
  metrics: QueryMetrics,
  perSocket: Pick<BlockExchangeOptions, 'tcpLimits' | 'cookies' | 'limiter'>,
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
    queue: options.queue,
    udpReplyBytes,
    takesAllClasses,
    ...perSocket,
  });
}

/** The cookies of blocks that share sockets; undefined when they are switched off. */
function cookiesOf(
  blocks: readonly ServerBlock[],
  random: CookieSecrets,
  { clock, metrics }: ChainsOptions,
  problems: ProblemList,
): Cookies | undefined {
  const { isOff, secrets } = socketDirective(cookies, blocks, problems);
  if (isOff) return undefined;
  return new Cookies({ secrets: secrets ? new SharedSecrets(secrets) : random, clock, metrics });
}

/** What limits the replies of blocks that share sockets; undefined when it is switched off. */
function limiterOf(
  blocks: readonly ServerBlock[],
  server: string,
  { clock, log, metrics, random }: ChainsOptions,
  problems: ProblemList,
): RateLimiter | undefined {
  const limits = socketDirective(ratelimit, blocks, problems);
  if (limits.isOff) return undefined;
  return new RateLimiter({ limits, clock, log, metrics, random, server });
}

function enabledIn(
  { zones, view, enabled }: BuiltBlocks['blocks'][number],
  servers: ServerLabels,
): EnabledPlugin[] {
  return servers.all.flatMap((server) =>
    zones.flatMap((zone) => enabled.map((name) => ({ server, zone: textOf(zone), view, name }))),
  );
}

/** As in CoreDNS's labels: without the dot that `QueryMetrics` adds. */
function zoneText(zone: NameKey): string {
  return textOf(zone).slice(0, -1);
}
