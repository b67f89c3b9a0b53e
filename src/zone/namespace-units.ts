import { allServices, type SeenService, type ViewChange } from '../controllers/view-change.ts';
import type { Pod } from '../kube/objects.ts';
import type { PreparedAnswer } from './answer.ts';
import type { ServedZone } from './apex.ts';
import {
  type ClusterChange,
  type CompiledUnit,
  serverAddressBytes,
  type Unit,
  type UnitDifference,
  type UnitGroup,
} from './compiler.ts';
import type { AddressEntry } from './records.ts';
import type { ReverseIndex } from './reverse.ts';

/** What the names at the top of all zones are made of. */
export interface ApexAddresses {
  /** The addresses that we listen on. */
  readonly own: readonly Uint8Array[];
  /** The Services that lead to them. */
  readonly hosts: readonly AddressEntry[];
  /** Of each zone, the PTR records of its own name. */
  readonly pointers: readonly (readonly PreparedAnswer[])[];
}

/** The names at the top of all zones: a unit of its own, compiled after all namespaces. */
export function apexGroup(
  change: ClusterChange,
  addresses: ReverseIndex,
  zones: readonly ServedZone[],
  compile: (addresses: ApexAddresses) => CompiledUnit,
): UnitGroup {
  const own = serverAddressBytes(change);
  const hosts = addresses.hostsOf(own);
  const pointers = zones.map((zone) => addresses.apexPointers(zone));
  const from = [change.serverAddresses, ...hosts, ...pointers.flat().map(({ bytes }) => bytes)];
  return { name: '', units: [{ id: '', from, compile: () => compile({ own, hosts, pointers }) }] };
}

/** What Services are compiled to. */
export interface ServiceNames {
  /** Always the same for the same Service: for one that is not exposed without its names. */
  compile(seen: SeenService, isExposed: boolean): CompiledUnit;
  /** As `Unit.difference`, of a Service that itself is the very same. */
  difference?(
    before: SeenService,
    after: SeenService,
    isExposed: boolean,
  ): UnitDifference | undefined;
}

/** A Service of a namespace, without anything that can be made again: each of them is kept. */
export class ServiceUnit implements Unit {
  readonly id: string;
  readonly #seen: SeenService;
  readonly #isExposed: boolean;
  readonly #names: ServiceNames;

  constructor(seen: SeenService, isExposed: boolean, names: ServiceNames) {
    this.id = unitId(seen.service.namespace, seen.service.name);
    this.#seen = seen;
    this.#isExposed = isExposed;
    this.#names = names;
  }

  get from(): readonly unknown[] {
    return [this.#isExposed, this.#seen.service, ...this.#seen.slices];
  }

  compile(): CompiledUnit {
    return this.#names.compile(this.#seen, this.#isExposed);
  }

  difference(before: Unit): UnitDifference | undefined {
    if (!(before instanceof ServiceUnit) || before.#isExposed !== this.#isExposed) return undefined;
    if (before.#seen.service !== this.#seen.service) return undefined;
    return this.#names.difference?.(before.#seen, this.#seen, this.#isExposed);
  }
}

/** The Pods that have one address, which is most often one. */
export class PodUnit implements Unit {
  readonly id: string;
  readonly #pods: readonly Pod[];
  readonly #isExposed: boolean;
  readonly #compile: CompilePods;

  constructor(id: string, pods: readonly Pod[], isExposed: boolean, compile: CompilePods) {
    this.id = id;
    this.#pods = pods;
    this.#isExposed = isExposed;
    this.#compile = compile;
  }

  get from(): readonly unknown[] {
    return [this.#isExposed, ...this.#pods];
  }

  compile(): CompiledUnit {
    return this.#compile(this.#pods, this.#isExposed);
  }
}

/** As `ServiceNames.compile`, of Pods of one namespace. */
export type CompilePods = (pods: readonly Pod[], isExposed: boolean) => CompiledUnit;

/** What the unit of a Service is known by. */
export function unitId(namespace: string, service: string): string {
  return `${namespace}/${service}`;
}

/** Those units of a namespace that a change touched: what has no unit any more is gone. */
export function touchedUnits(
  name: string,
  touched: Iterable<string>,
  units: readonly Unit[],
): UnitGroup {
  const there = new Set(units.map(({ id }) => id));
  const ids = [...touched].map((service) => unitId(name, service));
  return { name, units, gone: ids.filter((id) => !there.has(id)) };
}

/** The Services of a namespace that are to be looked at: those that changed, or all of them. */
export function seenServices({ view, isOther, services }: ViewChange): SeenService[] {
  if (isOther) return allServices(view);
  return [...services.values()].flatMap(({ after }) => after ?? []);
}
