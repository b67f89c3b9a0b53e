import {
  ClusterIpAllocator,
  type ServiceRanges,
} from '../../src/controllers/addresses/cluster-ips.ts';
import { viewNamespace } from '../../src/controllers/namespace-view.ts';
import { PodSimulator } from '../../src/controllers/simulation/simulated-pods.ts';
import type { NamespaceView } from '../../src/kube/objects.ts';
import { Registry } from '../../src/registry/registry.ts';
import { loadText } from '../registry/load-text.ts';

/** A registry and controllers that follow the files they are given. */
export class Cluster {
  readonly registry = new Registry();
  readonly allocator: ClusterIpAllocator;
  readonly simulator: PodSimulator;

  constructor(
    files: Record<string, string> = {},
    ranges?: ServiceRanges,
    simulator = new PodSimulator(undefined),
  ) {
    this.allocator = new ClusterIpAllocator(ranges);
    this.simulator = simulator;
    for (const [file, text] of Object.entries(files)) {
      this.registry.replaceFile(file, loadText(file, text));
    }
    this.settle();
  }

  /** Replaces a file, or removes it; returns the namespaces to look at again. */
  put(file: string, text: string | undefined): string[] {
    if (text === undefined) this.registry.removeFile(file);
    else this.registry.replaceFile(file, loadText(file, text));
    return this.settle();
  }

  settle(): string[] {
    const dirty = this.registry.takeDirty();
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
