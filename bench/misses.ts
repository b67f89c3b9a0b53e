import type { Buffer as Bytes } from 'node:buffer';
import { ROOT } from '../src/dns/name.ts';
import type { SocketAddress } from '../src/dns/query.ts';
import { createLogger } from '../src/observe/log.ts';
import { Metrics } from '../src/observe/metrics.ts';
import { plugin as cache } from '../src/plugins/cache/setup.ts';
import type { Datagram, DatagramEvents } from '../src/plugins/datagram.ts';
import { plugin as errors } from '../src/plugins/errors/setup.ts';
import { setupIn } from '../src/plugins/forward/setup.ts';
import { thisMachine } from '../src/plugins/forward/transport/machine.ts';
import { plugin as loadbalance } from '../src/plugins/loadbalance/setup.ts';
import type { Plugin, PluginContext, PluginSetup } from '../src/plugins/plugin.ts';
import { linkChain } from '../src/plugins/reply.ts';
import { BlockTable } from '../src/server/answer/block.ts';
import { BlockExchange } from '../src/server/answer/block-exchange.ts';
import { BlockRelay } from '../src/server/answer/block-relay.ts';
import { QueryMetrics, ServerLabels } from '../src/server/answer/query-metrics.ts';
import { Resolver } from '../src/server/answer/resolver.ts';
import { ChainQueue } from '../src/server/queue/chain-queue.ts';
import { Sheds } from '../src/server/queue/sheds.ts';
import { systemClock } from '../src/support/clock.ts';
import { bufferedRandom, randomIndexFrom } from '../src/support/random.ts';
import { LiveZone } from '../src/zone/live-zone.ts';
import { arrived } from '../test/helpers/arrived.ts';
import { ZONE_OPTIONS } from '../test/helpers/in-process.ts';
import { pluginOf, testContext } from '../test/helpers/plugin-harness.ts';
import { encodeQuery } from '../test/helpers/query.ts';
import { upstreamReply } from './bare.ts';

/** Questions that come in one look at the sockets. */
const AT_ONCE = 8;

/**
 * The whole way of forwarded names that nobody has asked for, through the plugins of the stock
 * Corefile, with functions in the place of sockets.
 */
export class Misses {
  readonly #exchange: BlockExchange;
  readonly #output = Buffer.alloc(65_535);
  readonly #waiting: (() => void)[] = [];
  #asked = 0;
  #answered = 0;

  constructor() {
    const metrics = new Metrics();
    const log = createLogger('silent');
    const sheds = new Sheds({ clock: systemClock, log, metrics });
    const queue = new ChainQueue({ clock: systemClock, metrics, sheds });
    const context: PluginContext = {
      ...testContext(),
      clock: systemClock,
      log,
      metrics,
      random: bufferedRandom(),
      later: queue.later,
    };
    const made = (setup: PluginSetup, line: string): Plugin => pluginOf(setup, line, context);
    const sockets = { ...thisMachine.sockets, datagram: this.#datagram };
    const plugins = [
      made(errors.setup, 'errors'),
      made(loadbalance.setup, 'loadbalance'),
      made(cache.setup, 'cache 30'),
      made(setupIn({ ...thisMachine, sockets }), 'forward . 192.0.2.1'),
    ];
    for (const plugin of plugins) void plugin.start?.();
    const { keeper } = plugins[2]!;
    const { relaying, name } = plugins[3]!;
    const live = new LiveZone({ ...ZONE_OPTIONS });
    live.isSynced = true;
    this.#exchange = new BlockExchange({
      blocks: new BlockTable([
        {
          zones: [ROOT],
          zoneNames: [''],
          isCounted: true,
          view: '',
          udpReplyBytes: undefined,
          plugins,
          enabled: [],
          chain: linkChain(plugins),
          shortCut: new Resolver(live),
          relay: new BlockRelay({
            relaying: relaying!,
            plugin: name,
            keeper: keeper!,
            parts: [],
            random: randomIndexFrom(context.random),
          }),
          accepts: undefined,
        },
      ]),
      clock: systemClock,
      metrics: new QueryMetrics(metrics, new ServerLabels([{ address: '', port: 53 }])),
      panics: metrics.counter('coredns_panics_total'),
      panicked: (error) => {
        throw error;
      },
      queue,
      udpReplyBytes: 1232,
      takesAllClasses: false,
    });
  }

  /** Asks for so many names. */
  async ask(count: number): Promise<void> {
    const sink = { reply: () => void this.#answered++ };
    const peer = { address: '127.0.0.1', port: 40_000 };
    const names = Array.from({ length: count }, (_, at) => {
      const number = this.#asked + at;
      return encodeQuery(
        `${number % 2 ? 'a' : 'n'}${(number * 7919).toString(36)}.r.example.`,
        'A',
      );
    });
    const end = this.#asked + count;
    while (this.#answered < end) {
      for (let i = 0; i < AT_ONCE && this.#asked < end; i++) {
        const bytes = names[count - (end - this.#asked++)]!;
        const query = arrived(bytes, { peer, sink, receivedAt: systemClock.now() });
        this.#exchange.answer(query, this.#output);
      }
      await new Promise((resolve) => setImmediate(resolve));
      for (const reply of this.#waiting.splice(0)) reply();
    }
  }

  readonly #datagram = (
    _to: SocketAddress,
    _source: string | undefined,
    events: DatagramEvents,
  ): Datagram => ({
    send: (bytes: Bytes) => {
      const reply = upstreamReply(bytes);
      this.#waiting.push(() => events.received(reply));
    },
    close: () => {},
  });
}
