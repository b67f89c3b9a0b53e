import type { NameSource } from '../config/name-sources.ts';
import type { Programmed, ServiceKind } from '../control/programmed.ts';
import type { ControlSettings } from '../control/protocol.ts';
import type { LoadSummary } from '../control/summary.ts';
import { Supervisor } from '../control/supervisor.ts';
import { startControlThread } from '../control/thread.ts';
import type { Metrics } from '../observe/metrics.ts';
import { LiveZone } from '../zone/live-zone.ts';
import type { Shared } from './shared.ts';

/** The names of one source: published, and kept up to date by a thread of their own. */
export class NameSet {
  readonly source: NameSource;
  readonly live: LiveZone;
  readonly #supervisor: Supervisor;
  readonly #synced: Promise<void>;
  #tellSynced: () => void = () => {};
  /** What was loaded last; undefined until everything has been read once. */
  summary: LoadSummary | undefined;

  constructor(
    source: NameSource,
    settings: Omit<ControlSettings, 'quarantine' | 'serverAddresses'>,
    { log, clock, metrics }: Shared,
  ) {
    this.source = source;
    this.live = new LiveZone(source.zone);
    this.#synced = new Promise((resolve) => {
      this.#tellSynced = resolve;
    });
    this.#supervisor = new Supervisor({
      log,
      clock,
      settings,
      live: this.live,
      startThread: startControlThread,
      onProgrammed: (programmed) => countProgrammed(metrics, programmed),
      onLoaded: (summary) => {
        this.summary = summary;
        this.#tellSynced();
      },
    });
  }

  start(serverAddresses: readonly string[]): void {
    this.#supervisor.start(serverAddresses);
  }

  setServerAddresses(addresses: readonly string[]): void {
    this.#supervisor.setServerAddresses(addresses);
  }

  /** Resolves when everything has been read once. */
  whenSynced(): Promise<void> {
    return this.#synced;
  }

  /** Ends the thread. The published names stay as they are. */
  stop(): Promise<void> {
    return this.#supervisor.stop();
  }
}

function countProgrammed(metrics: Metrics, { services, seconds }: Programmed): void {
  for (const [kind, count] of Object.entries(services) as [ServiceKind, number][]) {
    if (count === 0) continue;
    const name = 'coredns_kubernetes_dns_programming_duration_seconds';
    metrics.histogram(name, { service_kind: kind }).observe(seconds, count);
  }
}
