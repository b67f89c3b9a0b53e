import { ClusterIpAllocator } from '../../src/controllers/addresses/cluster-ips.ts';
import type { ServiceRanges } from '../../src/controllers/addresses/numbered-range.ts';
import { viewNamespace } from '../../src/controllers/namespace-view.ts';
import { NamespaceViews } from '../../src/controllers/namespace-views.ts';
import { PodSimulator } from '../../src/controllers/simulation/simulated-pods.ts';
import type { ViewChange } from '../../src/controllers/view-change.ts';
import type { NamespaceView } from '../../src/kube/objects.ts';
import { NamespaceDelta } from '../../src/registry/namespace-delta.ts';
import { getOrAdd } from '../../src/support/collections.ts';
import { Manifests } from '../registry/load-text.ts';
import type { ViewChanges } from './view-changes.ts';

/** A registry and controllers that follow the files they are given. */
export class Cluster {
  readonly #manifests = new Manifests();
  readonly #views = new NamespaceViews();
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

  /** Replaces a file, or removes it; returns the namespaces that changed. */
  put(file: string, text: string | undefined): string[] {
    const { views, gone } = this.take(file, text);
    return [...views.map(({ view }) => view.name), ...gone].sort();
  }

  /** The same; returns what changed of them. */
  take(file: string, text: string | undefined): ViewChanges {
    return this.#settle([[file, text]]);
  }

  #settle(files: Iterable<readonly [file: string, text: string | undefined]>): ViewChanges {
    const deltas = this.#manifests.deltas(files);
    const others = this.allocator.update(this.registry, deltas.keys());
    const remade = this.simulator.update(this.registry, deltas.keys());
    for (const name of [...others, ...remade]) {
      getOrAdd(deltas, name, () => new NamespaceDelta()).concernsAll = true;
    }
    const views: ViewChange[] = [];
    const gone: string[] = [];
    for (const [name, delta] of deltas) {
      const pods = this.simulator.podsOf(name);
      const change = this.#views.update(this.registry, this.allocator, name, delta, pods);
      if (change === undefined) gone.push(name);
      else views.push(change);
    }
    return { views, gone };
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
