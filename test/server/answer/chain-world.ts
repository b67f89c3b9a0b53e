import { ProblemList } from '../../../src/corefile/problems.ts';
import { Rcode } from '../../../src/dns/codes.ts';
import { keyFromText } from '../../../src/dns/name.ts';
import type { ReplySink, SocketAddress, Transport } from '../../../src/dns/query.ts';
import { problemText } from '../../../src/kube/problem.ts';
import { createLogger } from '../../../src/observe/log.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import type { Next, PluginContext, Reply } from '../../../src/plugins/plugin.ts';
import { errorReply } from '../../../src/plugins/reply.ts';
import { type Block, BlockTable } from '../../../src/server/answer/block.ts';
import {
  BlockExchange,
  type BlockExchangeOptions,
} from '../../../src/server/answer/block-exchange.ts';
import { QueryMetrics, ServerLabels } from '../../../src/server/answer/query-metrics.ts';
import { buildBlocks, type SharedContext } from '../../../src/server/blocks/build-blocks.ts';
import { PENDING } from '../../../src/server/exchange.ts';
import { ChainQueue } from '../../../src/server/queue/chain-queue.ts';
import { Sheds } from '../../../src/server/queue/sheds.ts';
import { LiveZone } from '../../../src/zone/live-zone.ts';
import type { ZoneOptions } from '../../../src/zone/options.ts';
import { parse } from '../../corefile/notation.ts';
import { arrived } from '../../helpers/arrived.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { ZONE_OPTIONS } from '../../helpers/in-process.ts';
import { settled, testContext } from '../../helpers/plugin-harness.ts';
import { encodeQuery, type QueryOptions } from '../../helpers/query.ts';
import { type Reply as ReadReply, readReply } from '../../helpers/reply.ts';

export const PEER: SocketAddress = { address: '10.1.2.3', port: 40_000 };

/** The blocks of a Corefile; each `kubernetes` has zones without a single name, or those given. */
export function blocksOf(
  corefile: string,
  keptBy: SharedContext['keptBy'] = () => undefined,
  { live, zone, fallthrough, explainObjects }: ClusterWorld = emptyCluster(),
) {
  const problems = new ProblemList();
  const extraFallthrough = { external: undefined, gateway: undefined };
  const cluster = { live, fallthrough, zone, extraFallthrough, explainObjects };
  const plans = parse(corefile).blocks.map((block) => {
    const isCluster = block.directives.some(({ name }) => name === 'kubernetes');
    const zones = [...new Set(block.keys.map((key) => key.zone))];
    const ownAddresses = () => [];
    return { block, zones, ownAddresses, kubernetes: isCluster ? cluster : undefined };
  });
  const context = testContext();
  const built = buildBlocks(plans, { ...context, keptBy }, problems);
  const { metrics, logged, clock } = context;
  return { ...built, live, metrics, logged, clock, problems: problems.all.map(problemText) };
}

/** The names of a cluster, and how they were compiled. */
export interface ClusterWorld {
  readonly live: LiveZone;
  readonly zone: ZoneOptions;
  /** The zones whose missing names go on. */
  readonly fallthrough?: readonly string[] | undefined;
  readonly explainObjects?: PluginContext['explainObjects'];
}

function emptyCluster(): ClusterWorld {
  const live = new LiveZone(ZONE_OPTIONS);
  live.isSynced = true;
  return { live, zone: ZONE_OPTIONS };
}

/** A block of which nothing is known but its zones and, if need be, its chain. */
export function blockWith(
  zones: readonly string[],
  given: Partial<Block> & { readonly chain?: Next } = {},
): Block {
  return {
    zones: zones.map(keyFromText),
    zoneNames: zones,
    isCounted: false,
    udpReplyBytes: undefined,
    view: '',
    plugins: [],
    enabled: [],
    chain: async () => errorReply('', Rcode.REFUSED),
    shortCut: undefined,
    accepts: undefined,
    ...given,
  };
}

/** An exchange for these blocks, with what it sent and counted. */
export function exchanging(
  blocks: readonly Block[],
  takesAllClasses = false,
  given: (metrics: Metrics) => Partial<BlockExchangeOptions> = () => ({}),
) {
  const metrics = new Metrics();
  const thrown: unknown[] = [];
  const sent: Buffer[] = [];
  const local = { address: '10.96.0.10', port: 53 };
  const sink: ReplySink = { reply: (message) => void sent.push(Buffer.from(message)) };
  const clock = new FakeClock();
  const sheds = new Sheds({ clock, log: createLogger('silent'), metrics });
  const queue = new ChainQueue({ clock, metrics, sheds, schedule: queueMicrotask, age: clock });
  const exchange = new BlockExchange({
    blocks: new BlockTable(blocks),
    clock,
    metrics: new QueryMetrics(metrics, new ServerLabels([{ address: '', port: 53 }])),
    panics: metrics.counter('coredns_panics_total'),
    panicked: (error) => void thrown.push(error),
    queue,
    udpReplyBytes: 1232,
    takesAllClasses,
    ...given(metrics),
  });
  const output = Buffer.alloc(65_535);
  /** The reply that is there at once; undefined when it will come later. */
  const give = (
    query: Buffer,
    peer: SocketAddress = PEER,
    transport: Transport = 'udp',
  ): Buffer | undefined => {
    const receivedAt = clock.now();
    const asked = arrived(query, { offset: 3, peer, local, transport, sink, receivedAt });
    const written = exchange.answer(asked, output);
    return written === PENDING ? undefined : Buffer.from(output.subarray(0, written));
  };
  /** `www.example.org. A`, and the reply whenever it comes. */
  const ask = async (text: string, options: QueryOptions = {}): Promise<ReadReply> => {
    const [name = '', type = ''] = text.split(' ');
    const query = encodeQuery(name, type, options);
    const atOnce = give(query);
    await settled();
    return readReply(query, atOnce ?? sent.pop() ?? Buffer.alloc(0), 'udp');
  };
  return { clock, exchange, metrics, thrown, sent, give, ask };
}

/** A chain that says who it is. */
export function named(reply: Partial<Reply>): Next {
  return async () => ({ ...errorReply('whoami', Rcode.NOERROR), ...reply });
}
