import { problemText } from '../../kube/problem.ts';
import type { Clock, Timer } from '../../support/clock.ts';
import type { FileVersion, Source, SourceEvents, SourceReport } from '../source.ts';
import type { Sighting } from './objects/deletion-guard.ts';
import { loadFiles } from './objects/load-files.ts';
import { type FileChanges, ManifestObjects } from './objects/manifest-objects.ts';
import type { Disk } from './read/disk.ts';
import { type FolderChange, FolderWatcher } from './watch/folder-watcher.ts';

/** Which manifests, and how they are followed. Plain data. */
export interface FolderSettings {
  /** Folders or single files. */
  readonly manifests: readonly string[];
  /** Look at once when the operating system reports a change, not only at each rescan. */
  readonly watch: boolean;
  /** Read everything again this often, whatever was reported; 0 for never. */
  readonly rescanSeconds: number;
  /** Hold a change that would remove most of the Services until it has been seen twice. */
  readonly holdDeletions: boolean;
  /** Objects of a file that has become broken stay as they were last read. */
  readonly keepLastGood: boolean;
  /** Files that are not read as long as they are as they were then. */
  readonly quarantined: readonly FileVersion[];
}

/** A mass deletion is confirmed at the next rescan; without rescans after this long, ms. */
const CONFIRM_MS = 30_000;

/** Folders of manifests: watched, parsed, checked, and put together. */
export class FolderSource implements Source {
  readonly #settings: FolderSettings;
  readonly #clock: Clock;
  readonly #events: SourceEvents;
  readonly #watcher: FolderWatcher;
  readonly #objects: ManifestObjects;
  #isSynced = false;
  /** Set while a mass deletion waits to be seen again. */
  #confirming: Timer | undefined;

  constructor(
    settings: FolderSettings,
    { clock, disk }: { readonly clock: Clock; readonly disk: Disk },
    events: SourceEvents,
  ) {
    this.#settings = settings;
    this.#clock = clock;
    this.#events = events;
    const { holdDeletions, keepLastGood } = settings;
    this.#objects = new ManifestObjects({ holdDeletions, keepLastGood, step: events.step });
    this.#watcher = new FolderWatcher({
      paths: settings.manifests,
      clock,
      disk,
      watch: settings.watch,
      rescanMs: settings.rescanSeconds * 1000,
      onChange: (change) => this.#take(change),
    });
  }

  start(): void {
    this.#watcher.start();
  }

  async stop(): Promise<void> {
    this.#confirming?.cancel();
    await this.#watcher.stop();
  }

  report(): SourceReport {
    const report = this.#objects.report();
    return { ...report, problems: [...this.#watcher.problems, ...report.problems] };
  }

  #take(change: FolderChange): void {
    const { onWarning = () => {}, reading, step } = this.#events;
    for (const warning of change.warnings) onWarning(problemText(warning));
    const { quarantined } = this.#settings;
    const files = loadFiles(change, { reading, step, quarantined });
    this.#isSynced = change.isSynced;
    this.#deliver(files, 'event', oldest(change, this.#clock.now()));
  }

  #deliver(files: FileChanges, sighting: Sighting, changedAt: number | undefined): void {
    const objects = this.#objects.take(files, sighting);
    this.#events.onChange({ ...objects, isSynced: this.#isSynced, changedAt });
    this.#confirmLater();
  }

  /** Looks again when a mass deletion waits, and then believes it. */
  #confirmLater(): void {
    const services = this.#objects.heldServices;
    if (services === 0 || this.#confirming !== undefined) return;
    const rescanMs = this.#settings.rescanSeconds * 1000 || CONFIRM_MS;
    this.#events.onWarning?.(
      'Held back a change that would remove most Services, until it is seen again',
      { services, rescanMs },
    );
    this.#confirming = this.#clock.setTimeout(() => {
      this.#confirming = undefined;
      this.#watcher.rescan();
      this.#deliver(new Map(), 'rescan', undefined);
    }, rescanMs);
  }
}

/** When the first of the files became what it is now; without any, now. */
function oldest({ changed }: FolderChange, now: number): number {
  return changed.reduce((first, file) => Math.min(first, file.changedAt), now);
}
