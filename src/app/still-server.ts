import type { NameSource } from '../config/name-sources.ts';
import type { Settings } from '../config/settings.ts';
import { Rcode } from '../dns/codes.ts';
import { MAX_MESSAGE_BYTES } from '../dns/framing.ts';
import { Query, type SocketAddress } from '../dns/query.ts';
import type { Problem } from '../kube/problem.ts';
import { createLogger } from '../observe/log.ts';
import { Metrics } from '../observe/metrics.ts';
import type { Chains } from '../server/blocks/chains.ts';
import { type Exchange, PENDING } from '../server/exchange.ts';
import { ChainQueue } from '../server/queue/chain-queue.ts';
import { Sheds } from '../server/queue/sheds.ts';
import type { Clock } from '../support/clock.ts';
import type { LiveZone } from '../zone/live-zone.ts';
import { usableChains } from './problems.ts';

/** Who asks: a program of this machine. */
const CLIENT: SocketAddress = { address: '127.0.0.1', port: 53_535 };

/** Without limits of a datagram. */
const TRANSPORT = 'tcp';

/**
 * What a server of these settings answers, with the names of each source as `liveOf` has them; or
 * what is wrong, when a plugin cannot be made as the Corefile asks.
 */
export function stillServer(
  settings: Settings,
  liveOf: (source: NameSource) => LiveZone,
  clock: Clock,
): StillServer | { readonly problems: readonly Problem[] } {
  const log = createLogger('silent');
  const metrics = new Metrics();
  const queue = new ChainQueue({ clock, metrics, sheds: new Sheds({ clock, log, metrics }) });
  const chains = usableChains(settings, liveOf, queue);
  return 'problems' in chains ? chains : new StillServer(chains, clock);
}

/** Answers without a socket, a thread or a file that is written, from names that were read once. */
class StillServer {
  readonly #chains: Chains;
  readonly #clock: Clock;
  readonly #output = Buffer.alloc(MAX_MESSAGE_BYTES);

  constructor(chains: Chains, clock: Clock) {
    this.#chains = chains;
    this.#clock = clock;
  }

  start(): Promise<void> {
    return this.#chains.start();
  }

  stop(): Promise<void> {
    return this.#chains.stop();
  }

  /**
   * The reply to a query. Where the Corefile serves several ports, it is that of the first that
   * does not refuse the question. Undefined when no reply comes.
   */
  async ask(query: Buffer): Promise<Buffer | undefined> {
    let last: Buffer | undefined;
    for (const { exchange, listen } of this.#chains.groups) {
      const reply = await this.#askOne(exchange, query, listen[0] ?? CLIENT);
      last = reply ?? last;
      if (reply !== undefined && (reply[3]! & 0xf) !== Rcode.REFUSED) return reply;
    }
    return last;
  }

  #askOne(exchange: Exchange, bytes: Buffer, local: SocketAddress): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const query = Object.assign(new Query(), {
        input: bytes,
        length: bytes.length,
        peer: CLIENT,
        local,
        transport: TRANSPORT,
        receivedAt: this.#clock.now(),
        sink: { reply: (message: Uint8Array) => resolve(given(message)) },
      });
      const length = exchange.answer(query, this.#output);
      if (length !== PENDING) resolve(given(this.#output.subarray(0, length)));
    });
  }
}

/** The buffer is used again for the next reply. */
function given(message: Uint8Array): Buffer | undefined {
  return message.length === 0 ? undefined : Buffer.from(message);
}
