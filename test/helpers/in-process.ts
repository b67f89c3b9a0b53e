import { changedView, newView } from '../../src/controllers/view-change.ts';
import { UDP_PAYLOAD_BYTES } from '../../src/dns/edns.ts';
import { ROOT } from '../../src/dns/name.ts';
import type { Transport } from '../../src/dns/query.ts';
import type { NamespaceView } from '../../src/kube/objects.ts';
import { createLogger } from '../../src/observe/log.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { linkChain } from '../../src/plugins/reply.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { type Block, BlockTable } from '../../src/server/answer/block.ts';
import { BlockExchange } from '../../src/server/answer/block-exchange.ts';
import { QueryMetrics, ServerLabels } from '../../src/server/answer/query-metrics.ts';
import { Resolver } from '../../src/server/answer/resolver.ts';
import { ChainQueue } from '../../src/server/queue/chain-queue.ts';
import { Sheds } from '../../src/server/queue/sheds.ts';
import type { FolderSettings } from '../../src/sources/folder/folder-source.ts';
import { systemClock } from '../../src/support/clock.ts';
import { ClusterRule } from '../../src/zone/cluster.ts';
import { type NameChanges, NameCompiler } from '../../src/zone/compiler.ts';
import { LiveZone, type ZoneChange } from '../../src/zone/live-zone.ts';
import { ZONE_DEFAULTS, type ZoneOptions } from '../../src/zone/options.ts';
import { arrived } from './arrived.ts';

/** How a server reads its manifests when nothing is said. */
export function folderSettings(manifests: readonly string[]): FolderSettings {
  const kind = 'folder';
  return {
    kind,
    manifests,
    rescanSeconds: 30,
    watch: true,
    holdDeletions: true,
    keepLastGood: true,
  };
}

/** The defaults of a `kubernetes` block with pods insecure. */
export const ZONE_OPTIONS: ZoneOptions = {
  ...ZONE_DEFAULTS,
  zones: ['cluster.local', 'in-addr.arpa', 'ip6.arpa'],
  pods: 'insecure',
};

const PEER = { address: '127.0.0.1', port: 40_000 };

/** The whole query path without sockets and without a control thread: one block, one plugin. */
export class InProcessServer {
  readonly live: LiveZone;
  readonly compiler: NameCompiler;
  readonly exchange: BlockExchange;
  readonly #views = new Map<string, NamespaceView>();
  readonly #output = Buffer.alloc(65_535);

  /** `registry` has the Services that clusters share. */
  constructor(options: Partial<ZoneOptions> = {}, registry?: Registry) {
    const all = { ...ZONE_OPTIONS, ...options };
    this.live = new LiveZone(all);
    this.compiler = new NameCompiler(new ClusterRule(all, registry));
    this.exchange = kubernetesOnly(this.live);
  }

  /** Takes these namespaces as new or changed, and answers from then on. */
  load(
    views: readonly NamespaceView[],
    serverAddresses: readonly string[] = ['192.0.2.53'],
    gone: readonly string[] = [],
  ): this {
    for (const name of gone) this.#views.delete(name);
    const changes = views.map((view) => {
      const before = this.#views.get(view.name);
      this.#views.set(view.name, view);
      return before === undefined ? newView(view) : changedView(before, view, true);
    });
    this.live.apply(
      asChange(this.compiler.update({ views: changes, gone, serverAddresses })),
      1_700_000_000,
    );
    this.live.isSynced = true;
    return this;
  }

  /** The reply's bytes; empty when there is none. */
  answer(query: Buffer, transport: Transport = 'udp'): Buffer {
    const receivedAt = systemClock.now();
    const asked = arrived(query, { peer: PEER, transport, receivedAt });
    const length = this.exchange.answer(asked, this.#output);
    return Buffer.from(this.#output.subarray(0, length));
  }
}

/** A block that holds nothing but `kubernetes`, with nothing around it. */
function kubernetesOnly(live: LiveZone): BlockExchange {
  const metrics = new Metrics();
  const block: Block = {
    zones: [ROOT],
    zoneNames: [''],
    isCounted: false,
    view: '',
    udpReplyBytes: undefined,
    plugins: [],
    enabled: [],
    chain: linkChain([]),
    shortCut: new Resolver(live, { refuseOthers: true, endAliases: true }),
    accepts: undefined,
  };
  const sheds = new Sheds({ clock: systemClock, log: createLogger('silent'), metrics });
  return new BlockExchange({
    blocks: new BlockTable([block]),
    clock: systemClock,
    metrics: new QueryMetrics(metrics, new ServerLabels([{ address: '', port: 53 }])),
    panics: metrics.counter('coredns_panics_total'),
    panicked: (error) => {
      throw error;
    },
    queue: new ChainQueue({ clock: systemClock, metrics, sheds }),
    udpReplyBytes: UDP_PAYLOAD_BYTES,
    takesAllClasses: false,
  });
}

export function asChange(changes: NameChanges): ZoneChange {
  const entries = [...changes];
  const set = entries.flatMap(([key, name]) => (name === null ? [] : [{ key, name }]));
  return {
    keys: set.map(({ key }) => key),
    names: set.map(({ name }) => name),
    gone: entries.flatMap(([key, name]) => (name === null ? [key] : [])),
  };
}
