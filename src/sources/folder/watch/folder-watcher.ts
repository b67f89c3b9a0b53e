import { resolve } from 'node:path';
import { wholeFile } from '../../../kube/origin.ts';
import type { Problem } from '../../../kube/problem.ts';
import type { Clock, Timer } from '../../../support/clock.ts';
import { Debounce } from '../../../support/debounce.ts';
import { displayName } from '../../../support/paths.ts';
import { type Disk, realDisk } from '../read/disk.ts';
import type { ChangedFile, Look } from '../read/file-changes.ts';
import type { FoundFile } from '../read/found-files.ts';
import { KnownFiles } from '../read/known-files.ts';
import { type Scan, scanFolders } from '../read/scan.ts';
import { ScanPlaces } from '../read/scan-places.ts';
import type { Selection } from '../read/selection.ts';
import { Warnings } from '../report/warnings.ts';
import { type Doorbell, type OpenDoorbell, openDoorbell } from './doorbell.ts';
import { MeantRemovals } from './meant-removals.ts';
import { Pace } from './pace.ts';

/** One step from what the folders said to what they say now; to be taken as a whole. */
export interface FolderChange {
  /**
   * Files that are new, have new content, or can no longer be read; in the order of their paths.
   */
  readonly changed: readonly ChangedFile[];
  /** Files that are gone, as named in Origins. */
  readonly removed: readonly string[];
  /** News about folders, links and the watcher, each said once, to be logged. */
  readonly warnings: readonly Problem[];
  /**
   * Whether every watched path has been looked into at least once. Until then names may be missing.
   */
  readonly isSynced: boolean;
}

export interface FolderWatcherOptions {
  /** Folders or single files; relative ones from the working folder. */
  readonly paths: readonly string[];
  /** What counts of the folders; by default manifests. */
  readonly selection?: Selection | undefined;
  readonly clock: Clock;
  /** Look at once when the operating system reports a change, not only at each rescan. */
  readonly watch: boolean;
  /** Read everything again this often, whatever was reported; 0 for never; ms. */
  readonly rescanMs: number;
  /** Called from `start()` once, and then for every change. */
  readonly onChange: (change: FolderChange) => void;
  readonly disk?: Disk;
  readonly openDoorbell?: OpenDoorbell;
  /** What names in Origins are relative to. */
  readonly workingFolder?: string;
}

/**
 * Turns folders of manifests into parsed documents, and keeps doing so as they change.
 *
 * Events only ring a bell: a ConfigMap update arrives as a dozen of them, and a replaced folder as
 * none. What counts is the difference between two scans. The file system calls block, so this
 * belongs in the control thread.
 *
 * A file's content is final only when it looks so: see EMPTY_FOR_MS, MISSING_FOR_MS and SETTLE_MS.
 * A folder that cannot be looked into keeps what it held.
 */
export class FolderWatcher {
  #paths: readonly string[] = [];
  readonly #selection: Selection | undefined;
  readonly #clock: Clock;
  readonly #rescanMs: number;
  readonly #onChange: (change: FolderChange) => void;
  readonly #disk: Disk;
  readonly #workingFolder: string;
  readonly #openDoorbell: OpenDoorbell | undefined;
  readonly #known: KnownFiles;
  readonly #warnings = new Warnings();
  readonly #meant: MeantRemovals;
  readonly #pace = new Pace();
  readonly #debounce: Debounce;
  readonly #unsynced: Set<string>;
  #doorbell: Doorbell | undefined;
  #scan: Scan | undefined;
  #problems: readonly Problem[] = [];
  #rescanTimer: Timer | undefined;
  #lookTimer: Timer | undefined;
  #deliveredSynced: boolean | undefined;
  #isRunning = false;
  /** What the last look at all files has found, by place, while the doorbell rests. */
  #places: ScanPlaces | undefined;
  #sawAllAt = 0;
  /** The next look has to be at all files. */
  #isAllDue = false;
  /** Some of what was delivered is not believed yet. */
  isInDoubt = false;

  constructor(options: FolderWatcherOptions) {
    this.#workingFolder = options.workingFolder ?? process.cwd();
    this.paths = options.paths;
    this.#selection = options.selection;
    this.#clock = options.clock;
    this.#rescanMs = options.rescanMs;
    this.#onChange = options.onChange;
    this.#disk = options.disk ?? realDisk;
    this.#openDoorbell = options.watch ? (options.openDoorbell ?? openDoorbell) : undefined;
    this.#known = new KnownFiles(this.#disk);
    this.#meant = new MeantRemovals(this.#paths, this.#disk);
    this.#debounce = new Debounce(this.#clock, this.#pace.timing, () => this.#look(false));
    this.#unsynced = new Set(this.#paths);
  }

  /** Watches these instead, from the next look on. */
  set paths(paths: readonly string[]) {
    const before = new Set(this.#paths);
    this.#paths = [...new Set(paths.map((path) => resolve(this.#workingFolder, path)))];
    if (!this.#paths.every((path) => before.has(path))) this.#rung();
  }

  /** Watched paths, absolute, that could not be looked at. */
  get missing(): readonly string[] {
    return this.#scan?.missingRoots ?? [];
  }

  /** Everything that is wrong now with folders, links and the watcher, news or not. */
  get problems(): readonly Problem[] {
    return [...this.#problems, ...(this.#scan?.empty ?? [])];
  }

  /** Whether a file that was delivered as removed, named as in Origins, was deleted on purpose. */
  isMeant(file: string): boolean {
    return (
      this.#scan !== undefined && this.#meant.has(resolve(this.#workingFolder, file), this.#scan)
    );
  }

  /** Scans, delivers everything, and goes on watching. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#doorbell = this.#openDoorbell?.(this.#disk, () => this.#rung());
    this.rescan();
  }

  /** Reads everything again now. */
  rescan(): void {
    if (!this.#isRunning) return;
    this.#rescanTimer?.cancel();
    if (this.#rescanMs > 0) {
      this.#rescanTimer = this.#clock.setTimeout(() => this.rescan(), this.#rescanMs);
    }
    this.#look(true);
  }

  /** Delivers nothing any more and lets go of every timer and watch. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#debounce.cancel();
    this.#rescanTimer?.cancel();
    this.#lookTimer?.cancel();
    await this.#doorbell?.close();
    this.#doorbell = undefined;
  }

  #rung(): void {
    this.#isAllDue = true;
    if (this.#isRunning) this.#debounce.call();
  }

  #look(isDeep: boolean): void {
    this.#debounce.cancel();
    this.#lookTimer?.cancel();
    const look = { now: this.#clock.now(), wallSeconds: this.#clock.wallSeconds(), isDeep };
    // Asked for each time: what happened before a look at all files is seen by that.
    const heard = this.#doorbell?.heard();
    const files = this.#filesAt(heard, look);
    const some = files && this.#known.updateSome(files, look);
    if (some?.isCertain === true) {
      const isSynced = this.#unsynced.size === 0;
      this.#deliver({ changed: some.changed, removed: [], warnings: [], isSynced });
      this.#looked(look, some.changed.length, true);
      this.#lookAgain(this.#pace.timing.maxWaitMs);
      return;
    }
    const isSteady = this.#pace.isSteady && this.#doorbell !== undefined;
    const { lookAgainMs, found, hears } = this.#lookAtAll(look, some?.changed ?? [], isSteady);
    this.#looked(look, found, heard !== undefined || hears);
    const rests = isSteady || this.#restIfSteady(look);
    const { maxWaitMs } = this.#pace.timing;
    this.#lookAgain(rests ? Math.min(lookAgainMs ?? maxWaitMs, maxWaitMs) : lookAgainMs);
  }

  /** Has the doorbell rest at once where changes have turned out to come all the time. */
  #restIfSteady({ now }: Look): boolean {
    if (!this.#pace.isSteady || this.#scan === undefined || this.#doorbell === undefined) {
      return false;
    }
    if (this.#doorbell.rest(this.#scan)) this.#pace.listens(this.#clock.now() - now);
    return true;
  }

  #looked({ now }: Look, found: number, isHeard: boolean): void {
    this.#pace.looked(now, this.#clock.now() - now, found, isHeard);
  }

  /** Undefined when all files have to be looked at. */
  #filesAt(
    heard: ReadonlySet<string> | undefined,
    { now, isDeep }: Look,
  ): readonly FoundFile[] | undefined {
    const isAllDue = isDeep || this.#isAllDue || now - this.#sawAllAt >= ALL_MS;
    if (heard === undefined || isAllDue || !this.#pace.isSteady || !this.#known.hasRoom) {
      return undefined;
    }
    return this.#places?.filesAt(heard);
  }

  /** `known` has changed too. While changes are `isSteady` the doorbell rests. */
  #lookAtAll(
    look: Look,
    known: readonly ChangedFile[],
    isSteady: boolean,
  ): { readonly lookAgainMs: number | undefined; readonly found: number; readonly hears: boolean } {
    const before = this.#scan;
    const scan = scanFolders(this.#paths, this.#disk, this.#workingFolder, this.#selection);
    this.#scan = scan;
    // Armed before the files are read: what changes after that rings again, or is heard.
    const hears = isSteady && this.#doorbell?.rest(scan) === true;
    if (!isSteady) this.#doorbell?.arm(this.#paths, scan, look.isDeep);
    this.#places = isSteady ? new ScanPlaces(scan, this.#disk, this.#selection) : undefined;
    const { changed, removed, lookAgainMs } = this.#known.update(scan, look);
    this.#sawAllAt = look.now;
    this.#isAllDue = lookAgainMs !== undefined;
    if (lookAgainMs === undefined && removed.length === 0 && !this.isInDoubt) {
      this.#meant.trust(scan);
    }
    if (before !== undefined && hasNewFolder(before, scan)) this.#rung();
    const all = [...known, ...changed];
    this.#deliver({ changed: all, removed, ...this.#news(scan, look.now) });
    return { lookAgainMs, found: all.length, hears };
  }

  #news(scan: Scan, now: number): Pick<FolderChange, 'warnings' | 'isSynced'> {
    for (const path of this.#unsynced) {
      if (!scan.missingRoots.includes(path)) this.#unsynced.delete(path);
    }
    this.#problems = [...scan.warnings, ...this.#watcherWarnings()];
    return {
      warnings: this.#warnings.news(this.#problems, now),
      isSynced: this.#unsynced.size === 0,
    };
  }

  #watcherWarnings(): Problem[] {
    const failure = this.#doorbell?.failure;
    const path = this.#paths[0];
    if (failure === undefined || path === undefined) return [];
    const message = `Cannot watch for changes: ${failure}; looking every ${POLL_MS} ms instead`;
    const origin = wholeFile(displayName(path, this.#workingFolder));
    return [{ severity: 'warning', code: 'WATCH_FAILED', message, origin }];
  }

  #deliver(change: FolderChange): void {
    const { changed, removed, warnings, isSynced } = change;
    // Undefined before the first delivery, which is made even when there is nothing to report.
    const isNews = this.#warnings.haveChanged() || isSynced !== this.#deliveredSynced;
    if (!isNews && changed.length + removed.length + warnings.length === 0) return;
    this.#deliveredSynced = isSynced;
    this.#onChange(change);
  }

  /** When something is uncertain, or when no bell would ring. */
  #lookAgain(uncertainMs: number | undefined): void {
    const isDeaf =
      this.#doorbell !== undefined &&
      (this.#doorbell.failure !== undefined || this.#scan?.missingRoots.length !== 0);
    const ms = isDeaf ? Math.min(uncertainMs ?? POLL_MS, POLL_MS) : uncertainMs;
    if (ms === undefined || !this.#isRunning) return;
    this.#lookTimer = this.#clock.setTimeout(() => this.#look(false), ms);
  }
}

/**
 * While changes never pause, those files are looked at where the operating system says that
 * something has happened; but so often all of them are, as it may say nothing; ms.
 */
const ALL_MS = 1000;

/**
 * How often to look when the operating system cannot tell us: it has run out of watches, or a
 * watched path is missing and may come back as a mount; ms.
 */
const POLL_MS = 1000;

/**
 * A folder that was just made: its files may have come after it was listed and before it was
 * watched. One more look is due.
 */
function hasNewFolder(before: Scan, after: Scan): boolean {
  for (const path of after.folders.keys()) {
    if (!before.folders.has(path)) return true;
  }
  return false;
}
