import type { Settings } from '../config/settings.ts';
import type { ControlSettings } from '../control/protocol.ts';
import type { LoadSummary } from '../control/summary.ts';
import { Supervisor } from '../control/supervisor.ts';
import { startControlThread, zoneSettings } from '../control/thread.ts';
import type { Logger } from '../observe/log.ts';
import type { Clock } from '../support/clock.ts';
import { LiveZone } from '../zone/live-zone.ts';

/** The published names of one configuration, and the thread that reads them. */
export class Names {
  readonly live: LiveZone;
  readonly #key: string;
  readonly #supervisor: Supervisor | undefined;
  readonly #clock: Clock;
  readonly #synced: Promise<LoadSummary>;
  #tellSynced: (summary: LoadSummary) => void = () => {};
  summary: LoadSummary | undefined;

  constructor(settings: Settings, shared: { log: Logger; clock: Clock }) {
    this.live = new LiveZone(settings.zone);
    this.#key = namesKey(settings);
    this.#clock = shared.clock;
    this.#synced = new Promise((resolve) => {
      this.#tellSynced = resolve;
    });
    // A Corefile without `kubernetes` has nothing to read.
    if (settings.manifests.length === 0) {
      this.live.isSynced = true;
      this.#loaded(EMPTY_SUMMARY);
      return;
    }
    this.#supervisor = new Supervisor({
      ...shared,
      settings: controlSettings(settings),
      live: this.live,
      startThread: startControlThread,
      onLoaded: (summary) => this.#loaded(summary),
    });
  }

  /** Would other settings come to the same names? */
  isFor(settings: Settings): boolean {
    return this.#key === namesKey(settings);
  }

  start(serverAddresses: readonly string[]): void {
    this.#supervisor?.start(serverAddresses);
  }

  setServerAddresses(addresses: readonly string[]): void {
    this.#supervisor?.setServerAddresses(addresses);
  }

  whenSynced(): Promise<LoadSummary> {
    return this.#synced;
  }

  async whenSyncedOr(ms: number): Promise<void> {
    const late = new Promise<void>((resolve) => {
      const timer = this.#clock.setTimeout(resolve, ms);
      void this.#synced.then(() => timer.cancel());
    });
    await Promise.race([this.#synced, late]);
  }

  async stop(): Promise<void> {
    await this.#supervisor?.stop();
  }

  #loaded(summary: LoadSummary): void {
    this.summary = summary;
    this.#tellSynced(summary);
  }
}

const EMPTY_SUMMARY: LoadSummary = {
  files: 0,
  namespaces: [],
  names: 0,
  passedOver: [],
  refusedDocuments: 0,
  problems: [],
};

/** Equal for settings that make the same names from the same files. */
function namesKey(settings: Settings): string {
  return JSON.stringify(controlSettings(settings));
}

function controlSettings(
  settings: Settings,
): Omit<ControlSettings, 'quarantine' | 'serverAddresses'> {
  const { manifests, rescanSeconds, watch, holdMassDeletions } = settings;
  const zone = zoneSettings(settings.zone);
  return { manifests, zone, rescanSeconds, watch, holdMassDeletions };
}
