import { ClusterIpAllocator } from '../../src/controllers/addresses/cluster-ips.ts';
import type { ServiceRanges } from '../../src/controllers/addresses/numbered-range.ts';
import { viewNamespace } from '../../src/controllers/namespace-view.ts';
import { PodSimulator } from '../../src/controllers/simulation/simulated-pods.ts';
import type { NamespaceView } from '../../src/kube/objects.ts';
import { Manifests } from '../registry/load-text.ts';

/** A registry and controllers that follow the files they are given. */
export class Cluster {
  readonly #manifests = new Manifests();
  readonly registry = this.#manifests.registry;
  readonly allocator: ClusterIpAllocator;
  readonly simulator: PodSimulator;

  constructor(
    files: Record<string, string> = {},
    ranges?: ServiceRanges,
    simulator = new PodSimulator(undefined),
  ) {
    this.allocator = new ClusterIpAllocator(ranges);
    this.simulator = simulator;
    this.#settle(Object.entries(files));
  }

  /** Replaces a file, or removes it; returns the namespaces to look at again. */
  put(file: string, text: string | undefined): string[] {
    return this.#settle([[file, text]]);
  }

  #settle(files: Iterable<readonly [file: string, text: string | undefined]>): string[] {
    const dirty = this.#manifests.take(files);
    const others = this.allocator.update(this.registry, dirty);
    const remade = this.simulator.update(this.registry, dirty);
    return [...new Set([...dirty, ...others, ...remade])].sort();
  }

  view(namespace: string): NamespaceView {
    const pods = this.simulator.podsOf(namespace);
    const view = viewNamespace(this.registry, this.allocator, namespace, pods);
    if (view === undefined) throw new Error(`There is no namespace ${namespace}`);
    return view;
  }

  /** The cluster IPs of `namespace/name`. */
  addresses(ref: string): readonly string[] {
    const [namespace = '', name = ''] = ref.split('/');
    const found = this.view(namespace).services.find((service) => service.name === name);
    if (found === undefined) throw new Error(`There is no Service ${ref}`);
    return found.clusterIPs;
  }
}
