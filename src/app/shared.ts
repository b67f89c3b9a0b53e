import type { SupervisorOptions } from '../control/thread/supervisor.ts';
import type { Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { OpenDatagram } from '../plugins/datagram.ts';
import type { ReplyWatcher } from '../server/askers/reply-watcher.ts';
import type { InheritedSockets } from '../server/listen/inherited-sockets.ts';
import type { Clock } from '../support/clock.ts';
import type { DescriptorBudget } from '../support/descriptor-budget.ts';
import type { Places } from '../support/slots.ts';
import type { AnsweringParts } from './answering-parts.ts';
import type { StartResolver } from './threads/start-thread.ts';

/** What every part of a server is given. */
export interface Shared {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Starts a control thread; `startControlThread` unless a test says otherwise. */
  readonly startThread?: SupervisorOptions['startThread'];
  /** Starts a resolver thread; `startResolverThread` unless a test says otherwise. */
  readonly startResolver?: StartResolver;
  /** Told what a change of manifests came to. */
  readonly onChanged?: SupervisorOptions['onChanged'];
  /** Sockets that were handed over to this process. */
  readonly inherited?: InheritedSockets | undefined;
}

/** The same, and what all configurations of one server share. */
export interface ServerParts extends Shared, AnsweringParts {
  /** The secrets of server cookies are made from it, in all threads. */
  readonly cookieSeed: Uint8Array;
  /** What of the files that may be open each use has. */
  readonly budget: DescriptorBudget;
  /** Places for sockets towards other servers. */
  readonly outgoing: Places;
  /** Opens UDP sockets towards other servers; undefined for `dgram`. */
  readonly openDatagram: OpenDatagram | undefined;
  /** Who is told of each reply. */
  readonly watchers: readonly ReplyWatcher[];
}
