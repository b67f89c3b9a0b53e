import { isKept, type NameSource, nameSources, stateFiles } from '../config/name-sources.ts';
import type { Settings } from '../config/settings.ts';
import type { LoadSummary } from '../control/summary.ts';
import { type ControlSettings, zoneSettings } from '../control/thread/protocol.ts';
import { sourceSettings } from '../sources/source-settings.ts';
import type { Clock } from '../support/clock.ts';
import type { LiveZone } from '../zone/live-zone.ts';
import { NameSet } from './name-set.ts';
import type { Shared } from './shared.ts';

/** A source of names, and what its manifests came to. */
export interface LoadedNames {
  readonly source: NameSource;
  readonly summary: LoadSummary;
}

/**
 * All names of a configuration: a set for each source, shared by the server blocks whose
 * `kubernetes` would come to the same names.
 */
export class Names {
  readonly #settings: Settings;
  readonly #clock: Clock;
  /** By what they are made from. */
  readonly sets: ReadonlyMap<string, NameSet>;
  /** Those that no configuration before this one had. */
  readonly #fresh: readonly NameSet[];

  /**
   * `before` is what this takes the place of: sets that would be the same are taken over as they
   * are.
   */
  constructor(settings: Settings, shared: Shared, before?: Names) {
    this.#settings = settings;
    this.#clock = shared.clock;
    const sets = new Map<string, NameSet>();
    const fresh: NameSet[] = [];
    for (const source of nameSources(settings)) {
      const control = controlSettings(source, settings);
      const key = JSON.stringify(control);
      const known = before?.sets.get(key);
      const set = known ?? new NameSet(source, control, shared);
      if (known === undefined) fresh.push(set);
      sets.set(key, set);
    }
    this.sets = sets;
    this.#fresh = fresh;
  }

  /** The published names of a source of these settings. */
  liveOf(source: NameSource): LiveZone {
    return this.setOf(source).live;
  }

  /** The names of a source of these settings, and the objects behind them. */
  setOf(source: NameSource): NameSet {
    const set = this.sets.get(JSON.stringify(controlSettings(source, this.#settings)));
    if (set === undefined) throw new Error('Not a source of these settings');
    return set;
  }

  /** What has been read whole, in the order of the Corefile. */
  get loaded(): readonly LoadedNames[] {
    return [...this.sets.values()].flatMap(({ source, summary }) =>
      summary === undefined ? [] : [{ source, summary }],
    );
  }

  /** Begins to read what was not taken over. */
  start(serverAddresses: readonly string[]): void {
    for (const set of this.#fresh) set.start(serverAddresses);
  }

  setServerAddresses(addresses: readonly string[]): void {
    for (const set of this.sets.values()) set.setServerAddresses(addresses);
  }

  /** Resolves when everything has been read once; at once when there is nothing to read. */
  async whenSynced(): Promise<readonly LoadedNames[]> {
    await Promise.all([...this.sets.values()].map((set) => set.whenSynced()));
    return this.loaded;
  }

  /**
   * Resolves when what was not taken over has been read once, after `ms` in any case, and at once
   * when `signal` is aborted.
   */
  async whenSyncedOr(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#fresh.length === 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.setTimeout(() => done(), ms);
      const done = () => {
        timer.cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      signal.addEventListener('abort', done);
      void Promise.all(this.#fresh.map((set) => set.whenSynced())).then(done);
    });
  }

  /** Ends the reading of all names but those that `successor` has taken over. */
  async stop(successor?: Names): Promise<void> {
    const staying = new Set(successor?.sets.values());
    const going = [...this.sets.values()].filter((set) => !staying.has(set));
    await Promise.all(going.map((set) => set.stop()));
  }
}

/** With the options as they are: one of the control thread or of a source needs no line here. */
function controlSettings(
  source: NameSource,
  { options }: Settings,
): Omit<ControlSettings, 'quarantined' | 'serverAddresses'> {
  const { zone } = source;
  const { state } = options;
  return {
    ...options,
    source: sourceSettings(source, zone, { ...options, follow: true }),
    zone: zoneSettings(zone),
    state: isKept(state, source) ? stateFiles(state, source) : undefined,
  };
}
