import { Class, Rcode, rcodeName, Type } from '../../dns/codes.ts';
import { keyOf, keyOfWire, type NameKey } from '../../dns/name.ts';
import { textRecord } from '../../dns/record.ts';
import type { ObjectsAnswer, ObjectsQuestion } from '../../explain/objects-question.ts';
import { reason } from '../../explain/reason.ts';
import { reasonOf } from '../../explain/reason-of.ts';
import { objectsQuestion } from '../../explain/step.ts';
import type { ChainNote, TracedQuestion } from '../../explain/trace.ts';
import { counter, gauge, type MetricTable } from '../../observe/metric-spec.ts';
import { PerSecond } from '../../support/per-second.ts';
import type { PublishedNames } from '../../zone/lookup.ts';
import type { ShortCutPart } from '../cluster-answers.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { Next, Plugin, PluginContext, Reply, Request } from '../plugin.ts';
import { answerReply, tracedReply } from '../reply.ts';
import { errorOf, Reasons } from './reasons.ts';

const NAME = 'explain';

/** `why.NAME`, of type TXT, is a question about NAME. */
const WHY = keyOf(['why']);

/** Strings of a TXT record; bytes. */
const MAX_STRING = 255;

/** Questions of this kind that are put to the objects in a second; others get a shorter reason. */
const MAX_WHY_PER_SECOND = 20;

type ExplainContext = Pick<
  PluginContext,
  'cluster' | 'extra' | 'explainObjects' | 'upstreams' | 'clock' | 'metrics' | 'zones' | 'view'
>;

/**
 * Says in replies without an answer why they have none: as an extended error (RFC 8914) for clients
 * that take one, and as the text of `why.NAME` for others. Changes nothing else of a reply.
 */
export class Explain implements Plugin {
  readonly name = NAME;
  readonly #context: ExplainContext;
  readonly #reasons: Reasons | undefined;
  /** By the plugin that answers from them. */
  readonly #published: ReadonlyMap<string, PublishedNames>;
  readonly #whys: PerSecond;

  constructor(context: ExplainContext) {
    const { cluster, extra, explainObjects: ask, clock } = context;
    const metrics = context.metrics.of(EXPLAIN_METRICS);
    this.#context = context;
    this.#whys = new PerSecond(MAX_WHY_PER_SECOND, clock);
    this.#published = new Map(
      [
        ['kubernetes', cluster?.live] as const,
        ['k8s_external', extra?.('external')?.names] as const,
        ['k8s_gateway', extra?.('gateway')?.names] as const,
      ].flatMap(([plugin, names]) => (names === undefined ? [] : [[plugin, names] as const])),
    );
    this.#reasons =
      cluster &&
      new Reasons({
        live: cluster.live,
        beside: new Map([...this.#published].filter(([, names]) => !names.isCluster)),
        clock,
        ask,
        metrics: {
          kept: metrics.gauge('svcdns_explain_reasons'),
          asked: metrics.counter('svcdns_explain_asked_total'),
          dropped: metrics.counter('svcdns_explain_dropped_total'),
        },
      });
  }

  async start(): Promise<void> {
    this.#reasons?.start();
  }

  async stop(): Promise<void> {
    this.#reasons?.stop();
  }

  /** The same for questions that take the short cut. */
  readonly shortCut: ShortCutPart = {
    passes: ({ type, key }) => type !== Type.TXT || !key.startsWith(WHY),
    reasonFor: ({ key, type }, rcode) => this.#reasons?.of(key, type, rcode === Rcode.NXDOMAIN),
    reasonOf: (upstream, rcode) =>
      errorOf(reason('UPSTREAM', { rcode: rcodeName(rcode), upstream }).text),
    reasonOfKept: (rcode, ageMs) => {
      const ageSeconds = Math.round(ageMs / 1000);
      const upstreams = this.#upstreamLabels();
      return errorOf(
        reason('UPSTREAM_KEPT', { rcode: rcodeName(rcode), ageSeconds, upstreams }).text,
      );
    },
  };

  async serve(request: Request, next: Next): Promise<Reply> {
    if (request.explained !== undefined || request.qclass !== Class.IN) return next(request);
    if (this.#isWhy(request)) return this.#why(request, next);
    if (request.edns === undefined) return next(request);
    const notes: ChainNote[] = [];
    const explained = { isOffline: false, note: (note: ChainNote) => void notes.push(note) };
    const reply = await next({ ...request, explained });
    if (reply.isSilent || reply.error !== undefined || hasAnswer(reply)) return reply;
    return { ...reply, error: this.#errorOf(request, reply, notes) };
  }

  #errorOf(request: Request, reply: Reply, notes: readonly ChainNote[]): Reply['error'] {
    const traced = this.#traced(request, reply, notes);
    if (traced.published !== undefined) {
      return this.#reasons?.of(request.key, request.type, reply.rcode === Rcode.NXDOMAIN);
    }
    const { code, text } = reasonOf(traced, undefined, undefined);
    return code === 'UNKNOWN' ? undefined : errorOf(text);
  }

  /** A name of ours that begins with `why`. */
  #isWhy({ type, key, name }: Request): boolean {
    if (type !== Type.TXT || !key.startsWith(WHY) || name.length === WHY.length) return false;
    const about = key.slice(WHY.length) as NameKey;
    const all = [...this.#published.values()];
    return all.some((names) => names.zoneOf(about) !== undefined);
  }

  async #why(request: Request, next: Next): Promise<Reply> {
    const name = request.name.slice(WHY.length);
    const key = keyOfWire(name);
    const isReverse = [...this.#published.values()].some(
      (names) => names.zoneOf(key)?.isReverse === true,
    );
    const type = isReverse ? Type.PTR : Type.A;
    const notes: ChainNote[] = [];
    const explained = { isOffline: false, note: (note: ChainNote) => void notes.push(note) };
    const about = { ...request, name, key, type, explained };
    const traced = this.#traced(about, await next(about), notes);
    const answer = await this.#ask(objectsQuestion(traced));
    const { text } = reasonOf(traced, answer, undefined);
    const strings = stringsOf(text);
    // Not kept by anybody: it is about this moment.
    return answerReply(NAME, [textRecord(request.name, strings, 0)]);
  }

  /** Undefined when too much is asked at once. */
  async #ask(question: ObjectsQuestion): Promise<ObjectsAnswer | undefined> {
    if (!this.#whys.allows()) return undefined;
    return this.#context.explainObjects?.(question);
  }

  #upstreamLabels(): string[] {
    return this.#context.upstreams().map(({ label }) => label);
  }

  #traced(request: Request, reply: Reply, notes: readonly ChainNote[]): TracedQuestion {
    const { key, type } = request;
    const { zones, view, cluster } = this.#context;
    const question = { key, type };
    const published = this.#published.get(reply.plugin);
    const step = { line: undefined, asked: [], rcode: reply.rcode, isChanged: false, text: '' };
    return {
      question,
      block: {
        zones,
        view,
        line: undefined,
        live: cluster?.live,
        upstreams: this.#upstreamLabels(),
      },
      plugins: [{ ...step, plugin: reply.plugin, question, notes }],
      decided: question,
      published,
      passed: [...this.#published.values()].filter((one) => one !== published),
      ...tracedReply(reply),
    };
  }
}

function hasAnswer({ rcode, answer }: Reply): boolean {
  return rcode === Rcode.NOERROR && answer.length > 0;
}

function stringsOf(text: string): string[] {
  const bytes = Buffer.from(text, 'utf8')
    .toString('latin1')
    .slice(0, 4 * MAX_STRING);
  const strings: string[] = [];
  for (let at = 0; at < bytes.length; at += MAX_STRING) {
    strings.push(bytes.slice(at, at + MAX_STRING));
  }
  return strings;
}

/** What `explain` counts. */
const EXPLAIN_METRICS = {
  svcdns_explain_reasons: gauge('Reasons that `explain` keeps for replies without an answer.'),
  svcdns_explain_asked_total: counter(
    'Names whose reason `explain` has asked of the objects behind them.',
  ),
  svcdns_explain_dropped_total: counter(
    'Names whose reason it has not asked for, as others were under way.',
  ),
} as const satisfies MetricTable;

/** Reads `explain`. */
export const plugin = {
  directive: NAME,
  metrics: EXPLAIN_METRICS,
  clusterAnswers: ({ shortCut }) => shortCut,
  isNeverCached: true,
  setup(lines, context, problems) {
    const directive = new Directive(NAME, problems);
    directive.bare(lines);
    return directive.failed ? undefined : new Explain(context);
  },
} satisfies PluginDeclaration<Explain>;
