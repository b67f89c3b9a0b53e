import type { NamespaceView, Pod, Service } from '../kube/objects.ts';
import type { Problem } from '../kube/problem.ts';
import { NamespaceDelta } from '../registry/namespace-delta.ts';
import type { Registry } from '../registry/registry.ts';
import { getOrAdd, pieceByPiece } from '../support/collections.ts';
import type { Pieces } from '../support/pieces.ts';
import type { Allocation } from './addresses/address-ledger.ts';
import { ClusterIpAllocator } from './addresses/cluster-ips.ts';
import { GivenNodePorts } from './addresses/given-node-ports.ts';
import { NodePorts } from './addresses/node-ports.ts';
import type { ServiceRanges } from './addresses/numbered-range.ts';
import { truncatedEndpoints } from './endpoints/mirrored-endpoints.ts';
import { missingEndpoints } from './endpoints/missing-endpoints.ts';
import { leftOutPorts } from './endpoints/slice-problems.ts';
import { LoadBalancerAllocator } from './metallb/load-balancers.ts';
import { NamespaceViews } from './namespace-views.ts';
import { PodSimulator } from './simulation/simulated-pods.ts';
import type { ViewChange } from './view-change.ts';

export interface ControllerOptions {
  /** Undefined for the usual ranges. */
  readonly serviceRanges: ServiceRanges | undefined;
  /** Undefined when no Pods are made up. */
  readonly simulatedPods: ServiceRanges | undefined;
}

/** The addresses and node ports given out, to be remembered from one run to the next. */
export interface GivenAddresses {
  readonly clusterIPs: Iterable<Allocation>;
  readonly loadBalancers: Iterable<Allocation>;
  readonly pods: Iterable<Allocation>;
  readonly nodePorts: Iterable<Allocation>;
}

const NOTHING_GIVEN: GivenAddresses = {
  clusterIPs: [],
  loadBalancers: [],
  pods: [],
  nodePorts: [],
};

/**
 * What a cluster's own controllers would do with the objects of a registry, in the order in which
 * they build on each other.
 */
export class Controllers {
  readonly #clusterIPs: ClusterIpAllocator;
  readonly #loadBalancers: LoadBalancerAllocator;
  readonly #pods: PodSimulator;
  readonly #nodePorts = new NodePorts();
  readonly #givenNodePorts: GivenNodePorts;
  readonly #views = new NamespaceViews();

  /** @throws RangeError when a range cannot be counted. */
  constructor({ serviceRanges, simulatedPods }: ControllerOptions, given = NOTHING_GIVEN) {
    this.#clusterIPs = new ClusterIpAllocator(serviceRanges, given.clusterIPs);
    this.#loadBalancers = new LoadBalancerAllocator(given.loadBalancers);
    this.#pods = new PodSimulator(simulatedPods, given.pods);
    this.#givenNodePorts = new GivenNodePorts(given.nodePorts);
  }

  get given(): GivenAddresses {
    return {
      clusterIPs: this.#clusterIPs.allocations(),
      loadBalancers: this.#loadBalancers.allocations(),
      pods: this.#pods.allocations(),
      nodePorts: this.#givenNodePorts.allocations(),
    };
  }

  /**
   * Takes what changed in each namespace. Returns that, with what changed in others because of it.
   */
  update(
    registry: Registry,
    deltas: ReadonlyMap<string, NamespaceDelta>,
  ): ReadonlyMap<string, NamespaceDelta> {
    const all = new Map(deltas);
    // What a cluster's own controllers have seen to is not looked at, however much there is of it.
    const dirty = new Set([...all.keys()].filter((name) => this.#isConcernedBy(all.get(name)!)));
    const services = new Map([...all].map(([name, { written }]) => [name, written]));
    for (const name of this.#clusterIPs.update(registry, dirty, services)) dirty.add(name);
    const withIPs = (service: Service) => this.#clusterIPs.resolve(service);
    const balanced = this.#loadBalancers.update(registry, dirty, withIPs);
    const remade = this.#pods.update(registry, dirty);
    this.#nodePorts.update(registry, dirty);
    const moved = this.#givenNodePorts.update(registry, dirty);
    // Which of their Services and Pods have something else now is not said.
    for (const name of [...dirty, ...balanced, ...remade, ...moved]) {
      getOrAdd(all, name, () => new NamespaceDelta()).concernsAll = true;
    }
    return all;
  }

  /** Simulated Pods take the place of those that are missing, of a cluster too. */
  #isConcernedBy({ concernsAll, hasOthers, pods }: NamespaceDelta): boolean {
    return concernsAll || hasOthers || (this.#pods.isOn && pods.size > 0);
  }

  /**
   * A namespace as DNS sees it, after `update` returned this of it; undefined when it does not
   * exist any longer.
   */
  view(registry: Registry, namespace: string, delta: NamespaceDelta): ViewChange | undefined {
    return this.#views.update(registry, this, namespace, delta, this.#pods.podsOf(namespace));
  }

  /** The namespaces as they were last seen, by name. */
  get views(): ReadonlyMap<string, NamespaceView> {
    return this.#views.all;
  }

  /** All Pods of a namespace, also those without an address. Ask after `update`. */
  podsOf(registry: Registry, namespace: string): Pod[] {
    const written = registry.namespace(namespace)?.pods.values() ?? [];
    return [...written, ...this.#pods.podsOf(namespace)];
  }

  /** The Service with all addresses and node ports that it was given. */
  resolve(service: Service): Service {
    const addressed = this.#loadBalancers.resolve(this.#clusterIPs.resolve(service));
    return this.#givenNodePorts.resolve(addressed);
  }

  /** What could not be done as the objects request it, and which Services have no endpoints. */
  *problems(registry: Registry, views: readonly NamespaceView[]): Pieces<Problem[]> {
    const found = [
      ...this.#clusterIPs.problems(),
      ...this.#loadBalancers.problems(),
      ...this.#nodePorts.problems(),
      ...this.#givenNodePorts.problems(),
      ...this.#pods.problems(),
    ];
    for (const view of views) {
      const objects = registry.namespace(view.name);
      const parts = [...pieceByPiece(view.services)].map((services) => ({ ...view, services }));
      for (const part of parts) {
        found.push(...truncatedEndpoints(part, objects));
        yield;
      }
      for (const part of parts) {
        found.push(...leftOutPorts(part));
        yield;
      }
      // Not in parts: an index of the Pods and workloads is made where one is needed.
      found.push(...missingEndpoints(view, objects, this.#pods.isOn));
      yield;
    }
    return found;
  }
}
