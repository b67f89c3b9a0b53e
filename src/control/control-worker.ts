import type { Problem } from '../kube/problem.ts';
import { problemText } from '../kube/problem.ts';
import { EVERYTHING, type LabelSelector, parseSelector } from '../kube/selector.ts';
import type { Disk } from '../sources/folder/disk.ts';
import { type FolderChange, FolderWatcher } from '../sources/folder/folder-watcher.ts';
import type { Sighting } from '../sources/folder/objects/deletion-guard.ts';
import { loadFiles } from '../sources/folder/objects/load-files.ts';
import type { FileVersion } from '../sources/source.ts';
import type { Clock, Timer } from '../support/clock.ts';
import type { NameChanges } from '../zone/compiler.ts';
import type { ZoneOptions } from '../zone/options.ts';
import { ControlPlane } from './control-plane.ts';
import { type Kept, Memory } from './memory.ts';
import { Outbox } from './outbox.ts';
import { ProgrammingTimes } from './programmed.ts';
import type { ControlSettings, FromControl, ToControl, ZoneSettings } from './protocol.ts';
import type { StateDisk } from './state-disk.ts';

/**
 * With nothing to do this often a step is counted, ms: whoever watches sees that it would be done.
 */
const IDLE_STEP_MS = 1000;

/** A mass deletion is confirmed at the next rescan; without rescans after this long, ms. */
const CONFIRM_MS = 30_000;

/** A summary walks all objects, so while changes pour in there is at most one in this time, ms. */
const SUMMARY_MS = 1000;

/** Problems logged for one change; `svcdns check` prints all. */
const MAX_LOGGED_PROBLEMS = 20;

export interface ControlWorkerOptions {
  readonly settings: ControlSettings;
  /** Sends a message to the resolver's thread. */
  readonly post: (message: FromControl) => void;
  /** Called between pieces of work. */
  readonly step: () => void;
  readonly clock: Clock;
  /** Where manifests are read. */
  readonly disk: Disk;
  /** Where what is kept for the next run is. */
  readonly stateDisk: StateDisk;
}

/** The control thread: folders in, compiled names out. Queries never wait for anything here. */
export class ControlWorker {
  readonly #settings: ControlSettings;
  readonly #clock: Clock;
  readonly #step: () => void;
  readonly #post: (message: FromControl) => void;
  readonly #plane: ControlPlane;
  readonly #source: FolderWatcher;
  readonly #outbox = new Outbox();
  readonly #times = new ProgrammingTimes();
  readonly #memory: Memory | undefined;
  /** What was wrong at the last summary; undefined before the first. */
  #problems: ReadonlySet<string> | undefined;
  /** Of which files nothing was read, at the last summary. */
  #unread: ReadonlySet<string> = new Set();
  #serial = 0;
  #isSynced = false;
  #isSending = false;
  #hasNews = false;
  #isConfirming = false;
  #summaryTimer: Timer | undefined;

  constructor({ settings, post, step, clock, disk, stateDisk }: ControlWorkerOptions) {
    this.#settings = settings;
    this.#post = post;
    this.#step = step;
    this.#clock = clock;
    const { state: files, zone } = settings;
    const onProblem = (message: string) => this.#log('warn', message, {});
    const onUnsaved = (what: Kept) => this.#post({ kind: 'unsaved', what });
    this.#memory =
      files && new Memory({ files, zone, clock, disk: stateDisk, onProblem, onUnsaved });
    this.#plane = new ControlPlane({
      zone: zoneOptions(settings.zone),
      holdMassDeletions: settings.holdMassDeletions,
      keepLastGood: settings.keepLastGood,
      serverAddresses: settings.serverAddresses,
      given: this.#memory?.given,
      step,
    });
    this.#source = new FolderWatcher({
      paths: settings.manifests,
      clock,
      disk,
      watch: settings.watch,
      rescanMs: settings.rescanSeconds * 1000,
      onChange: (change) => this.#take(change, 'event'),
    });
  }

  /** Reads everything, and goes on following it. */
  start(): void {
    this.#stepWhenIdle();
    this.#source.start();
  }

  receive(message: ToControl): void {
    switch (message.kind) {
      case 'ack':
        this.#isSending = false;
        this.#send();
        break;
      case 'addresses':
        this.#publish(this.#plane.setServerAddresses(message.addresses));
        break;
    }
  }

  #take(change: FolderChange, sighting: Sighting): void {
    for (const warning of change.warnings) this.#log('warn', problemText(warning), {});
    const reading = (file?: FileVersion) => this.#post({ kind: 'reading', file });
    const { quarantine } = this.#settings;
    const files = loadFiles(change, { reading, step: this.#step, quarantine });
    const wasSynced = this.#isSynced;
    this.#isSynced = change.isSynced;
    this.#hasNews = true;
    const changes = this.#plane.take(files, sighting);
    // What there was at the start has not changed.
    if (wasSynced) this.#times.begin(oldest(change, this.#clock.now()), this.#plane.changed);
    this.#publish(changes);
    this.#confirmLater();
  }

  #stepWhenIdle(): void {
    this.#step();
    this.#clock.setTimeout(() => this.#stepWhenIdle(), IDLE_STEP_MS);
  }

  /** Looks again when a mass deletion waits, and then believes it. */
  #confirmLater(): void {
    const { services } = this.#plane.heldBack;
    if (services === 0 || this.#isConfirming) return;
    this.#isConfirming = true;
    const ms = this.#settings.rescanSeconds * 1000 || CONFIRM_MS;
    this.#log(
      'warn',
      'Held back a change that would remove most Services, until it is seen again',
      {
        services,
        rescanMs: ms,
      },
    );
    this.#clock.setTimeout(() => {
      this.#isConfirming = false;
      this.#source.rescan();
      this.#hasNews = true; // nothing is held any more, whatever names that changes
      this.#publish(this.#plane.take(new Map(), 'rescan'));
      this.#confirmLater();
    }, ms);
  }

  #publish(changes: NameChanges): void {
    const pods = this.#plane.takePodChanges();
    if (changes.size > 0) this.#serial = Math.max(this.#serial, this.#clock.wallSeconds());
    if (changes.size + pods.size > 0) this.#hasNews = true;
    this.#outbox.add(changes, pods);
    this.#memory?.take(changes, this.#serial, () => this.#plane.given);
    this.#send();
  }

  #send(): void {
    if (this.#isSending) return;
    const change = this.#outbox.take();
    if (change !== undefined) {
      this.#isSending = true;
      this.#post({ kind: 'change', change, serial: this.#serial });
      return;
    }
    for (const done of this.#times.end(this.#clock.now()))
      this.#post({ kind: 'programmed', ...done });
    if (!this.#hasNews || !this.#isSynced) return;
    this.#hasNews = false;
    if (this.#problems === undefined) this.#tellLoaded();
    else this.#summaryTimer ??= this.#clock.setTimeout(() => this.#tellLoaded(), SUMMARY_MS);
  }

  #tellLoaded(): void {
    this.#summaryTimer = undefined;
    this.#memory?.settle();
    const summary = this.#plane.summary(this.#source.problems);
    this.#logProblems(summary.problems);
    this.#post({ kind: 'loaded', summary, held: this.#plane.heldBack });
  }

  /**
   * Logs what was not wrong before. Whoever started us prints the problems of the first load; files
   * of which nothing was read are logged then too, as nobody may overlook them.
   */
  #logProblems(all: readonly Problem[]): void {
    const before = this.#problems;
    const unread = new Set(all.filter(({ isWholeFile }) => isWholeFile).map(problemText));
    for (const text of [...unread].slice(0, MAX_LOGGED_PROBLEMS)) {
      if (!this.#unread.has(text)) this.#log('error', text, {});
    }
    this.#unread = unread;
    const problems = all.filter(({ isWholeFile }) => !isWholeFile);
    const now = new Set(problems.map(problemText));
    this.#problems = now;
    const news = before === undefined ? [] : [...now].filter((text) => !before.has(text));
    for (const text of news.slice(0, MAX_LOGGED_PROBLEMS)) this.#log('warn', text, {});
    const more = news.length - MAX_LOGGED_PROBLEMS;
    if (more > 0) this.#log('warn', `${more} more problems: run svcdns check`, {});
  }

  #log(level: 'error' | 'warn' | 'info', message: string, fields: Record<string, unknown>): void {
    this.#post({ kind: 'log', level, message, fields });
  }
}

/** When the first of the files became what it is now; without any, now. */
function oldest({ changed }: FolderChange, now: number): number {
  return changed.reduce((first, file) => Math.min(first, file.changedAt), now);
}

function zoneOptions(settings: ZoneSettings): ZoneOptions {
  return {
    ...settings,
    labels: selector(settings.labels),
    namespaceLabels: selector(settings.namespaceLabels),
  };
}

/** The text was a selector's own, so it parses. */
function selector(text: string): LabelSelector {
  const parsed = parseSelector(text);
  return parsed.kind === 'selector' ? parsed.selector : EVERYTHING;
}
