import type { Labels, Pod, Workload } from '../../kube/objects.ts';
import type { NamespaceObjects } from '../../registry/namespace-objects.ts';
import { byName } from '../../support/collections.ts';
import {
  orderedPod,
  POD_NAME_LABEL,
  podLabels,
  withoutOwned,
} from '../simulation/workload-pods.ts';
import { hasLabels, LabelIndex } from './label-index.ts';
import { type Similar, SimilarLabels } from './similar-labels.ts';

/**
 * What a Service's selector finds in its namespace, or nearly finds. Indexes are made when they are
 * first needed: usually every Service has endpoints, and none is needed.
 */
export class SelectorSearch {
  readonly #objects: NamespaceObjects;
  readonly #viewed: readonly Pod[];
  #pods: LabelIndex<Pod> | undefined;
  #workloads: LabelIndex<Workload> | undefined;
  #similar: SimilarLabels<Workload | Pod> | undefined;

  /** `viewed` are the Pods that have names by address, the simulated ones included. */
  constructor(objects: NamespaceObjects, viewed: readonly Pod[]) {
    this.#objects = objects;
    this.#viewed = viewed;
  }

  /** Pods in any state. */
  pods(selector: Labels): readonly Pod[] {
    this.#pods ??= new LabelIndex(this.#everyPod(), ({ labels }) => labels);
    return this.#pods.select(selector);
  }

  /** Workloads that make, or would make, a Pod that the selector finds. */
  workloads(selector: Labels): readonly Workload[] {
    const one = selector.get(POD_NAME_LABEL);
    if (one !== undefined) return this.#workloadOf(one, selector);
    this.#workloads ??= new LabelIndex(withoutOwned(this.#objects.workloads), templateLabels);
    return this.#workloads.select(selector);
  }

  /** What the selector misses by one label. */
  similar(selector: Labels, name: string): Similar<Workload | Pod> | undefined {
    this.#similar ??= new SimilarLabels<Workload | Pod>(
      [...withoutOwned(this.#objects.workloads), ...this.#everyPod()],
      (item) => (item.kind === 'Pod' ? item.labels : templateLabels(item)),
    );
    return this.#similar.find(selector, name);
  }

  #everyPod(): Pod[] {
    const pods = new Set([...this.#objects.pods.values(), ...this.#viewed]);
    return [...pods].sort(byName);
  }

  #workloadOf(podName: string, selector: Labels): Workload[] {
    const { set = '', ordinal = 0 } = orderedPod(podName) ?? {};
    const workload = this.#objects.of('StatefulSet').get(set);
    return workload !== undefined && hasLabels(podLabels(workload, ordinal), selector)
      ? [workload]
      : [];
  }
}

function templateLabels({ template }: Workload): Labels {
  return template.labels;
}
