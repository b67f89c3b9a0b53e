import { ExtendedError, Type } from '../../dns/codes.ts';
import type { ExtendedErrorText } from '../../dns/edns.ts';
import type { NameKey } from '../../dns/name.ts';
import { nameText } from '../../explain/cluster-name.ts';
import { missingType } from '../../explain/missing/name.ts';
import type { AskedName, ObjectsAnswer, ObjectsQuestion } from '../../explain/objects-question.ts';
import { quickReason } from '../../explain/quick-reason.ts';
import { reason } from '../../explain/reason.ts';
import type { Counter, Gauge } from '../../observe/metrics.ts';
import type { Clock, Timer } from '../../support/clock.ts';
import { PerSecond } from '../../support/per-second.ts';
import { inTurns, type Pieces } from '../../support/pieces.ts';
import type { LiveZone } from '../../zone/live-zone.ts';
import type { PublishedNames } from '../../zone/lookup.ts';
import { KeptReasons } from './kept-reasons.ts';
import { missingPart } from './missing-part.ts';

/** Reasons kept about names of the cluster. */
const MAX_KEPT = 8192;

/** The same about names beside it, where each name that is missing has a reason of its own. */
const MAX_BESIDE = 256;

/** Reasons are kept for as long as clients keep a negative answer by default; ms. */
const LIFETIME_MS = 5000;

/** Names whose objects are asked at once, and the time from one such question to the next; ms. */
const MAX_ASKED = 8;
const PAUSE_MS = 500;

/** Reasons a second for which is looked what was meant: up to 0.2 ms each. */
const MAX_NEAR_PER_SECOND = 50;

/** Names whose reason is found by the whole name, which is quicker. Then all are found anew. */
const MAX_RECENT = 4096;

/** Longer texts are cut; bytes. */
const MAX_TEXT_BYTES = 240;

export interface ReasonsOptions {
  readonly live: LiveZone;
  /** Names beside those of the cluster, by the plugin that answers from them. */
  readonly beside: ReadonlyMap<string, PublishedNames>;
  readonly clock: Clock;
  /** Asks the objects behind the names; undefined where there are none to ask. */
  readonly ask: ((question: ObjectsQuestion) => Promise<ObjectsAnswer | undefined>) | undefined;
  readonly metrics: ReasonMetrics;
}

interface ReasonMetrics {
  readonly kept: Gauge;
  readonly asked: Counter;
  readonly dropped: Counter;
}

/** A name whose objects are to be asked, and where their reason is kept. */
interface Wanted {
  readonly name: AskedName;
  readonly kept: KeptReasons;
}

/**
 * Why names of the cluster have no answer, for replies that are on their way. What the published
 * names say is there at once; what only the objects can say comes a moment later, for those who
 * ask again: no reply waits for it.
 */
export class Reasons {
  readonly #options: ReasonsOptions;
  readonly #kept: KeptReasons;
  readonly #keptBeside: KeptReasons;
  /**
   * Of names that were missing a moment ago: search lists make the same ones again and again, and
   * the key of a query has been hashed already, which its parts have not.
   */
  readonly #recent = new Map<NameKey, ExtendedErrorText>();
  #expiry: Timer | undefined;
  #serial = 0;
  readonly #wanted = new Map<string, Wanted>();
  #timer: Timer | undefined;
  #isStopped = false;
  readonly #near: PerSecond;

  constructor(options: ReasonsOptions) {
    this.#options = options;
    this.#near = new PerSecond(MAX_NEAR_PER_SECOND, options.clock);
    this.#kept = new KeptReasons(MAX_KEPT, options.metrics.kept);
    this.#keptBeside = new KeptReasons(MAX_BESIDE, options.metrics.kept);
  }

  /** From now on it is looked for what was meant, among what has been gathered so far. */
  start(): void {
    inTurns(this.#index(), this.#options.clock, () => undefined);
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#forget();
  }

  /** Undefined for a name of others. `isMissing`: of no type is there a record. */
  of(key: NameKey, type: number, isMissing: boolean): ExtendedErrorText | undefined {
    const { live } = this.#options;
    if (live.serial !== this.#serial) this.#forget();
    const recent = isMissing ? this.#recent.get(key) : undefined;
    if (recent !== undefined) return recent;
    if (type === Type.AXFR || type === Type.IXFR) return TRANSFER;
    const zone = live.zoneOf(key);
    if (zone === undefined) return this.#beside(key, type, isMissing);
    if (!isMissing) return this.#find(key + String.fromCharCode(type), key, key, type);
    const part = missingPart(key, zone, live, this.#isKnown);
    const error = this.#find(part, part, key, type);
    if (this.#recent.size >= MAX_RECENT) this.#recent.clear();
    if (error !== undefined) this.#recent.set(key, error);
    return error;
  }

  *#index(): Pieces<void> {
    const work = this.#options.live.indexServices();
    while (!this.#isStopped && work.next().done !== true) yield;
  }

  #find(slot: string, part: NameKey, key: NameKey, type: number): ExtendedErrorText | undefined {
    return this.#kept.get(slot) ?? this.#make(slot, part, key, type);
  }

  /**
   * Of a name of `k8s_external` or `k8s_gateway`. No part of it stands for others that are missing,
   * so made-up names must not take the places of the cluster's.
   */
  #beside(key: NameKey, type: number, isMissing: boolean): ExtendedErrorText | undefined {
    const { beside } = this.#options;
    const found = [...beside].find(([, names]) => names.zoneOf(key) !== undefined);
    const zone = found?.[1].zoneOf(key);
    if (found === undefined || zone === undefined) return undefined;
    const slot = `${isMissing ? '' : String.fromCharCode(type)}${found[0]} ${key}`;
    const kept = this.#keptBeside.get(slot);
    if (kept !== undefined) return kept;
    const [plugin, names] = found;
    const has = isMissing ? undefined : names.find(key, zone)?.answers.map((one) => one.type);
    const types = has && [...new Set(has)];
    const quick = types
      ? missingType(key, undefined, type, types)
      : reason('NOT_BESIDE', { plugin, name: nameText(key) });
    const error = errorOf(quick.text);
    this.#keep(this.#keptBeside, slot, error);
    if (types !== undefined) return error;
    this.#want(slot, { name: { key, type, table: names.table, types }, kept: this.#keptBeside });
    return error;
  }

  /** The zone stands for all names that cannot be. */
  #make(slot: string, part: NameKey, key: NameKey, type: number): ExtendedErrorText | undefined {
    const { live } = this.#options;
    const isOfZone = live.zones.some((zone) => zone.key === part);
    const quick = quickReason(isOfZone ? key : part, type, live, this.#isNearAllowed);
    if (quick === undefined) return undefined;
    const error = errorOf(quick.reason.text);
    this.#keep(this.#kept, slot, error);
    const name = { key: part, type, table: 'cluster', types: undefined } as const;
    if (!quick.isFinal) this.#want(slot, { name, kept: this.#kept });
    return error;
  }

  readonly #isKnown = (part: NameKey) => this.#kept.has(part);

  readonly #isNearAllowed = () => this.#near.allows();

  /** When names have changed, and after a while. */
  #forget(): void {
    this.#serial = this.#options.live.serial;
    this.#expiry?.cancel();
    this.#expiry = undefined;
    this.#kept.clear();
    this.#keptBeside.clear();
    this.#recent.clear();
  }

  #keep(kept: KeptReasons, slot: string, error: ExtendedErrorText): void {
    this.#expiry ??= this.#options.clock.setTimeout(() => this.#forget(), LIFETIME_MS);
    kept.set(slot, error);
  }

  #want(slot: string, wanted: Wanted): void {
    const { ask, clock, metrics } = this.#options;
    if (ask === undefined || this.#isStopped) return;
    if (this.#wanted.size >= MAX_ASKED) {
      metrics.dropped.add(1);
      return;
    }
    this.#wanted.set(slot, wanted);
    this.#timer ??= clock.setTimeout(() => void this.#ask(ask), 0);
  }

  async #ask(ask: NonNullable<ReasonsOptions['ask']>): Promise<void> {
    const wanted = [...this.#wanted];
    this.#wanted.clear();
    this.#options.metrics.asked.add(wanted.length);
    const serial = this.#serial;
    const question = { names: wanted.map(([, { name }]) => name), records: [], client: undefined };
    const answer = await ask(question);
    if (serial === this.#serial) this.#take(wanted, answer);
    const { clock } = this.#options;
    this.#timer = this.#isStopped ? undefined : clock.setTimeout(() => this.#again(ask), PAUSE_MS);
  }

  #again(ask: NonNullable<ReasonsOptions['ask']>): void {
    this.#timer = undefined;
    if (this.#wanted.size > 0) void this.#ask(ask);
  }

  #take(wanted: readonly (readonly [string, Wanted])[], answer: ObjectsAnswer | undefined) {
    for (const [at, [slot, { kept }]] of wanted.entries()) {
      const reason = answer?.reasons[at];
      if (reason === undefined || this.#isStopped) continue;
      this.#keep(kept, slot, errorOf(reason.text));
    }
    this.#recent.clear();
  }
}

/** A reason as an extended error, in UTF-8, as bytes in latin1. */
export function errorOf(text: string): ExtendedErrorText {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  const isLong = bytes.length > MAX_TEXT_BYTES;
  return {
    code: ExtendedError.OTHER,
    text: isLong ? `${bytes.slice(0, MAX_TEXT_BYTES - 3)}...` : bytes,
  };
}

const TRANSFER = errorOf(reason('TRANSFER', {}).text);
