import { Class, ExtendedError, Rcode, Type } from '../../dns/codes.ts';
import { HEADER_BYTES } from '../../dns/header.ts';
import { keyOf, labelsOf, type NameKey, textOf } from '../../dns/name.ts';
import type { Gauge } from '../../observe/metrics.ts';
import type { Timer } from '../../support/clock.ts';
import type { Next, Plugin, PluginContext, Reply, Request, RequestClient } from '../plugin.ts';
import { errorReply } from '../reply.ts';

const NAME = 'loop';

/**
 * The first probe leaves when the sockets have had time to open, the second soon after, in case the upstream is slow to
 * start; from then on one every 30 s.
 */
const FIRST_PROBES_MS = [500, 2000];
const PROBE_INTERVAL_MS = 30_000;

/** A probe that is not answered by then is over; whatever comes back later is not looked at. */
const PROBE_PATIENCE_MS = 5000;

const PROBE_BYTES = 16;

/** A probe on its way. Its copies, which other plugins may make, keep its `client`. */
interface Probe {
  readonly key: NameKey;
  readonly client: RequestClient;
  isBack: boolean;
}

/**
 * Finds out whether what is forwarded comes back: sends a question for a name that nobody else can know
 * up the chain, and looks whether it arrives again from outside. While it does, whatever would be forwarded is SERVFAIL.
 * Names that are answered above go on, and nothing ever ends the process.
 */
export class LoopPlugin implements Plugin {
  readonly name = NAME;
  readonly #context: PluginContext;
  readonly #zone: NameKey;
  readonly #gauge: Gauge;
  #probe: Probe | undefined;
  #sent = 0;
  /** To the next probe, or to the end of the one under way. */
  #timer: Timer | undefined;
  #isStopped = false;
  /** Where the last probe came back from; undefined when there is no loop. */
  #from: string | undefined;

  /** Probes for names below `zone`, which leaves room for a label of 32 bytes. */
  constructor(zone: NameKey, context: PluginContext) {
    this.#context = context;
    this.#zone = zone;
    const { server, metrics } = context;
    this.#gauge = metrics.gauge('svcdns_loop_detected', { server, zone: textOf(zone) });
    if (typeof context.kept === 'string') this.#from = context.kept;
  }

  async start(): Promise<void> {
    this.#show();
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#probe = undefined;
    this.#timer?.cancel();
    this.#gauge.set(0);
  }

  keep(): string | undefined {
    return this.#from;
  }

  async serve(request: Request, next: Next): Promise<Reply> {
    const probe = this.#probe;
    if (probe !== undefined && request.key === probe.key) {
      if (request.client === probe.client) return next(request);
      probe.isBack = true;
      this.#detected(request.client.address);
    }
    return this.#from === undefined ? next(request) : this.#refuse(this.#from);
  }

  #refuse(from: string): Reply {
    const text = `forwarding loop: what is sent upstream comes back from ${from}`;
    return errorReply(NAME, Rcode.SERVFAIL, ExtendedError.OTHER, text);
  }

  #schedule(): void {
    if (this.#isStopped) return;
    const ms = FIRST_PROBES_MS[this.#sent++] ?? PROBE_INTERVAL_MS;
    this.#timer = this.#context.clock.setTimeout(() => this.#send(), ms);
  }

  #send(): void {
    const { clock, random, resolve } = this.#context;
    // A label of 128 random bits, new for each probe: no client can send the name before we did.
    const label = Buffer.from(random(PROBE_BYTES)).toString('hex');
    const key = keyOf([label, ...labelsOf(this.#zone)]);
    const probe: Probe = { key, client: { address: '127.0.0.1', port: 0 }, isBack: false };
    this.#probe = probe;
    const settle = (): void => {
      if (this.#probe === probe) this.#settle(probe);
    };
    this.#timer = clock.setTimeout(settle, PROBE_PATIENCE_MS);
    // Whether it is answered, and how, says nothing: only whether it comes back.
    resolve(this.#request(probe)).then(settle, settle);
  }

  #settle(probe: Probe): void {
    this.#probe = undefined;
    this.#timer?.cancel();
    if (!probe.isBack && this.#from !== undefined) {
      this.#context.log.info({ plugin: NAME }, 'plugin/loop: The forwarding loop is gone');
      this.#from = undefined;
    }
    this.#show();
    this.#schedule();
  }

  #detected(from: string): void {
    if (this.#isStopped) return;
    const isNew = this.#from === undefined;
    this.#from = from;
    this.#show();
    if (!isNew) return;
    const { log, server } = this.#context;
    log.error(
      { plugin: NAME, from, server },
      `plugin/loop: Loop (${from} -> ${server}) detected: a probe sent upstream came back. Names that would be forwarded are answered with SERVFAIL until it does not; check the upstreams of the forward directive, and whether /etc/resolv.conf or one of them points here`,
    );
  }

  #show(): void {
    this.#gauge.set(this.#from === undefined ? 0 : 1);
  }

  #request({ key, client }: Probe): Request {
    const { clock, random, ownAddresses } = this.#context;
    const [high = 0, low = 0] = random(2);
    return {
      id: (high << 8) | low,
      name: key,
      key,
      type: Type.HINFO,
      klass: Class.IN,
      recursionDesired: true,
      checkingDisabled: false,
      authenticData: false,
      edns: undefined,
      client,
      local: ownAddresses()[0] ?? client,
      transport: 'udp',
      size: HEADER_BYTES + key.length + 5,
      receivedAt: clock.now(),
      links: 0,
    };
  }
}
