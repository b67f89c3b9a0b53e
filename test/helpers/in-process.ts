import type { NamespaceView } from '../../src/kube/objects.ts';
import { EVERYTHING } from '../../src/kube/selector.ts';
import type { Transport } from '../../src/server/exchange.ts';
import { Resolver } from '../../src/server/resolver.ts';
import { type NameChanges, ZoneCompiler } from '../../src/zone/compiler.ts';
import { LiveZone, type ZoneChange } from '../../src/zone/live-zone.ts';
import type { ZoneOptions } from '../../src/zone/options.ts';

/** The defaults of a `kubernetes` block with pods insecure. */
export const ZONE_OPTIONS: ZoneOptions = {
  zones: ['cluster.local', 'in-addr.arpa', 'ip6.arpa'],
  ttl: 5,
  pods: 'insecure',
  endpointPodNames: false,
  ignoreEmptyService: false,
  noEndpoints: false,
  namespaces: [],
  namespaceLabels: EVERYTHING,
  labels: EVERYTHING,
};

const PEER = { address: '127.0.0.1', port: 40_000 };
const SINK = { reply: () => {} };

/** The whole query path without sockets and without a control thread. */
export class InProcessServer {
  readonly live: LiveZone;
  readonly compiler: ZoneCompiler;
  readonly resolver: Resolver;
  readonly #output = Buffer.alloc(65_535);

  constructor(options: Partial<ZoneOptions> = {}) {
    const all = { ...ZONE_OPTIONS, ...options };
    this.live = new LiveZone(all);
    this.compiler = new ZoneCompiler(all);
    this.resolver = new Resolver(this.live);
  }

  /** Takes these namespaces as new or changed, and answers from then on. */
  load(
    views: Iterable<NamespaceView>,
    serverAddresses: readonly string[] = ['192.0.2.53'],
    gone: Iterable<string> = [],
  ): void {
    this.live.apply(asChange(this.compiler.update(views, gone, serverAddresses)), 1_700_000_000);
    this.live.isSynced = true;
  }

  /** The reply's bytes; empty when there is none. */
  answer(query: Buffer, transport: Transport = 'udp'): Buffer {
    const length = this.resolver.answer(query, query.length, PEER, transport, this.#output, SINK);
    return Buffer.from(this.#output.subarray(0, length));
  }
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
