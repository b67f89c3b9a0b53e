import { ChainQueue } from '../server/queue/chain-queue.ts';
import { Sheds, type ShedsOptions } from '../server/queue/sheds.ts';
import type { DatagramTransport } from '../server/udp/datagrams.ts';
import { SocketLoad } from '../server/udp/socket-load.ts';
import type { UdpTransport } from '../server/udp/transport.ts';
import { processHeap } from '../support/heap.ts';
import { NewSpace } from '../support/new-space.ts';

/** What a thread that answers has, whatever its configuration. */
export interface AnsweringParts {
  readonly sheds: Sheds;
  /** Where questions for the plugins wait. */
  readonly queue: ChainQueue;
  /** What carries queries over UDP. */
  readonly datagrams: DatagramTransport;
  /** Datagrams that have come. */
  readonly arrived: () => number;
}

/** Makes them. `carrier` is a transport's; `fullTurn` as in `SocketLoad`. */
export function answeringParts(
  shared: ShedsOptions,
  carrier: UdpTransport['datagrams'],
  { fullTurn }: { readonly fullTurn: number },
): AnsweringParts {
  const { clock, log, metrics } = shared;
  const now = () => clock.now();
  const sheds = new Sheds(shared);
  const load = new SocketLoad({ now, metrics, sheds, fullTurn });
  const datagrams = carrier({ log, metrics, now, load });
  const arrived = () => load.total;
  const newSpace = processHeap.isSmall ? new NewSpace() : undefined;
  const queue = new ChainQueue({ clock, metrics, sheds, arrived, fullTurn, newSpace });
  return { sheds, queue, datagrams, arrived };
}
