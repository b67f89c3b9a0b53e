import type { Origin, Service } from '../../kube/objects.ts';
import { byOrigin, originText } from '../../kube/origin.ts';
import { objectProblem, type Problem } from '../../kube/problem.ts';
import type { Registry } from '../../registry/registry.ts';
import { getOrAdd } from '../../support/collections.ts';

/** One entry of `spec.ports` that names a port of the nodes. */
interface Use {
  readonly service: Service;
  /** Its index in `spec.ports`. */
  readonly at: number;
}

/**
 * The node ports that manifests name, to find those that are named twice. DNS carries none.
 *
 * The API server counts a port as taken for all protocols at once; only within one Service TCP and
 * UDP may share it.
 */
export class NodePorts {
  readonly #uses = new Map<number, Set<Use>>();
  /** What each namespace names, by Service. */
  readonly #byNamespace = new Map<string, ReadonlyMap<Service, readonly Use[]>>();
  /** Ports with more than one use. */
  readonly #disputed = new Set<number>();

  /** Takes the new state of the namespaces that changed. */
  update(registry: Registry, namespaces: Iterable<string>): void {
    for (const name of new Set(namespaces)) {
      const before = this.#byNamespace.get(name);
      const after = new Map<Service, readonly Use[]>();
      for (const service of registry.namespace(name)?.writtenServices.values() ?? []) {
        const uses = before?.get(service) ?? usesOf(service);
        if (uses.length > 0) after.set(service, uses);
      }
      for (const [service, uses] of before ?? []) if (!after.has(service)) this.#remove(uses);
      for (const [service, uses] of after) if (!before?.has(service)) this.#add(uses);
      if (after.size > 0) this.#byNamespace.set(name, after);
      else this.#byNamespace.delete(name);
    }
  }

  /**
   * Ports that more than one Service names; the first in the order of files has it. As written in
   * the files.
   */
  problems(): Problem[] {
    return [...this.#disputed]
      .sort((a, b) => a - b)
      .flatMap((port) => disputeProblems(port, [...(this.#uses.get(port) ?? [])]))
      .sort(byOrigin);
  }

  #add(uses: readonly Use[]): void {
    for (const use of uses) {
      const port = portOf(use);
      const all = getOrAdd(this.#uses, port, () => new Set()).add(use);
      if (all.size > 1) this.#disputed.add(port);
    }
  }

  #remove(uses: readonly Use[]): void {
    for (const use of uses) {
      const port = portOf(use);
      const all = this.#uses.get(port);
      all?.delete(use);
      if (all?.size === 0) this.#uses.delete(port);
      if ((all?.size ?? 0) < 2) this.#disputed.delete(port);
    }
  }
}

const NO_USES: readonly Use[] = [];

/** Each port once: a Service that names one for TCP and for UDP has it once. */
function usesOf(service: Service): readonly Use[] {
  if (service.ports.every(({ nodePort }) => nodePort === 0)) return NO_USES;
  const seen = new Set<number>();
  return service.ports.flatMap(({ nodePort }, at) => {
    if (nodePort === 0 || seen.has(nodePort)) return [];
    seen.add(nodePort);
    return [{ service, at }];
  });
}

function portOf({ service, at }: Use): number {
  return service.ports[at]?.nodePort ?? 0;
}

function placeOfUse({ service, at }: Use): Origin {
  return service.ports[at]?.nodePortOrigin ?? service.origin;
}

function disputeProblems(port: number, uses: readonly Use[]): Problem[] {
  const [winner, ...losers] = [...uses].sort((a, b) => byOrigin(a.service, b.service));
  if (winner === undefined) return [];
  const { service: has } = winner;
  const place = originText(placeOfUse(winner));
  return losers.map((use) => {
    const fault = `spec.ports[${use.at}].nodePort: Invalid value: ${port}: provided port is already allocated`;
    const message = `${fault}: Service ${has.namespace}/${has.name} at ${place} has it`;
    return objectProblem('warning', 'NODE_PORT_TAKEN', use.service, message, placeOfUse(use));
  });
}
