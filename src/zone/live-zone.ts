import { ExtendedError } from '../dns/codes.ts';
import type { ExtendedErrorText } from '../dns/edns.ts';
import { keyFromText, labelsOf, type NameKey } from '../dns/name.ts';
import { longestZone } from '../dns/zones.ts';
import type { Pieces } from '../support/pieces.ts';
import type { CompiledName } from './answer.ts';
import { type ServedZone, servedZones } from './apex.ts';
import type { PublishedNames } from './lookup.ts';
import type { ZoneOptions } from './options.ts';
import { type PackedName, unpackName } from './packed-name.ts';
import { podAnswers } from './pod.ts';
import { type PodChange, PodNamespaces } from './pod-namespaces.ts';
import { PublishedServices } from './published-services.ts';
import { clusterSoa, type Soa } from './soa.ts';
import { portNameKey } from './stand-ins.ts';
import { PODS, SERVICES } from './subtrees.ts';
import { isExtraKey, keySum, ShardedMap } from './table.ts';

/** The part of `ZoneOptions` that is needed to answer, as opposed to compile. */
export type AnswerOptions = Pick<
  ZoneOptions,
  'zones' | 'ttl' | 'pods' | 'clusterIpEndpoints' | 'multicluster'
>;

/**
 * Names that change, in the form that crosses the thread boundary: nothing but strings, which is
 * what is copied and collected fastest.
 */
export interface ZoneChange {
  /** New and changed names; `names[i]` is what `keys[i]` is now. */
  readonly keys: readonly NameKey[];
  readonly names: readonly PackedName[];
  readonly gone: readonly NameKey[];
  readonly pods?: PodChange;
}

/** What is known of published names as a whole. Plain data. */
export interface ZoneState {
  /** Everything has been read once. */
  readonly isSynced: boolean;
  /** When the names of an earlier run that are answered were saved, Unix seconds. */
  readonly restoredFrom: number | undefined;
  /** What answers say while nothing is heard of the objects. */
  readonly stale: ExtendedErrorText | undefined;
}

/** Is told of each change of published names, once it is there. */
export interface ZoneFollower {
  apply(change: ZoneChange, serial: number): void;
  become(state: ZoneState): void;
  /** Resolves when it has taken all that it was told; undefined when it has, or is too slow. */
  caughtUp(): Promise<void> | undefined;
}

/**
 * What every Service's name ends with, before the zone, and how many labels it has there:
 * `web.shop.svc`.
 */
const SERVICE_LABELS = 3;

/** The published names, and the few that are made up when they are asked for. */
export class LiveZone implements PublishedNames {
  readonly zones: readonly ServedZone[];
  readonly ttl: number;
  readonly soa: Soa;
  readonly isCluster = true;
  readonly table = 'cluster';
  /**
   * Addresses stand in for a cluster IP, which would spread the load: each answer begins with
   * another one.
   */
  readonly turnsAddresses: boolean;
  /** Whose the addresses of Pods are; only with `pods verified`. */
  readonly pods: PodNamespaces | undefined;
  readonly objects: string;
  serial = 0;
  isSynced = false;
  restoredFrom: number | undefined;
  stale: ExtendedErrorText | undefined;
  #services: PublishedServices | undefined;
  /** What is still to be gathered in `#services`. */
  #unindexed: Generator<NameKey> | undefined;
  /** Other threads, which have the same names. */
  readonly followers = new Set<ZoneFollower>();
  /** Every name that exists, by key. */
  readonly #table = new ShardedMap<NameKey, PackedName>();
  readonly #madeUpPods: boolean;
  readonly #multicluster: ReadonlySet<NameKey>;

  constructor(options: AnswerOptions, objects = 'manifests') {
    this.objects = objects;
    this.zones = servedZones(options.zones);
    this.ttl = options.ttl;
    this.soa = clusterSoa(options.ttl);
    this.turnsAddresses = options.clusterIpEndpoints;
    this.pods = options.pods === 'verified' ? new PodNamespaces() : undefined;
    this.#multicluster = new Set(options.multicluster?.map(keyFromText));
    this.#madeUpPods = options.pods === 'insecure';
  }

  /**
   * What is published was true at this time, Unix seconds, and nothing has been heard since:
   * answers say so. Undefined when it is followed again.
   */
  staleSince(asOf: number | undefined): void {
    const code = ExtendedError.STALE_ANSWER;
    const text = `as of ${new Date((asOf ?? 0) * 1000).toISOString()}: no word from the API server`;
    this.become({ stale: asOf === undefined ? undefined : { code, text } });
  }

  /** What is known of it as a whole has changed. */
  become(change: Partial<ZoneState>): void {
    Object.assign(this, change);
    for (const follower of this.followers) follower.become(this.state);
  }

  get state(): ZoneState {
    const { isSynced, restoredFrom, stale } = this;
    return { isSynced, restoredFrom, stale };
  }

  /** How many names exist. */
  get size(): number {
    return this.#table.size;
  }

  /** Takes a change. Each name is seen by queries either as it was or as it is now. */
  apply(change: ZoneChange, serial: number): void {
    for (const key of change.gone) this.#table.delete(key);
    for (const [at, key] of change.keys.entries()) this.#table.set(key, change.names[at]!);
    if (this.#services !== undefined) {
      for (const key of change.gone) this.#services.delete(key);
      for (const key of change.keys) this.#services.add(key);
    }
    if (change.pods !== undefined) this.pods?.apply(change.pods);
    this.serial = serial;
    for (const follower of this.followers) follower.apply(change, serial);
  }

  /** Resolves when all who follow have what there is now; undefined when they do. */
  caughtUp(): Promise<unknown> | undefined {
    if (this.followers.size === 0) return undefined;
    const waiting = [...this.followers].flatMap((follower) => follower.caughtUp() ?? []);
    return waiting.length === 0 ? undefined : Promise.all(waiting);
  }

  /**
   * All there is, in changes of at most so many names or addresses of Pods, for one who begins to
   * follow. What is applied between two of them may be left out: followers are told of it.
   */
  *content(most: number): Generator<ZoneChange> {
    let [keys, names]: [NameKey[], PackedName[]] = [[], []];
    for (const [key, name] of this.#table.entries()) {
      keys.push(key);
      names.push(name);
      if (keys.length < most) continue;
      yield { keys, names, gone: [] };
      [keys, names] = [[], []];
    }
    if (keys.length > 0) yield { keys, names, gone: [] };
    for (const pods of this.pods?.content(most) ?? []) {
      yield { keys: [], names: [], gone: [], pods };
    }
  }

  /** What is published as namespaces and Services; undefined when nobody wanted to know. */
  get services(): PublishedServices | undefined {
    return this.#services;
  }

  /**
   * Keeps `services` from now on. It lacks what was there before until this work is done; whoever
   * calls next goes on where one has left it.
   */
  *indexServices(): Pieces<void> {
    this.#services ??= new PublishedServices(this.zones);
    this.#unindexed ??= this.keys();
    const [services, unindexed] = [this.#services, this.#unindexed];
    for (let key = unindexed.next(); key.done !== true; key = unindexed.next()) {
      services.add(key.value);
      yield;
    }
  }

  /** The published names. */
  *names(): Generator<CompiledName> {
    for (const [key, packed] of this.#table.entries()) {
      if (!isExtraKey(key)) yield unpackName(key, packed);
    }
  }

  /** Where everything is kept, extra names included. */
  *keys(): Generator<NameKey> {
    for (const [key] of this.#table.entries()) yield key;
  }

  has(key: NameKey): boolean {
    return this.#table.get(key, keySum(key)) !== undefined;
  }

  /** A published name. The one look-up of the hot path. */
  get(key: NameKey, sum: number): PackedName | undefined {
    return this.#table.get(key, sum);
  }

  /** A port name without its underscores comes as the name it stands for. */
  find(key: NameKey, zone: ServedZone): CompiledName | undefined {
    const packed = this.#table.get(key, keySum(key));
    if (packed !== undefined) return unpackName(key, packed);
    const realKey = this.portKey(key, zone);
    const real = realKey === undefined ? undefined : this.#table.get(realKey, keySum(realKey));
    if (realKey !== undefined && real !== undefined) return unpackName(realKey, real);
    return this.madeUpPod(key, zone);
  }

  zoneOf(key: NameKey): ServedZone | undefined {
    return longestZone(key, this.zones);
  }

  /** `1-2-3-4.NAMESPACE.pod` made up from its label: exists when the namespace does. */
  madeUpPod(key: NameKey, zone: ServedZone): CompiledName | undefined {
    if (!this.#madeUpPods || zone.isReverse) return undefined;
    // Most names that do not exist are no Pods': said without making anything.
    if (!key.startsWith(PODS, key.length - zone.key.length - PODS.length)) return undefined;
    const labels = labelsOf(key.slice(0, key.length - zone.key.length) as NameKey);
    const [label] = labels;
    if (labels.length !== 3 || labels[2] !== 'pod' || label === undefined) return undefined;
    const namespace = key.slice(1 + label.length) as NameKey;
    if (this.#table.get(namespace, keySum(namespace)) === undefined) return undefined;
    const answers = podAnswers(key, zone.key, label, this.ttl);
    return answers === undefined ? undefined : { key, zone: zone.index, answers };
  }

  /**
   * The name that a port name without its underscores stands for; undefined when none is missing.
   */
  portKey(key: NameKey, zone: ServedZone): NameKey | undefined {
    const isService = key.startsWith(SERVICES, key.length - zone.key.length - SERVICES.length);
    if (zone.isReverse || !isService) return undefined;
    // There two labels left of the Service are an endpoint and its cluster.
    if (this.#multicluster.has(zone.key) && !key.includes('_')) return undefined;
    return portNameKey(key, zone.key, SERVICE_LABELS);
  }
}
