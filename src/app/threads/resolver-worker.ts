import { OpenQuestions } from '../../control/thread/open-questions.ts';
import type { Progress } from '../../control/thread/progress.ts';
import { zoneOptions } from '../../control/thread/protocol.ts';
import { ProblemList, whole } from '../../corefile/problems.ts';
import type { SocketAddress } from '../../dns/query.ts';
import type { ObjectsAnswer } from '../../explain/objects-question.ts';
import { createLoggerTo, type Logger } from '../../observe/log.ts';
import { Metrics } from '../../observe/metrics.ts';
import type { ThreadSeries } from '../../observe/thread-series.ts';
import { PLUGIN_METRICS, pluginsWith } from '../../plugins/order.ts';
import { Chains } from '../../server/blocks/chains.ts';
import { GRACE_MS } from '../../server/limits.ts';
import { ThreadSockets } from '../../server/listen/thread-sockets.ts';
import { Panics } from '../../server/panics.ts';
import type { UdpTransport } from '../../server/udp/transport.ts';
import type { Clock } from '../../support/clock.ts';
import { bufferedRandom, randomIndexFrom } from '../../support/random.ts';
import { Places } from '../../support/slots.ts';
import { LiveZone } from '../../zone/live-zone.ts';
import { type AnsweringParts, answeringParts } from '../answering-parts.ts';
import { servedBlocks } from '../corefile.ts';
import { LogLevel } from '../log-level.ts';
import { LineRelay } from './line-relay.ts';
import type {
  FromResolver,
  ResolverThreadData,
  ThreadAddresses,
  ThreadConfiguration,
  ThreadNames,
  ToResolver,
} from './protocol.ts';
import { ReplyRelay } from './reply-relay.ts';

export interface ResolverWorkerOptions {
  readonly data: Omit<ResolverThreadData, 'progress'>;
  readonly progress: Pick<Progress, 'step'>;
  readonly post: (message: FromResolver) => void;
  readonly clock: Clock;
  /** It can open sockets beside those of the first thread. */
  readonly transport: Required<Pick<UdpTransport, 'datagramsBeside' | 'fullTurn'>> &
    Pick<UdpTransport, 'openDatagram'>;
}

/** How often it shows that it gets on, and what it has counted and seen; ms. */
const BEAT_MS = 500;

/** A configuration, and the numbers of the sets of names that it answers from. */
interface Prepared {
  readonly chains: Chains;
  readonly sets: ReadonlySet<number>;
}

/** What a resolver thread beside the first does: it answers, and nothing else. */
export class ResolverWorker {
  readonly #options: ResolverWorkerOptions;
  readonly #metrics: Metrics;
  readonly #lines: LineRelay;
  readonly #log: Logger;
  readonly #logLevel: LogLevel;
  readonly #parts: AnsweringParts;
  readonly #outgoing = new Places(0);
  readonly #sockets: ThreadSockets;
  readonly #relay: ReplyRelay | undefined;
  readonly #questions: OpenQuestions<ObjectsAnswer, FromResolver>;
  readonly #names = new Map<number, LiveZone>();
  /** Of the sets of names, those of the configuration that was sent last. */
  #wanted: ReadonlySet<number> = new Set();
  readonly #panics: Panics;
  #addresses: readonly SocketAddress[] = [];
  #newSeries: ThreadSeries[] = [];
  #current: Prepared | undefined;
  #next: Prepared | undefined;
  /** One after the other, in the order of the messages. */
  #work: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: ResolverWorkerOptions) {
    const { data, clock, post, transport } = options;
    this.#options = options;
    const metrics = new Metrics(PLUGIN_METRICS, undefined, (series) => this.#tell(series));
    this.#metrics = metrics;
    const dropped = metrics.counter('svcdns_log_lines_dropped_total');
    this.#lines = new LineRelay((text) => post({ kind: 'lines', text }), dropped);
    this.#log = createLoggerTo(data.logLevel, this.#lines, {
      format: data.logFormat,
      saidInFull: pluginsWith('logsInFull'),
      schedule: (flush) => void setImmediate(flush),
    });
    this.#logLevel = new LogLevel(this.#log);
    const log = this.#log;
    this.#panics = new Panics(log, metrics, () => clock.now());
    this.#parts = answeringParts({ log, metrics, clock }, transport.datagramsBeside, {
      fullTurn: transport.fullTurn,
    });
    this.#sockets = new ThreadSockets({ log, metrics, clock, datagrams: this.#parts.datagrams });
    const { arrived } = this.#parts;
    metrics.read('svcdns_thread_queries_total', arrived, { thread: `${data.thread}` });
    if (data.isWatched) this.#relay = new ReplyRelay(randomIndexFrom(bufferedRandom()));
    this.#questions = new OpenQuestions(clock, (message) => {
      post(message);
      return true;
    });
    this.#beat();
  }

  /** An error that nobody caught: it goes on, as the first thread does. */
  uncaught(error: unknown): void {
    this.#panics.take(error, 'Error that nobody caught: serving goes on');
  }

  receive(message: ToResolver): void {
    switch (message.kind) {
      case 'prepare': {
        const { id, configuration } = message;
        // At once: the names come right behind.
        this.#wanted = setsOf(configuration);
        for (const { kubernetes } of configuration.blocks) this.#nameSet(kubernetes);
        const names = new Map(this.#names); // another may be sent before its turn comes
        this.#later(() => this.#prepare(id, configuration, names));
        break;
      }
      case 'commit':
        this.#later(() => this.#commit(message));
        break;
      case 'abort':
        this.#forgetLater();
        break;
      case 'places':
        this.#later(async () => void (await this.#serve(message)));
        break;
      case 'names':
        this.#names.get(message.set)?.apply(message.change, message.serial);
        this.#taken(message.set);
        break;
      case 'zone':
        this.#names.get(message.set)?.become(message.state);
        this.#taken(message.set);
        break;
      case 'explained':
        this.#questions.take(message.id, message.answer);
        break;
      case 'written':
        this.#lines.written(message.characters);
        break;
      case 'stop':
        this.#later(() => this.#stop(message.graceMs));
        break;
    }
  }

  #later(work: () => Promise<void>): void {
    this.#work = this.#work.then(() => this.#panics.guard('A message was not followed', work));
  }

  /** After other events: queries that came meanwhile are answered before the next change. */
  #taken(set: number): void {
    setImmediate(() => this.#options.post({ kind: 'taken', set }));
  }

  #nameSet(names: ThreadNames | undefined): void {
    if (names === undefined || this.#names.has(names.set)) return;
    this.#names.set(names.set, new LiveZone(zoneOptions(names.zone), names.objects));
  }

  async #prepare(id: number, configuration: ThreadConfiguration, names: NameSets): Promise<void> {
    await this.#abort();
    const problems = new ProblemList();
    this.#outgoing.most = configuration.outgoing;
    this.#addresses = configuration.addresses;
    try {
      const chains = this.#chainsOf(configuration, names, problems);
      if (!problems.hasErrors) {
        this.#next = { chains, sets: setsOf(configuration) };
        await chains.start();
      }
    } catch (error) {
      const message = `Cannot prepare a resolver thread: ${(error as Error).message}`;
      problems.error('THREAD_FAILED', message, whole('resolver thread'));
    }
    this.#options.post({ kind: 'prepared', id, problems: problems.all });
  }

  #chainsOf(configuration: ThreadConfiguration, names: NameSets, problems: ProblemList): Chains {
    const { blocks, folder, udpReplyBytes } = configuration;
    const { data, clock, transport } = this.#options;
    const answered = blocks.map(({ kubernetes, ...block }) => ({
      ...block,
      kubernetes: kubernetes && { ...kubernetes, zone: zoneOptions(kubernetes.zone) },
    }));
    const served = servedBlocks(
      answered,
      ({ set }) => names.get(set)!,
      ({ set }) =>
        (question) =>
          this.#questions.ask((id) => ({ kind: 'explain', id, set, question })),
    );
    const options = {
      ...this.#parts,
      clock,
      log: this.#log,
      metrics: this.#metrics,
      random: bufferedRandom(),
      cookieSeed: data.cookieSeed,
      outgoing: this.#outgoing,
      openDatagram: transport.openDatagram,
      watchers: this.#relay === undefined ? [] : [this.#relay],
      ownAddresses: () => this.#addresses,
      folder,
      udpReplyBytes,
    };
    return new Chains(served, options, this.#current?.chains, problems);
  }

  async #commit(addresses: ThreadAddresses): Promise<void> {
    const before = this.#current;
    if (this.#next === undefined) return;
    this.#current = this.#next;
    this.#next = undefined;
    this.#logLevel.follow(this.#current.chains);
    const { closed } = await this.#serve(addresses);
    this.#forgetNames();
    if (before === undefined) return;
    const stop = () => this.#panics.guard(NOT_STOPPED, () => before.chains.stop());
    void closed.then(stop);
  }

  async #abort(): Promise<void> {
    const next = this.#next;
    this.#next = undefined;
    this.#forgetNames();
    if (next !== undefined) await this.#panics.guard(NOT_STOPPED, () => next.chains.stop());
  }

  #serve({ places, addresses }: ThreadAddresses) {
    this.#addresses = addresses;
    const groups = this.#current?.chains.groups ?? [];
    const exchanges = groups.map(({ exchange }) => exchange);
    return this.#sockets.serve(places, exchanges, GRACE_MS);
  }

  /** Its names too, unless another has been sent by then. */
  #forgetLater(): void {
    const unwanted = this.#wanted;
    this.#later(async () => {
      if (this.#wanted === unwanted) this.#wanted = new Set();
      await this.#abort();
    });
  }

  /** Those of no configuration. */
  #forgetNames(): void {
    for (const set of this.#names.keys()) {
      const users = [this.#current?.sets, this.#next?.sets, this.#wanted];
      if (!users.some((sets) => sets?.has(set))) this.#names.delete(set);
    }
  }

  async #stop(graceMs: number): Promise<void> {
    this.#isStopped = true;
    await this.#sockets.stop(graceMs);
    await this.#abort();
    await this.#panics.guard(NOT_STOPPED, async () => this.#current?.chains.stop());
    this.#parts.sheds.stop();
    this.#log.queryLines.flush();
    this.#show();
    this.#options.post({ kind: 'stopped' });
  }

  #beat(): void {
    if (this.#isStopped) return;
    this.#options.progress.step();
    this.#show();
    this.#options.clock.setTimeout(() => this.#beat(), BEAT_MS);
  }

  #show(): void {
    this.#metrics.refresh();
    const replies = this.#relay?.fetch() ?? [];
    if (replies.length > 0) this.#options.post({ kind: 'seen', replies });
  }

  #tell(series: ThreadSeries): void {
    this.#newSeries.push(series);
    if (this.#newSeries.length > 1) return;
    setImmediate(() => {
      const all = this.#newSeries;
      this.#newSeries = [];
      this.#options.post({ kind: 'series', series: all });
    });
  }
}

/** By number. */
type NameSets = ReadonlyMap<number, LiveZone>;

function setsOf({ blocks }: ThreadConfiguration): ReadonlySet<number> {
  return new Set(blocks.flatMap(({ kubernetes }) => kubernetes?.set ?? []));
}

const NOT_STOPPED = 'What was served before did not stop';
