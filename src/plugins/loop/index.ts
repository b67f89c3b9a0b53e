import { ExtendedError, Rcode, Type } from '../../dns/codes.ts';
import {
  isAtOrBelow,
  keyOf,
  labelsOf,
  MAX_NAME_BYTES,
  type NameKey,
  ROOT,
  textOf,
} from '../../dns/name.ts';
import { isInAny } from '../../dns/zones.ts';
import { gauge, type MetricTable } from '../../observe/metric-spec.ts';
import type { Gauge } from '../../observe/metrics.ts';
import type { Timer } from '../../support/clock.ts';
import type { ShortCutPart } from '../cluster-answers.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { blockZones, Directive } from '../directive.ts';
import type { Next, Plugin, PluginContext, Reply, Request } from '../plugin.ts';
import { errorReply } from '../reply.ts';
import type { UpstreamHandle } from '../upstream-handle.ts';

const NAME = 'loop';

/**
 * The first probes leave when the sockets have had time to open, the second soon after, in case an
 * upstream is slow to start; from then on some every 30 s.
 */
const FIRST_PROBES_MS = [500, 2000];
const PROBE_INTERVAL_MS = 30_000;

/** A probe that is not answered by then is over; whatever comes back later is not looked at. */
const PROBE_PATIENCE_MS = 5000;

const PROBE_BYTES = 16;
/** A label of 32 hexadecimal digits with its length, and the root's zero. */
const PROBE_LABEL_BYTES = 2 * PROBE_BYTES + 2;

/** A question on its way to one upstream. */
interface Probe {
  readonly upstream: UpstreamHandle;
  isBack: boolean;
  /** Waits no more for a reply. */
  giveUp: () => void;
}

/** Shown by `loop`, and by `forward`, which leaves upstreams out too that are this server. */
export const LOOP_METRICS = {
  svcdns_loop_detected: gauge(
    'Upstreams not asked because they lead back to this server.',
    { server: 'configured', zone: 'configured' },
    'most',
  ),
} as const satisfies MetricTable;

/**
 * Finds out whether what is forwarded comes back: asks each upstream for a name that nobody else
 * can know, and looks whether it arrives again from outside. An upstream from which it does is cut
 * out, until it does not; the others go on, and so do names that are answered above. Nothing ever
 * ends the process.
 */
class LoopPlugin implements Plugin, ShortCutPart {
  readonly name = NAME;
  readonly asksOthers = true;
  readonly #context: PluginContext;
  readonly #zones: readonly NameKey[];
  readonly #gauge: Gauge;
  readonly #probes = new Map<NameKey, Probe>();
  /** The upstreams cut out, by id. */
  #cut: ReadonlySet<string> = new Set();
  /** What the plugin before the reload had cut out, until the upstreams are there to be told. */
  #kept: ReadonlySet<string> | undefined;
  #rounds = 0;
  #next: Timer | undefined;
  /** To the end of the probes under way. */
  #patience: Timer | undefined;
  #isStopped = false;

  constructor(context: PluginContext) {
    this.#context = context;
    this.#zones = blockZones(context);
    const { server, metrics, kept } = context;
    const [zone = keyOf([])] = this.#zones;
    this.#gauge = metrics
      .of(LOOP_METRICS)
      .gauge('svcdns_loop_detected', { server, zone: textOf(zone) });
    if (kept instanceof Set) this.#kept = kept;
  }

  async start(): Promise<void> {
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#next?.cancel();
    this.#endProbes();
    this.#gauge.add(-this.#cut.size);
    this.#cut = new Set();
  }

  keep(): ReadonlySet<string> {
    return this.#kept ?? this.#cut;
  }

  passes({ key }: Pick<Request, 'key'>): boolean {
    return this.#kept === undefined && !this.#probes.has(key);
  }

  serve(request: Request, next: Next): Promise<Reply> {
    this.#takeOver();
    const probe = this.#probes.get(request.key);
    if (probe === undefined) return next(request);
    this.#detected(probe, request.client.address);
    const text = `forwarding loop: ${probe.upstream.label} sends back what it is asked`;
    return Promise.resolve(errorReply(NAME, Rcode.SERVFAIL, ExtendedError.OTHER, text));
  }

  /**
   * Only now the upstreams are sure to be there: they are found when `forward` starts, after us.
   */
  #takeOver(): void {
    if (this.#kept === undefined) return;
    for (const upstream of this.#context.upstreams()) {
      if (this.#kept.has(upstream.id)) this.#setCut(upstream, true);
    }
    this.#kept = undefined;
  }

  #schedule(): void {
    if (this.#isStopped) return;
    const ms = FIRST_PROBES_MS[this.#rounds++] ?? PROBE_INTERVAL_MS;
    this.#next = this.#context.clock.setTimeout(() => this.#probeAll(), ms);
  }

  #probeAll(): void {
    const { clock, upstreams } = this.#context;
    this.#takeOver();
    this.#endProbes();
    this.#schedule();
    const all = upstreams();
    this.#forget(all);
    this.#patience = clock.setTimeout(() => this.#endProbes(), PROBE_PATIENCE_MS);
    for (const upstream of all) this.#send(upstream);
    if (this.#probes.size === 0) this.#patience.cancel();
  }

  /** Upstreams that are no longer there cannot loop. */
  #forget(all: readonly UpstreamHandle[]): void {
    const left = new Set(all.map(({ id }) => id).filter((id) => this.#cut.has(id)));
    this.#gauge.add(left.size - this.#cut.size);
    this.#cut = left;
  }

  #send(upstream: UpstreamHandle): void {
    const zone = this.#zoneOf(upstream);
    if (zone === undefined || zone.length + PROBE_LABEL_BYTES > MAX_NAME_BYTES) return;
    // A label of 128 random bits, new for each probe: no client can send the name before we did.
    const label = Buffer.from(this.#context.random(PROBE_BYTES)).toString('hex');
    const key = keyOf([label, ...labelsOf(zone)]);
    const probe: Probe = { upstream, isBack: false, giveUp: () => {} };
    this.#probes.set(key, probe);
    // Whether it is answered, and how, says nothing: only whether it comes back.
    probe.giveUp = upstream.ask(key, Type.HINFO, () => this.#answered(key, probe));
  }

  /**
   * The zone of a probe: its names are forwarded, and come to this server block when they come
   * back.
   */
  #zoneOf({ zone }: UpstreamHandle): NameKey | undefined {
    if (isInAny(zone, this.#zones)) return zone;
    return this.#zones.find((own) => isAtOrBelow(own, zone));
  }

  #answered(key: NameKey, probe: Probe): void {
    if (this.#probes.get(key) !== probe) return;
    this.#probes.delete(key);
    if (!probe.isBack) this.#setCut(probe.upstream, false);
    if (this.#probes.size === 0) this.#patience?.cancel();
  }

  #endProbes(): void {
    this.#patience?.cancel();
    const probes = [...this.#probes.values()];
    this.#probes.clear();
    for (const { upstream, isBack, giveUp } of probes) {
      giveUp();
      if (!isBack) this.#setCut(upstream, false);
    }
  }

  #detected(probe: Probe, from: string): void {
    probe.isBack = true;
    const { label, origin, id } = probe.upstream;
    if (this.#cut.has(id)) return;
    this.#setCut(probe.upstream, true);
    const { log, server } = this.#context;
    log.error(
      { plugin: NAME, upstream: label, origin, from, server },
      `plugin/loop: Loop (${from} -> ${server}) detected: ${origin}: the upstream ${label} sends back what it is asked, and is not asked any more until it does not. Check whether it, or a server that it asks, forwards to this one`,
    );
  }

  #setCut(upstream: UpstreamHandle, isCut: boolean): void {
    const { id, label, origin } = upstream;
    if (this.#isStopped || this.#cut.has(id) === isCut) return;
    const others = [...this.#cut].filter((one) => one !== id);
    this.#cut = new Set(isCut ? [...others, id] : others);
    this.#gauge.add(isCut ? 1 : -1);
    upstream.cut(isCut);
    if (isCut) return;
    this.#context.log.info(
      { plugin: NAME, upstream: label, origin },
      `plugin/loop: The forwarding loop is gone: ${origin}: the upstream ${label} is asked again`,
    );
  }
}

export const plugin = {
  directive: 'loop',
  metrics: LOOP_METRICS,
  isNeverCached: true,
  isForForwarding: true,
  clusterAnswers: (loop) => loop,
  setup(lines, context, problems) {
    const directive = new Directive('loop', problems);
    const line = directive.bare(lines);
    const [zone = ROOT] = blockZones(context);
    if (zone.length + PROBE_LABEL_BYTES > MAX_NAME_BYTES) {
      const message = `Cannot probe below the zone of the server block: its name has ${zone.length + 1} bytes, expected at most ${MAX_NAME_BYTES - PROBE_LABEL_BYTES + 1}`;
      directive.error(message, line.origin);
    }
    return directive.failed ? undefined : new LoopPlugin(context);
  },
} satisfies PluginDeclaration<LoopPlugin>;
