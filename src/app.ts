import { close } from './app/close.ts';
import { servingServer } from './app/explained-server.ts';
import type { LoadedNames } from './app/names.ts';
import { reload } from './app/reload.ts';
import type { Shared } from './app/shared.ts';
import { start } from './app/start.ts';
import type { Settings } from './config/settings.ts';
import type { SocketAddress } from './dns/query.ts';
import { type ExplainRequest, explain } from './explain/engine.ts';
import type { Explanation } from './explain/explanation.ts';
import type { Origin } from './kube/objects.ts';
import type { Problem } from './kube/problem.ts';
import type { Logger } from './observe/log.ts';
import { Metrics } from './observe/metrics.ts';
import { PLUGIN_METRICS } from './plugins/order.ts';
import type { InheritedSockets } from './server/listen/inherited-sockets.ts';
import type { UdpTransport } from './server/udp/transport.ts';
import { type Clock, systemClock } from './support/clock.ts';

export { chainProblems } from './app/problems.ts';

export interface AppOptions {
  readonly log: Logger;
  readonly metrics?: Metrics;
  readonly clock?: Clock;
  /** Starts the threads that read manifests; a test's own. */
  readonly startThread?: NonNullable<Shared['startThread']>;
  /** Starts resolver threads beside the main one; a test's own. */
  readonly startResolver?: NonNullable<Shared['startResolver']>;
  /** Open sockets to serve at, where they are those that the settings ask for. */
  readonly inherited?: InheritedSockets;
}

/** A running server. */
export interface App {
  /** Every address that is answered on, over UDP and TCP. */
  readonly addresses: readonly SocketAddress[];
  readonly admin: SocketAddress | undefined;
  /** What carries queries over UDP, to how many threads. */
  readonly transport: Pick<UdpTransport, 'name' | 'missing'> & { readonly threads: number };
  /** Lines of the Corefile that send nothing on, as all of their servers are this one. */
  readonly leadingBack: readonly Origin[];
  /** What each source of names came to when it was last read; without those never read whole. */
  readonly loaded: readonly LoadedNames[];
  /** Resolves when everything has been read once; until then names of the zones get SERVFAIL. */
  whenSynced(): Promise<readonly LoadedNames[]>;
  /** Why a name has its answer. */
  explain(request: ExplainRequest): Promise<Explanation>;
  /**
   * Goes on with other settings, without losing a query. Returns what is wrong with them; with an
   * error among it, nothing has changed.
   *
   * @throws ListenError when an address cannot be listened on; then nothing has changed.
   */
  reload(settings: Settings): Promise<readonly Problem[]>;
  /** Answers what is still due, then lets go of every socket and thread. */
  close(): Promise<void>;
}

/**
 * Puts the parts together and starts them.
 *
 * @throws ListenError when an address cannot be listened on; then nothing is left running.
 * @throws InheritedError when there is a socket at which nothing is to be served.
 * @throws ChainError when a plugin cannot be made as the Corefile asks.
 */
export async function startApp(settings: Settings, options: AppOptions): Promise<App> {
  const { metrics = new Metrics(PLUGIN_METRICS), clock = systemClock } = options;
  const serving = await start(settings, { ...options, metrics, clock });
  let reloading: Promise<unknown> = Promise.resolve();
  return {
    get addresses() {
      return serving.sockets.addresses;
    },
    get admin() {
      return serving.admins.addresses[0];
    },
    get transport() {
      return { ...serving.transport, threads: serving.threads.wanted };
    },
    get leadingBack() {
      return serving.current.chains.leadingBack();
    },
    get loaded() {
      return serving.current.names.loaded;
    },
    explain: (request) => explain(request, servingServer(serving)),
    whenSynced: () => serving.current.names.whenSynced(),
    reload: (wanted) => {
      // One after the other: each takes the place of the one before it.
      const done = reloading.then(() => reload(serving, wanted));
      reloading = done.catch(() => undefined);
      return done;
    },
    close: () => close(serving, reloading),
  };
}
