import type { KubeObject } from '../../kube/objects.ts';
import { problemText } from '../../kube/problem.ts';
import type { ObjectChange } from '../../registry/registry.ts';
import type { Clock, Timer } from '../../support/clock.ts';
import type { HoldReason, Piece, Source, SourceEvents, SourceReport } from '../source.ts';
import { inputFile, inputProblems, STDIN } from '../standard-input.ts';
import type { KnownTexts } from './objects/known-texts.ts';
import { loadFiles } from './objects/load-files.ts';
import { ManifestObjects } from './objects/manifest-objects.ts';
import type { Disk } from './read/disk.ts';
import { manifestsBut } from './read/selection.ts';
import { renderedSource } from './render/rendered-source.ts';
import { Renderings } from './render/renderings.ts';
import { systemTools, type Tools } from './render/tools.ts';
import { type FolderChange, FolderWatcher } from './watch/folder-watcher.ts';

/** Which manifests, and how they are followed. Plain data. */
export interface FolderSettings {
  readonly kind: 'folder';
  /** Folders or single files, and what others render: items of `readManifests`. */
  readonly manifests: readonly string[];
  /** Globs of files and folders that are left out; by default none. */
  readonly exclude?: readonly string[];
  /** Look at once when the operating system reports a change, not only at each rescan. */
  readonly watch: boolean;
  /** Read everything again this often, whatever was reported; 0 for never. */
  readonly rescanSeconds: number;
  /** Hold a change that would remove many of the Services until it has been seen twice. */
  readonly holdDeletions: boolean;
  /** Objects of a file that has become broken stay as they were last read. */
  readonly keepLastGood: boolean;
}

/** What it uses of the world, and of the run before it. */
export interface FolderWorld {
  readonly clock: Clock;
  readonly disk: Disk;
  /** What standard input held, when that is among the manifests. */
  readonly input?: Uint8Array | undefined;
  /** Files that are not read as long as they are as they were then. */
  readonly quarantined?: readonly Piece[];
  /** The programs that render manifests; by default those on the PATH. */
  readonly tools?: Tools | undefined;
}

/** A mass deletion is confirmed at the next rescan; without rescans after this long, ms. */
const CONFIRM_MS = 30_000;

/**
 * Files that were deleted on purpose are believed when nothing has changed for this long, ms: by
 * then it shows whether their folder is being emptied.
 */
const QUIET_MS = 2000;

/** Services named in the log. */
const MAX_NAMED = 3;

/** Folders of manifests: watched, parsed, checked, and put together. */
export class FolderSource implements Source {
  readonly #settings: FolderSettings;
  readonly #world: FolderWorld;
  readonly #clock: Clock;
  readonly #events: SourceEvents;
  readonly #watcher: FolderWatcher;
  readonly #renderings: Renderings;
  readonly #objects: ManifestObjects;
  readonly #known = new Map<string, KnownTexts>();
  /** Of the folders alone. */
  #isSynced = false;
  #hasInput = false;
  /** Set while a mass deletion waits to be seen again. */
  #confirming: Timer | undefined;
  /** Set until nothing has changed for a while, when something is held. */
  #quiet: Timer | undefined;
  /** That something is held has been logged. */
  #isHoldLogged = false;

  constructor(settings: FolderSettings, world: FolderWorld, events: SourceEvents) {
    const { clock, disk } = world;
    this.#settings = settings;
    this.#world = world;
    this.#clock = clock;
    this.#events = events;
    const { holdDeletions, keepLastGood } = settings;
    this.#objects = new ManifestObjects({ holdDeletions, keepLastGood, step: events.step });
    const followed = {
      clock,
      disk,
      watch: settings.watch,
      rescanMs: settings.rescanSeconds * 1000,
      workingFolder: process.cwd(),
    };
    this.#watcher = new FolderWatcher({
      ...followed,
      paths: settings.manifests.filter(
        (item) => item !== STDIN && renderedSource(item) === undefined,
      ),
      selection: manifestsBut(settings.exclude ?? []),
      onChange: (change) => this.#take(change),
    });
    this.#renderings = new Renderings(settings.manifests, {
      ...followed,
      tools: world.tools ?? systemTools(),
      onFile: (file) =>
        this.#take({ changed: [file], removed: [], warnings: [], isSynced: this.#isSynced }),
      onWarning: (warning) => this.#events.onWarning?.(problemText(warning)),
    });
  }

  /** A folder is read at once, while this is called; what others render comes later. */
  start(): Promise<void> {
    this.#watcher.start();
    return this.#renderings.start();
  }

  async stop(): Promise<void> {
    this.#confirming?.cancel();
    this.#quiet?.cancel();
    await Promise.all([this.#watcher.stop(), this.#renderings.stop()]);
  }

  report(): SourceReport {
    const report = this.#objects.report();
    const problems = [
      ...this.#watcher.problems,
      ...this.#renderings.problems,
      ...inputProblems(this.#world.input),
    ];
    return { ...report, problems: [...problems, ...report.problems] };
  }

  heldBack(object: KubeObject): HoldReason | undefined {
    return this.#objects.heldBack(object);
  }

  #take(found: FolderChange): void {
    const change = this.#withInput(found);
    const { onWarning = () => {}, reading, readingAt, step, observer } = this.#events;
    for (const warning of change.warnings) onWarning(problemText(warning));
    const { quarantined } = this.#world;
    const known = this.#known;
    const files = loadFiles(change, { reading, readingAt, step, quarantined, known, observer });
    this.#isSynced = change.isSynced;
    this.#deliver(this.#objects.take(files, 'event'), oldest(change, this.#clock.now()));
    this.#quiet?.cancel();
    this.#quiet = undefined;
    if (this.#objects.heldServices.size === 0) return;
    this.#quiet = this.#clock.setTimeout(() => this.#believeMeant(), QUIET_MS);
    // What was deleted on purpose is held for a moment only, and so it is not worth a line.
    if (!this.#objects.holdsOnlyFiles || this.#meantFiles().size === 0) this.#logHold();
  }

  /** The first change has what was read before it. */
  #withInput(change: FolderChange): FolderChange {
    const { input } = this.#world;
    if (input === undefined || this.#hasInput) return change;
    this.#hasInput = true;
    return { ...change, changed: [inputFile(input, this.#clock.now()), ...change.changed] };
  }

  #deliver(objects: ObjectChange, changedAt: number | undefined): void {
    const isSynced = this.#isSynced && this.#renderings.isSynced;
    this.#events.onChange({ ...objects, isSynced, changedAt });
    const isHolding = this.#objects.heldServices.size > 0;
    this.#watcher.isInDoubt = isHolding;
    if (isHolding) {
      this.#confirmLater();
      return;
    }
    this.#isHoldLogged = false;
    this.#confirming?.cancel();
    this.#confirming = undefined;
  }

  /** Looks again when a mass deletion waits, and then believes it. */
  #confirmLater(): void {
    this.#confirming ??= this.#clock.setTimeout(() => {
      this.#confirming = undefined;
      this.#watcher.rescan();
      this.#deliver(this.#objects.take(new Map(), 'rescan'), undefined);
    }, this.#confirmMs);
  }

  /** Looks again, and lets go of the files that were deleted on purpose. */
  #believeMeant(): void {
    this.#quiet = undefined;
    this.#watcher.rescan();
    if (this.#quiet !== undefined) return; // something has changed meanwhile
    const meant = this.#meantFiles();
    if (meant.size > 0) this.#deliver(this.#objects.take(new Map(), 'event', meant), undefined);
    if (this.#objects.heldServices.size > 0) this.#logHold();
  }

  #meantFiles(): ReadonlySet<string> {
    return new Set(this.#objects.heldFiles.filter((file) => this.#watcher.isMeant(file)));
  }

  get #confirmMs(): number {
    return this.#settings.rescanSeconds * 1000 || CONFIRM_MS;
  }

  /** Says once what is held, for how long, and how not to. */
  #logHold(): void {
    if (this.#isHoldLogged) return;
    this.#isHoldLogged = true;
    const names = [...this.#objects.heldServices];
    const more = names.length - MAX_NAMED;
    const some = names.slice(0, MAX_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
    const seconds = this.#confirmMs / 1000;
    this.#events.onWarning?.(
      `Held back the removal of ${names.length} of ${this.#objects.services} Services for up to ${seconds} s, until a second look at the folder confirms it: ${some}. --hold-deletions off takes such changes at once`,
      { services: names.length, rescanMs: this.#confirmMs },
    );
  }
}

/** When the first of the files became what it is now; without any, now. */
function oldest({ changed }: FolderChange, now: number): number {
  return changed.reduce((first, file) => Math.min(first, file.changedAt), now);
}
