import type { Pod, Workload } from '../../kube/objects.ts';
import type { Problem } from '../../kube/problem.ts';
import type { NamespaceObjects } from '../../registry/namespace-objects.ts';
import type { Registry } from '../../registry/registry.ts';
import { sameItems } from '../../support/collections.ts';
import { AddressAllocator } from '../addresses/address-allocator.ts';
import type { Allocation } from '../addresses/address-ledger.ts';
import type { ServiceRanges } from '../addresses/numbered-range.ts';
import {
  isMissing,
  type MissingReplicas,
  missingCount,
  missingNumbers,
  missingReplicas,
} from './missing-replicas.ts';
import { MAX_SIMULATED_PODS, type Shortage, shortageProblem } from './simulation-shortage.ts';
import { podNameFault, podOf } from './workload-pods.ts';

/** Replicas looked at for an address that is kept for them, at one update. */
const MAX_RESTORES = 10 * MAX_SIMULATED_PODS;

/** A Pod that is simulated. */
interface Replica {
  /** `namespace/kind/workload/number`, and `/rollout` after the template has changed. */
  readonly owner: string;
  /** The workload that `pod` was made after. */
  madeFor: Workload | undefined;
  pod: Pod | undefined;
}

interface Simulation {
  readonly missing: MissingReplicas;
  /**
   * The hash of the template that the Pods were made anew after; '' before it has changed, when
   * names and addresses follow from the names in the manifests alone.
   */
  readonly rollout: string;
  readonly replicas: Map<number, Replica>;
  /**
   * Why it has fewer Pods, or Pods with fewer addresses, than it should; undefined when it has not.
   */
  shortage: Shortage | undefined;
}

/**
 * Makes the Pods of workloads that have none, with addresses of a range: `workloads simulate CIDR`.
 *
 * An address stays with its replica, whatever happens to others and while it is scaled away. One
 * that a Pod in the manifests has is that Pod's: if it has been handed out, the replica moves. A
 * changed template makes all replicas of a workload anew, with other addresses, as a rollout does.
 * Where there are Nodes, replicas run on one after the other, in order of name.
 */
export class PodSimulator {
  readonly #allocator: AddressAllocator;
  /** By namespace, then by `kind/name`. */
  readonly #simulations = new Map<string, Map<string, Simulation>>();
  readonly #pods = new Map<string, readonly Pod[]>();
  /** Addresses of Pods in the manifests, by namespace. */
  readonly #written = new Map<string, readonly string[]>();
  /** Namespaces with a workload that got less than it should have. */
  readonly #short = new Set<string>();
  /** Names of the nodes that take Pods, in order. */
  #nodes: readonly string[] = [];
  #size = 0;

  /**
   * `ranges` is undefined to simulate nothing; of both families IPv4 is the primary one.
   * `remembered` is what `allocations` said in an earlier run.
   *
   * @throws RangeError when a range cannot be counted.
   */
  constructor(ranges: ServiceRanges | undefined, remembered: Iterable<Allocation> = []) {
    this.#allocator = new AddressAllocator(ranges, remembered);
  }

  /** Are Pods made at all? */
  get isOn(): boolean {
    return this.#allocator.families.length > 0;
  }

  /** How many Pods are made. */
  get size(): number {
    return this.#size;
  }

  /** The addresses given out, to be remembered, with those of replicas that are gone. */
  allocations(): Iterable<Allocation> {
    return this.#allocator.allocations();
  }

  /**
   * Takes the new state of the namespaces that changed. Returns the other namespaces whose Pods are
   * now others: they changed too.
   */
  update(registry: Registry, namespaces: Iterable<string>): Set<string> {
    const changed = new Set<string>();
    if (!this.isOn) return changed;
    const dirty = new Set(namespaces);
    const isMoved = this.#setNodes(registry);
    const waiting = new Set([
      ...dirty,
      ...this.#short,
      ...(isMoved ? this.#simulations.keys() : []),
    ]);
    for (const name of dirty) {
      const objects = registry.namespace(name);
      for (const other of this.#setWritten(name, objects)) waiting.add(other);
      this.#setWorkloads(name, objects);
    }
    const inOrder = [...waiting].sort();
    this.#restore(inOrder);
    for (const name of inOrder) if (this.#settle(name)) changed.add(name);
    for (const name of dirty) changed.delete(name);
    return changed;
  }

  #setNodes({ nodes }: Registry): boolean {
    const takers = [...nodes.values()].filter(({ isUnschedulable }) => !isUnschedulable);
    const names = takers.map(({ name }) => name).sort();
    if (sameItems(names, this.#nodes)) return false;
    this.#nodes = names;
    return true;
  }

  /** The simulated Pods of a namespace: the very same objects while nothing about them changes. */
  podsOf(namespace: string): readonly Pod[] {
    return this.#pods.get(namespace) ?? NO_PODS;
  }

  /** Workloads with fewer Pods than they should have. */
  problems(): Problem[] {
    return [...this.#short].sort().flatMap((namespace) =>
      [...(this.#simulations.get(namespace)?.values() ?? [])].flatMap(({ missing, shortage }) => {
        if (shortage === undefined) return [];
        const { families } = this.#allocator;
        const ranges = families.map((family) => this.#allocator.cidrOf(family)).join(' and ');
        return [shortageProblem(missing, shortage, ranges)];
      }),
    );
  }

  /**
   * Keeps the addresses of written Pods. Returns the namespaces of the replicas that lose theirs.
   */
  #setWritten(namespace: string, objects: NamespaceObjects | undefined): string[] {
    for (const ip of this.#written.get(namespace) ?? []) this.#allocator.unname(ip);
    const written = [...(objects?.pods.values() ?? [])]
      .flatMap(({ podIPs }) => podIPs)
      .filter((ip) => this.#allocator.has(ip));
    if (written.length === 0) this.#written.delete(namespace);
    else this.#written.set(namespace, written);
    return written.flatMap((ip) => this.#allocator.name(ip)?.split('/')[0] ?? []);
  }

  #setWorkloads(namespace: string, objects: NamespaceObjects | undefined): void {
    const before = this.#simulations.get(namespace) ?? new Map<string, Simulation>();
    const after = new Map<string, Simulation>();
    for (const missing of objects ? missingReplicas(objects) : []) {
      const key = `${missing.workload.kind}/${missing.workload.name}`;
      const known = before.get(key);
      const rollout = this.#rolloutOf(missing, known);
      const isSame = known?.rollout === rollout;
      const replicas = isSame ? known.replicas : new Map<number, Replica>();
      after.set(key, { missing, rollout, replicas, shortage: undefined });
    }
    for (const [key, { replicas }] of before) {
      const now = after.get(key);
      const isStaying = now?.replicas === replicas;
      for (const number of [...replicas.keys()]) {
        if (!isStaying || !isMissing(now.missing, number)) this.#drop(replicas, number);
      }
    }
    if (after.size === 0) this.#simulations.delete(namespace);
    else this.#simulations.set(namespace, after);
  }

  /** After a restart, one whose addresses are kept goes on. */
  #rolloutOf(missing: MissingReplicas, known: Simulation | undefined): string {
    const { kind, template } = missing.workload;
    // A ReplicaSet replaces no Pods.
    if (kind === 'ReplicaSet') return '';
    if (known !== undefined) {
      const isSame = known.missing.workload.template.hash === template.hash;
      return isSame ? known.rollout : template.hash;
    }
    for (const number of missingNumbers(missing)) {
      const isKept = this.#allocator.keeps(ownerOf(missing.workload, number, template.hash));
      return isKept ? template.hash : '';
    }
    return '';
  }

  #drop(replicas: Map<number, Replica>, number: number): void {
    this.#allocator.release((replicas.get(number) as Replica).owner);
    replicas.delete(number);
    this.#size--;
  }

  /**
   * Replicas that had an address get it back before others choose: at a restart with a full range
   * none moves.
   */
  #restore(namespaces: readonly string[]): void {
    let left = MAX_RESTORES;
    for (const namespace of namespaces) {
      for (const simulation of this.#simulations.get(namespace)?.values() ?? []) {
        const { missing, rollout, replicas } = simulation;
        for (const number of missingNumbers(missing)) {
          if (left-- <= 0 || this.#size >= MAX_SIMULATED_PODS) return;
          const owner = ownerOf(missing.workload, number, rollout);
          if (replicas.has(number) || !this.#allocator.keeps(owner)) continue;
          this.#enter(owner, replicas, number);
          this.#allocator.restore(owner);
        }
      }
    }
  }

  /** Gives a namespace what it lacks. Returns whether its Pods are now others. */
  #settle(namespace: string): boolean {
    const pods: Pod[] = [];
    let isShort = false;
    for (const simulation of this.#simulations.get(namespace)?.values() ?? []) {
      simulation.shortage = this.#fill(simulation);
      isShort ||= simulation.shortage !== undefined;
      for (const [number, replica] of simulation.replicas) {
        pods.push(this.#podOf(replica, simulation, number));
      }
    }
    if (isShort) this.#short.add(namespace);
    else this.#short.delete(namespace);
    const before = this.podsOf(namespace);
    if (sameItems(pods, before)) return false;
    if (pods.length === 0) this.#pods.delete(namespace);
    else this.#pods.set(namespace, pods);
    return true;
  }

  #fill(simulation: Simulation): Shortage | undefined {
    const { missing, replicas } = simulation;
    const fault = podNameFault(missing.workload);
    if (fault !== undefined) {
      for (const number of [...replicas.keys()]) this.#drop(replicas, number);
      return { kind: 'name', fault };
    }
    // Those who had to give up an address.
    for (const { owner } of replicas.values()) this.#allocator.claim(owner);
    const isLimited = this.#addNew(simulation);
    let complete = 0;
    for (const [number, { owner }] of [...replicas]) {
      const { length } = this.#allocator.addressesOf(owner);
      if (length === 0) this.#drop(replicas, number);
      if (length === this.#allocator.families.length) complete++;
    }
    const lacking = missingCount(missing) - complete;
    return lacking === 0 ? undefined : { kind: isLimited ? 'limit' : 'full', lacking };
  }

  /** Returns whether the limit has kept it from adding all. */
  #addNew({ missing, rollout, replicas }: Simulation): boolean {
    for (const number of missingNumbers(missing)) {
      if (replicas.has(number)) continue;
      if (this.#size >= MAX_SIMULATED_PODS) return true;
      const owner = ownerOf(missing.workload, number, rollout);
      this.#enter(owner, replicas, number);
      if (this.#allocator.claim(owner).length === 0) return false; // and so would be all others
    }
    return false;
  }

  #enter(owner: string, replicas: Map<number, Replica>, number: number): void {
    replicas.set(number, { owner, madeFor: undefined, pod: undefined });
    this.#size++;
  }

  #podOf(replica: Replica, { missing, rollout }: Simulation, number: number): Pod {
    const { workload } = missing;
    const addresses = this.#allocator.addressesOf(replica.owner);
    const { pod, madeFor } = replica;
    const nodeName = this.#nodes[number % this.#nodes.length];
    const isSame = pod?.podIPs.join() === addresses.join() && pod.nodeName === nodeName;
    if (pod && madeFor === workload && isSame) return pod;
    replica.madeFor = workload;
    const made = podOf(workload, number, addresses, rollout);
    replica.pod = nodeName === undefined ? made : { ...made, nodeName };
    return replica.pod;
  }
}

const NO_PODS: readonly Pod[] = [];

function ownerOf({ namespace, kind, name }: Workload, number: number, rollout: string): string {
  const owner = `${namespace}/${kind}/${name}/${number}`;
  return rollout === '' ? owner : `${owner}/${rollout}`;
}
