import type { Service, ServicePort } from '../../kube/objects.ts';
import { byOrigin } from '../../kube/origin.ts';
import { objectProblem, type Problem } from '../../kube/problem.ts';
import type { NamespaceObjects } from '../../registry/namespace-objects.ts';
import type { Registry } from '../../registry/registry.ts';
import { sameItems } from '../../support/collections.ts';
import { AddressLedger, type Allocation } from './address-ledger.ts';
import { hash } from './address-search.ts';

/**
 * kube-apiserver's `--service-node-port-range`. Its lowest 86 are given out last, so that manifests
 * can name them without a conflict (KEP-3668).
 */
const FIRST = 30_000;
const LAST = 32_767;
const FIRST_DYNAMIC = 30_086;

/** Problems of Services without a node port, in all. */
const MAX_PROBLEMS = 20;

/**
 * Gives Services of type NodePort and LoadBalancer the node ports that their manifests leave open.
 * DNS carries none; people see them in `svcdns get`.
 *
 * A port follows from the names of its Service and the port's number, and is kept for it: no other
 * gets it as long as there are others. One that a manifest names is given to none: who has it
 * moves. All are node ports for every protocol, and ports of one Service with the same number share
 * one, as in a cluster.
 */
export class GivenNodePorts {
  /** Ports as text, by owner: `namespace/service/port`. */
  readonly #ledger = new AddressLedger(() => {});
  /** Those that manifests name, by namespace. */
  readonly #named = new Map<string, readonly string[]>();
  /** By namespace: who is to have one. */
  readonly #wanted = new Map<string, ReadonlyMap<string, Service>>();
  /** Namespaces in which one of those has none. */
  readonly #short = new Set<string>();
  readonly #resolved = new WeakMap<Service, Service>();

  /** `remembered` is what `allocations` said in an earlier run. */
  constructor(remembered: Iterable<Allocation> = []) {
    const byPort = new Map([...remembered].map((one) => [one.address, one]));
    this.#ledger.remember(byPort.values(), 1);
  }

  /** The ports given out, to be remembered, with those of owners that are gone. */
  allocations(): Iterable<Allocation> {
    return this.#ledger.allocations([...this.#ledger.owners()].sort());
  }

  /**
   * Takes the new state of the namespaces that changed. Returns the other namespaces that have
   * other ports now.
   */
  update(registry: Registry, namespaces: Iterable<string>): Set<string> {
    const dirty = new Set(namespaces);
    const changed = new Set<string>();
    for (const name of dirty) {
      const objects = registry.namespace(name);
      for (const evicted of this.#setNamed(name, objects)) changed.add(evicted);
      this.#setWanted(name, objects);
    }
    let isFull = false;
    for (const name of [...new Set([...dirty, ...changed, ...this.#short])].sort()) {
      this.#short.delete(name);
      for (const owner of [...(this.#wanted.get(name)?.keys() ?? [])].sort()) {
        if (this.#portOf(owner) > 0) continue;
        const port = isFull ? undefined : this.#find(owner);
        if (port === undefined) {
          isFull = true;
          this.#short.add(name);
          continue;
        }
        this.#ledger.give(owner, port);
        changed.add(name);
      }
    }
    for (const name of dirty) changed.delete(name);
    return changed;
  }

  /** The Service with its node ports: the same object while they are the same. */
  resolve(service: Service): Service {
    if (!hasNodePorts(service)) return service;
    const numbers = service.ports.map((port) => this.#numberOf(service, port));
    const known = this.#resolved.get(service);
    const before = (known ?? service).ports.map(({ nodePort }) => nodePort);
    if (sameItems(numbers, before)) return known ?? service;
    const ports = service.ports.map((port, at) => ({ ...port, nodePort: numbers[at] ?? 0 }));
    const resolved = { ...service, ports };
    this.#resolved.set(service, resolved);
    return resolved;
  }

  problems(): Problem[] {
    const services = [...this.#short].flatMap((name) =>
      [...(this.#wanted.get(name) ?? [])].flatMap(([owner, service]) =>
        this.#portOf(owner) > 0 ? [] : [service],
      ),
    );
    const message = `failed to allocate a nodePort: range is full: none of ${FIRST}-${LAST} is left`;
    return [...new Set(services)]
      .sort(byOrigin)
      .slice(0, MAX_PROBLEMS)
      .map((service) => objectProblem('warning', 'NODE_PORTS_FULL', service, message));
  }

  #numberOf(service: Service, { port, nodePort }: ServicePort): number {
    return nodePort || namedFor(service, port) || this.#portOf(ownerOf(service, port));
  }

  /** 0 while it has none. */
  #portOf(owner: string): number {
    return Number(this.#ledger.of(owner)[0] ?? 0);
  }

  /** Takes ports that manifests name from those who have them; returns their namespaces. */
  #setNamed(namespace: string, objects: NamespaceObjects | undefined): string[] {
    for (const port of this.#named.get(namespace) ?? []) this.#ledger.unname(port);
    const named = [...(objects?.writtenServices.values() ?? [])]
      .flatMap(({ ports }) => ports)
      .flatMap(({ nodePort }) => (nodePort === 0 ? [] : `${nodePort}`));
    if (named.length === 0) this.#named.delete(namespace);
    else this.#named.set(namespace, named);
    const evicted = named.flatMap((port) => this.#ledger.name(port));
    return evicted.flatMap((owner) => owner.split('/', 1));
  }

  #setWanted(namespace: string, objects: NamespaceObjects | undefined): void {
    const wanted = new Map<string, Service>();
    for (const service of objects?.writtenServices.values() ?? []) {
      if (!hasNodePorts(service)) continue;
      for (const { port } of service.ports) {
        if (namedFor(service, port) === 0) wanted.set(ownerOf(service, port), service);
      }
    }
    for (const owner of this.#wanted.get(namespace)?.keys() ?? []) {
      if (!wanted.has(owner)) this.#ledger.release(owner);
    }
    if (wanted.size === 0) this.#wanted.delete(namespace);
    else this.#wanted.set(namespace, wanted);
  }

  #find(owner: string): string | undefined {
    const ledger = this.#ledger;
    const [kept] = ledger.kept(owner);
    if (kept !== undefined && !ledger.isHeld(kept) && !ledger.isNamed(kept)) return kept;
    const isFree = (port: number) => !ledger.isUsed(`${port}`);
    const count = LAST - FIRST_DYNAMIC + 1;
    const begin = hash(owner) % count;
    for (let step = 0; step < count; step++) {
      const port = FIRST_DYNAMIC + ((begin + step) % count);
      if (isFree(port)) return `${port}`;
    }
    for (let port = FIRST; port < FIRST_DYNAMIC; port++) if (isFree(port)) return `${port}`;
    const [spare] = ledger.spare();
    return spare;
  }
}

/** Is this text the number of a port that may be given out? */
export function isNodePort(text: string): boolean {
  return /^3\d{4}$/.test(text) && Number(text) >= FIRST && Number(text) <= LAST;
}

function hasNodePorts({ type, hasNoNodePorts }: Service): boolean {
  return type === 'NodePort' || (type === 'LoadBalancer' && hasNoNodePorts !== true);
}

/** The node port that the manifest has for this port number, of whatever protocol; 0 for none. */
function namedFor({ ports }: Service, number: number): number {
  return ports.find(({ port, nodePort }) => port === number && nodePort > 0)?.nodePort ?? 0;
}

function ownerOf({ namespace, name }: Service, port: number): string {
  return `${namespace}/${name}/${port}`;
}
