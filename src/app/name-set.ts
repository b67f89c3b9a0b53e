import { randomInt } from 'node:crypto';
import { type NameSource, placesOf } from '../config/name-sources.ts';
import type { HistoryQuestion } from '../control/history/change-recorder.ts';
import type { HistorySize } from '../control/history/history.ts';
import type { RememberedChange } from '../control/history/remembered-change.ts';
import type { BrowseQuestion } from '../control/listing/browse.ts';
import type { PageRequest, SentPage } from '../control/listing/pages.ts';
import type { Programmed, ServiceKind } from '../control/publish/programmed.ts';
import type { StateFiles } from '../control/state/kept-files.ts';
import { readSnapshotFile } from '../control/state/snapshot-file.ts';
import type { LoadSummary } from '../control/summary.ts';
import { startControlThread } from '../control/thread/control-thread.ts';
import type { ControlSettings } from '../control/thread/protocol.ts';
import { Supervisor } from '../control/thread/supervisor.ts';
import type { ObjectsAnswer, ObjectsQuestion } from '../explain/objects-question.ts';
import type { Metrics } from '../observe/metrics.ts';
import { KUBERNETES_METRICS } from '../plugins/kubernetes/metrics.ts';
import type { HeldBack } from '../sources/source.ts';
import { objectsText } from '../sources/source-settings.ts';
import type { Timer } from '../support/clock.ts';
import { LiveZone } from '../zone/live-zone.ts';
import { ClusterMeter } from './cluster-meter.ts';
import type { Shared } from './shared.ts';

/**
 * Names saved in an earlier run are used when the manifests have not been read after this long, ms.
 */
const RESTORE_AFTER_MS = 500;

/** The names of one source: published, and kept up to date by a thread of their own. */
export class NameSet {
  readonly source: NameSource;
  readonly live: LiveZone;
  readonly #shared: Shared;
  readonly #state: StateFiles | undefined;
  readonly #supervisor: Supervisor;
  readonly #synced: Promise<void>;
  #markSynced: () => void = () => {};
  #restoreTimer: Timer | undefined;
  #isStopped = false;
  /** What was loaded last; undefined until everything has been read once. */
  summary: LoadSummary | undefined;
  held: HeldBack = { services: 0, objects: 0 };
  /** How much is remembered of changes. */
  remembered: HistorySize = { changes: 0, bytes: 0, dropped: 0 };
  /** Another number each time the objects have changed; no other set counts from the same one. */
  revision = randomInt(2 ** 40);

  constructor(
    source: NameSource,
    settings: Omit<ControlSettings, 'quarantined' | 'serverAddresses'>,
    shared: Shared,
  ) {
    const { log, clock, metrics } = shared;
    this.source = source;
    this.live = new LiveZone(source.zone, objectsText(source));
    this.#shared = shared;
    this.#state = settings.state;
    this.#synced = new Promise((resolve) => {
      this.#markSynced = resolve;
    });
    const meter = new ClusterMeter(metrics, source);
    const restarts = metrics.counter('svcdns_control_restarts_total');
    this.#supervisor = new Supervisor({
      log,
      clock,
      settings,
      live: this.live,
      startThread: shared.startThread ?? startControlThread,
      onUnsaved: (file) => metrics.counter('svcdns_state_write_failures_total', { file }).add(1),
      onChanged: (change) => shared.onChanged?.(change),
      onRevised: ({ programmed, remembered }) => {
        this.revision++;
        for (const one of programmed) countProgrammed(metrics, one);
        if (remembered !== undefined) this.#remember(remembered);
      },
      onMeasure: (measure) => meter.take(measure),
      onRestart: () => {
        restarts.add(1);
        meter.restarted();
      },
      onLoaded: (summary, held) => {
        this.summary = summary;
        this.held = held;
        this.#restoreTimer?.cancel();
        this.#markSynced();
      },
    });
  }

  start(serverAddresses: readonly string[]): void {
    this.#supervisor.start(serverAddresses);
    const state = this.#state;
    if (state === undefined) return;
    // Most folders are read before anybody notices: then there is nothing to restore.
    this.#restoreTimer = this.#shared.clock.setTimeout(
      () => void this.#restore(state),
      RESTORE_AFTER_MS,
    );
  }

  setServerAddresses(addresses: readonly string[]): void {
    this.#supervisor.setServerAddresses(addresses);
  }

  /** A part of a table of objects; undefined when it cannot be had in time. */
  page(request: PageRequest): Promise<SentPage | undefined> {
    return this.#supervisor.questions.page(request);
  }

  /** What the page shows of the objects, as JSON; undefined when they cannot be asked in time. */
  browse(question: BrowseQuestion): Promise<string | undefined> {
    return this.#supervisor.questions.browse(question);
  }

  /** What the objects say to a question; undefined when they cannot be asked in time. */
  explain(question: ObjectsQuestion): Promise<ObjectsAnswer | undefined> {
    return this.#supervisor.questions.explain(question);
  }

  /** Which records have changed, as JSON; undefined when that cannot be had in time. */
  history(question: HistoryQuestion): Promise<string | undefined> {
    return this.#supervisor.questions.history(question);
  }

  /** All remembered changes, for `inheritChanges`; undefined when they do not come in time. */
  rememberedChanges(): Promise<string | undefined> {
    return this.#supervisor.questions.remembered();
  }

  /** Goes on from the changes of the set before this one; `change` is what became of its names. */
  inheritChanges(remembered: string, change: RememberedChange): void {
    this.#supervisor.inherit(remembered, change);
  }

  /** Resolves when everything has been read once. */
  whenSynced(): Promise<void> {
    return this.#synced;
  }

  /** Ends the thread. The published names stay as they are. */
  stop(): Promise<void> {
    this.#isStopped = true;
    this.#restoreTimer?.cancel();
    return this.#supervisor.stop();
  }

  #remember(size: HistorySize): void {
    // A new thread begins anew.
    const before = size.dropped < this.remembered.dropped ? 0 : this.remembered.dropped;
    this.#shared.metrics.counter('svcdns_history_dropped_total').add(size.dropped - before);
    this.remembered = size;
  }

  async #restore({ names, source }: StateFiles): Promise<void> {
    const { log } = this.#shared;
    const file = await readSnapshotFile(names, source);
    if (this.live.isSynced || this.#isStopped || file.is === 'absent') return;
    if (file.is === 'unusable') {
      log.warn(file.reason);
      return;
    }
    const { snapshot } = file;
    log.warn(
      {
        names: snapshot.names.size,
        savedAt: new Date(snapshot.savedAt * 1000).toISOString(),
        manifests: placesOf(this.source),
      },
      `Answering from the names of an earlier run until the ${this.live.objects} have been read`,
    );
    this.#supervisor.restore(snapshot);
  }
}

function countProgrammed(metrics: Metrics, { services, seconds }: Programmed): void {
  for (const [kind, count] of Object.entries(services) as [ServiceKind, number][]) {
    if (count === 0) continue;
    const name = 'coredns_kubernetes_dns_programming_duration_seconds';
    metrics.of(KUBERNETES_METRICS).histogram(name, { service_kind: kind }).observe(seconds, count);
  }
}
