import type { NameKey } from '../dns/name.ts';
import type { ObjectsAnswer, ObjectsQuestion } from '../explain/objects-question.ts';
import type { Disk } from '../sources/folder/read/disk.ts';
import type { Tools } from '../sources/folder/render/tools.ts';
import { thisMachine } from '../sources/kubeapi/machine.ts';
import { makeSource } from '../sources/make-source.ts';
import type { Source, SourceChange, SourceEvents } from '../sources/source.ts';
import type { Clock } from '../support/clock.ts';
import type { NameChanges } from '../zone/compiler.ts';
import type { PackedName } from '../zone/packed-name.ts';
import { ChangeReport } from './change-report.ts';
import { ControlPlane } from './control-plane.ts';
import { ChangeOrigins } from './history/change-origins.ts';
import { ChangeRecorder } from './history/change-recorder.ts';
import { ChangeTeller, type Told } from './history/change-teller.ts';
import { some, someNames } from './history/remembered-change.ts';
import { MemoryRelease } from './memory-release.ts';
import { ProblemLog } from './problem-log.ts';
import { Outbox } from './publish/outbox.ts';
import { ProgrammingTimes } from './publish/programmed.ts';
import { PublishedNames } from './publish/published-names.ts';
import type { Kept } from './state/kept-files.ts';
import { Memory } from './state/memory.ts';
import type { StateDisk } from './state/state-disk.ts';
import { Summaries } from './summaries.ts';
import type { Collector } from './thread/collector.ts';
import {
  type ControlSettings,
  type FromControl,
  type ToControl,
  zoneOptions,
} from './thread/protocol.ts';

/**
 * With nothing to do, a step is counted this often, ms: the supervisor sees that the thread lives.
 */
const IDLE_STEP_MS = 1000;

export interface ControlWorkerOptions {
  readonly settings: ControlSettings;
  /** Sends a message to the resolver's thread. */
  readonly post: (message: FromControl) => void;
  /** Called between pieces of work. */
  readonly step: () => void;
  /** As that of a source. */
  readonly readingAt?: SourceEvents['readingAt'];
  /** Used when what was needed to read everything, or much, is needed no more. */
  readonly collector?: Collector | undefined;
  readonly clock: Clock;
  /** Where manifests are read. */
  readonly disk: Disk;
  /** Where what is kept for the next run is. */
  readonly stateDisk: StateDisk;
  /** What renders manifests; by default what is on the PATH. */
  readonly tools?: Tools | undefined;
}

/** The control thread: folders in, compiled names out. Queries never wait for anything here. */
export class ControlWorker {
  readonly #clock: Clock;
  readonly #step: () => void;
  readonly #post: (message: FromControl) => void;
  readonly #plane: ControlPlane;
  readonly #source: Source;
  readonly #outbox = new Outbox();
  readonly #times = new ProgrammingTimes();
  readonly #memory: Memory | undefined;
  readonly #recorder: ChangeRecorder;
  readonly #teller: ChangeTeller;
  /** What is published, where no copy is kept for the next run. */
  readonly #names = new PublishedNames();
  readonly #problems: ProblemLog;
  #serial = 0;
  #isSynced = false;
  #isSending = false;
  #hasNews = false;
  readonly #isCluster: boolean;
  readonly #summaries: Summaries;
  readonly #release: MemoryRelease;

  constructor(options: ControlWorkerOptions) {
    const { settings, post, step, collector, readingAt = () => {} } = options;
    const { clock, disk, stateDisk, tools } = options;
    this.#post = post;
    this.#step = step;
    this.#clock = clock;
    this.#release = new MemoryRelease(clock, collector, () => this.#published.size);
    this.#isCluster = settings.source.kind === 'cluster';
    const { state: files, zone } = settings;
    this.#problems = new ProblemLog((level, text) => this.#log(level, text, {}));
    const onProblem = (message: string) => this.#log('warn', message, {});
    const onUnsaved = (what: Kept) => this.#post({ kind: 'unsaved', what });
    this.#memory =
      files && new Memory({ files, zone, clock, disk: stateDisk, onProblem, onUnsaved });
    this.#plane = new ControlPlane({
      zone: zoneOptions(settings.zone),
      manifests: settings.source.manifests,
      serverAddresses: settings.serverAddresses,
      given: this.#memory?.given,
      step,
    });
    const log = (line: string) => this.#log('info', line, {});
    this.#recorder = new ChangeRecorder({
      zone: zoneOptions(zone),
      clock,
      log,
      provenances: (records) => this.#plane.provenances(records),
    });
    this.#teller = new ChangeTeller(clock, log, (told) => this.#told(told));
    this.#source = makeSource(
      settings.source,
      {
        ...thisMachine,
        clock,
        disk,
        input: settings.input,
        quarantined: settings.quarantined,
        tools,
      },
      {
        onChange: (change) => this.#take(change),
        onWarning: (message, fields = {}) => {
          this.#problems.said(message);
          this.#log('warn', message, fields);
        },
        step,
        onStale: (asOf) => post({ kind: 'stale', asOf }),
        onMeasure: (measure) => post({ kind: 'measured', measure }),
        reading: (pieces) => post({ kind: 'reading', pieces }),
        readingAt,
      },
    );
    this.#summaries = new Summaries({
      plane: this.#plane,
      source: this.#source,
      clock,
      onSummary: (summary, held) => {
        this.#memory?.settle();
        this.#problems.take(summary.problems);
        post({ kind: 'loaded', summary, held });
      },
    });
  }

  /** Reads everything, and goes on following it. */
  start(): void {
    this.#stepWhenIdle();
    void this.#source.start();
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
      case 'stop':
        this.#teller.settle();
        void this.#source.stop().then(() => this.#post({ kind: 'stopped' }));
        break;
      case 'page': {
        const page = this.#plane.page(message.request);
        const text = JSON.stringify(page);
        this.#post({ kind: 'page', id: message.id, text, next: page.next });
        break;
      }
      case 'history': {
        this.#teller.settle();
        const text = this.#recorder.answer(message.question, this.#published);
        this.#post({ kind: 'history', id: message.id, text });
        break;
      }
      case 'remembered':
        this.#teller.settle();
        this.#post({ kind: 'memory', id: message.id, text: this.#recorder.remembered() });
        break;
      case 'inherit':
        this.#teller.settle();
        this.#recorder.inherit(message.remembered, message.change);
        this.#hasNews = true;
        this.#send();
        break;
      case 'browse': {
        const text = JSON.stringify(this.#plane.browse(message.question)) ?? '';
        this.#post({ kind: 'browsed', id: message.id, text });
        break;
      }
      case 'explain': {
        this.#post({ kind: 'explained', id: message.id, answer: this.#explain(message.question) });
        break;
      }
    }
  }

  /** A fault in an explanation is no reason to lose the thread. */
  #explain(question: ObjectsQuestion): ObjectsAnswer {
    try {
      return this.#plane.explain(question, this.#source);
    } catch (error) {
      this.#log('error', 'Cannot explain an answer', { err: error });
      return { reasons: [], sources: [], client: undefined };
    }
  }

  #take(change: SourceChange): void {
    const wasSynced = this.#isSynced;
    this.#isSynced = change.isSynced;
    this.#hasNews = true;
    // What there was at the start has not changed. A cluster changes all the time.
    const isTold = wasSynced && !this.#isCluster;
    const report = isTold ? new ChangeReport() : undefined;
    const origins = isTold ? new ChangeOrigins() : undefined;
    const changes = this.#plane.take(change, report, origins);
    this.#release.changed(change.put.length);
    if (wasSynced && change.changedAt !== undefined) {
      this.#times.begin(change.changedAt, this.#plane.changed);
    }
    const noted = origins && this.#recorder.note(changes, this.#published, origins);
    const kept =
      wasSynced && this.#isCluster ? this.#recorder.keep(changes, this.#published) : undefined;
    this.#publish(changes);
    this.#teller.tell(report?.lines ?? [], noted);
    if (kept !== undefined) {
      const told = 'names' in kept ? someNames(kept) : { lines: [], ...some(kept) };
      this.#post({ kind: 'changed', change: told });
    }
    if (this.#isSynced) this.#recorder.begin();
  }

  #told({ lines, ...recorded }: Told): void {
    this.#post({ kind: 'changed', change: { lines, ...some(recorded) } });
    if (recorded.records.length + recorded.left.names === 0) return;
    // How much is remembered is told as well: where this comes late, once more.
    this.#hasNews = true;
    this.#send();
  }

  get #published(): ReadonlyMap<NameKey, PackedName> {
    return this.#memory?.names ?? this.#names.all;
  }

  #stepWhenIdle(): void {
    this.#step();
    this.#clock.setTimeout(() => this.#stepWhenIdle(), IDLE_STEP_MS);
  }

  #publish(changes: NameChanges): void {
    const pods = this.#plane.takePodChanges();
    if (changes.size > 0) this.#serial = Math.max(this.#serial, this.#clock.wallSeconds());
    if (changes.size + pods.size > 0) this.#hasNews = true;
    this.#outbox.add(changes, pods);
    this.#memory?.take(changes, this.#serial, () => this.#plane.given);
    if (this.#memory?.names === undefined) this.#names.take(changes);
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
    if (!this.#hasNews || !this.#isSynced) return;
    this.#hasNews = false;
    const programmed = this.#times.end(this.#clock.now());
    this.#post({ kind: 'revised', programmed, remembered: this.#recorder.size });
    if (this.#problems.isBegun) this.#summaries.later();
    else this.#summaries.now();
    this.#release.sent();
  }

  #log(
    level: 'error' | 'warn' | 'info',
    message: string,
    fields: Readonly<Record<string, unknown>>,
  ): void {
    this.#post({ kind: 'log', level, message, fields });
  }
}
