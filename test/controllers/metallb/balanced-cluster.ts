import type { Allocation } from '../../../src/controllers/addresses/address-ledger.ts';
import { ClusterIpAllocator } from '../../../src/controllers/addresses/cluster-ips.ts';
import type { ServiceRanges } from '../../../src/controllers/addresses/numbered-range.ts';
import { LoadBalancerAllocator } from '../../../src/controllers/metallb/load-balancers.ts';
import type { Service } from '../../../src/kube/objects.ts';
import { problemText } from '../../../src/kube/problem.ts';
import { Manifests } from '../../registry/load-text.ts';

/** What is remembered from one run to the next. */
export interface Remembered {
  readonly clusterIPs: readonly Allocation[];
  readonly loadBalancers: readonly Allocation[];
}

/**
 * A registry, and the allocators of cluster IPs and of load balancers' addresses, that follow
 * files.
 */
export class BalancedCluster {
  readonly #manifests = new Manifests();
  readonly registry = this.#manifests.registry;
  readonly clusterIPs: ClusterIpAllocator;
  readonly loadBalancers: LoadBalancerAllocator;

  constructor(files: Record<string, string> = {}, remembered?: Remembered, ranges?: ServiceRanges) {
    this.clusterIPs = new ClusterIpAllocator(ranges, remembered?.clusterIPs);
    this.loadBalancers = new LoadBalancerAllocator(remembered?.loadBalancers);
    this.putAll(Object.entries(files));
  }

  /** Replaces a file, or removes it; returns the namespaces to look at again. */
  put(file: string, text: string | undefined): string[] {
    return this.putAll([[file, text]]);
  }

  /** Replaces or removes files all at once, as one look at a folder does. */
  putAll(files: Iterable<readonly [file: string, text: string | undefined]>): string[] {
    const dirty = this.#manifests.take(files);
    for (const name of this.clusterIPs.update(this.registry, dirty)) dirty.add(name);
    const resolve = (service: Service) => this.clusterIPs.resolve(service);
    const others = this.loadBalancers.update(this.registry, dirty, resolve);
    return [...dirty, ...others].sort();
  }

  get remembered(): Remembered {
    return {
      clusterIPs: [...this.clusterIPs.allocations()],
      loadBalancers: [...this.loadBalancers.allocations()],
    };
  }

  /** The Service `namespace/name` with everything filled in. */
  service(ref: string): Service {
    const [namespace = '', name = ''] = ref.split('/');
    const found = this.registry.namespace(namespace)?.services.get(name);
    if (found === undefined) throw new Error(`There is no Service ${ref}`);
    return this.loadBalancers.resolve(this.clusterIPs.resolve(found));
  }

  /**
   * Where the load balancer of `namespace/name` takes traffic: `1.2.3.4 fd00::1`; '' for nowhere.
   */
  points(ref: string): string {
    return this.service(ref)
      .loadBalancerPoints.map(({ ip, hostname }) => ip || hostname)
      .join(' ');
  }

  problems(): string[] {
    return this.loadBalancers.problems().map(problemText);
  }
}
