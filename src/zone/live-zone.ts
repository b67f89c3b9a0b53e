import { isAtOrBelow, labelsOf, type NameKey } from '../dns/name.ts';
import type { ResourceRecord } from '../dns/record.ts';
import { type CompiledName, type PreparedAnswer, prepareAnswer, recordsOf } from './answer.ts';
import { type ServedZone, servedZones } from './apex.ts';
import type { ZoneOptions } from './options.ts';
import { type PackedName, unpackName } from './packed-name.ts';
import { podAnswers } from './pod.ts';
import { keySum, NameTable } from './table.ts';

/** The part of `ZoneOptions` that is needed to answer, as opposed to compile. */
export type AnswerOptions = Pick<ZoneOptions, 'zones' | 'ttl' | 'pods'>;

/**
 * Names that change, in the form that crosses the thread boundary: nothing but strings, which is what
 * is copied and collected fastest.
 */
export interface ZoneChange {
  /** New and changed names; `names[i]` is what `keys[i]` is now. */
  readonly keys: readonly NameKey[];
  readonly names: readonly PackedName[];
  readonly gone: readonly NameKey[];
}

/** The published names, and the few that are made up when they are asked for. */
export class LiveZone {
  readonly zones: readonly ServedZone[];
  readonly ttl: number;
  /** Unix seconds of the last change of any name; 0 before the first. */
  serial = 0;
  /** The sources have been read whole at least once. Until then nothing may be called missing. */
  isSynced = false;
  readonly #table = new NameTable();
  readonly #madeUpPods: boolean;

  constructor(options: AnswerOptions) {
    this.zones = servedZones(options.zones);
    this.ttl = options.ttl;
    this.#madeUpPods = options.pods === 'insecure';
  }

  /** How many names exist. */
  get size(): number {
    return this.#table.size;
  }

  /** Takes a change. Each name is seen by queries either as it was or as it is now. */
  apply(change: ZoneChange, serial: number): void {
    for (const key of change.gone) this.#table.delete(key);
    for (const [at, key] of change.keys.entries()) this.#table.set(key, change.names[at]!);
    this.serial = serial;
  }

  /** The published names. */
  *names(): Generator<CompiledName> {
    for (const [key, packed] of this.#table.entries()) yield unpackName(key, packed);
  }

  *keys(): Generator<NameKey> {
    for (const [key] of this.#table.entries()) yield key;
  }

  /** A published name. The one look-up of the hot path. */
  get(key: NameKey, sum: number): PackedName | undefined {
    return this.#table.get(key, sum);
  }

  /** A name in `zone`, published or made up; undefined when it does not exist. */
  find(key: NameKey, zone: ServedZone): CompiledName | undefined {
    const packed = this.#table.get(key, keySum(key));
    return packed === undefined ? this.makeUp(key, zone) : unpackName(key, packed);
  }

  /** The zone with the longest name that `key` is in. */
  zoneOf(key: NameKey): ServedZone | undefined {
    let best: ServedZone | undefined;
    for (const zone of this.zones) {
      if (best !== undefined && zone.key.length <= best.key.length) continue;
      if (isAtOrBelow(key, zone.key)) best = zone;
    }
    return best;
  }

  /**
   * Names that follow from others and are not worth a table entry each: pod names with an address in
   * them, and port names without their underscores.
   */
  makeUp(key: NameKey, zone: ServedZone): CompiledName | undefined {
    if (zone.isReverse) return undefined;
    const labels = labelsOf(key.slice(0, key.length - zone.key.length) as NameKey);
    const tree = labels.at(-1);
    if (tree === 'pod' && labels.length === 3) return this.#podName(key, zone, labels[0] as string);
    if (tree === 'svc' && labels.length >= 4) return this.#portName(key, zone, labels);
    return undefined;
  }

  /** `1-2-3-4.NAMESPACE.pod`: exists when the namespace does. */
  #podName(key: NameKey, zone: ServedZone, label: string): CompiledName | undefined {
    if (!this.#madeUpPods) return undefined;
    const namespace = key.slice(1 + label.length) as NameKey;
    if (this.#table.get(namespace, keySum(namespace)) === undefined) return undefined;
    const answers = podAnswers(key, zone.key, label, this.ttl);
    return answers === undefined ? undefined : { key, zone: zone.index, answers };
  }

  /**
   * CoreDNS takes the underscores of `_http._tcp.web.shop.svc` as optional. So does this, for
   * the port and for the protocol, and so `tcp.web.shop.svc` exists where `_tcp.web.shop.svc` does.
   */
  #portName(key: NameKey, zone: ServedZone, labels: readonly string[]): CompiledName | undefined {
    const optional = labels.length - 3; // what stands left of service, namespace and svc
    if (optional > 2) return undefined;
    let real = '';
    for (const [at, label] of labels.entries()) {
      const missing = at < optional && !label.startsWith('_');
      if (missing && label.length === 63) return undefined;
      real += missing
        ? `${String.fromCharCode(label.length + 1)}_${label}`
        : `${String.fromCharCode(label.length)}${label}`;
    }
    const realKey = (real + zone.key) as NameKey;
    if (realKey === key) return undefined;
    const packed = this.#table.get(realKey, keySum(realKey));
    if (packed === undefined) return undefined;
    const answers = unpackName(realKey, packed).answers.map((answer) =>
      renamed(answer, realKey, key, zone.key),
    );
    return { key, zone: zone.index, answers };
  }
}

/** The same records under another owner name. */
function renamed(
  prepared: PreparedAnswer,
  from: NameKey,
  to: NameKey,
  zone: NameKey,
): PreparedAnswer {
  const { answer, additional } = recordsOf(from, prepared);
  const move = (record: ResourceRecord) =>
    record.owner === from ? { ...record, owner: to } : record;
  return prepareAnswer(to, zone, answer.map(move), additional.map(move));
}
