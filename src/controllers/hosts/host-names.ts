import type { NameKey } from '../../dns/name.ts';
import type { Gateway, KubeObject, NamespaceView, Node } from '../../kube/objects.ts';
import type { Problem } from '../../kube/problem.ts';
import type { Registry } from '../../registry/registry.ts';
import { getOrAdd, sameItems } from '../../support/collections.ts';
import type { ViewChange } from '../view-change.ts';
import { HostEntries } from './host-entries.ts';
import {
  concernsHosts,
  everything,
  type HostObjects,
  hostObjects,
  isSame,
} from './host-objects.ts';
import { HostProblems } from './host-problems.ts';
import type { HostNameRules } from './host-rules.ts';
import { type Host, HostTable } from './host-table.ts';
import { type HostEntry, type HostTargets, serviceTargets } from './host-targets.ts';
import { IngressNginxControllers } from './ingress-nginx.ts';
import { reportIdleListeners } from './route-hosts.ts';

const NO_HOSTS: ReadonlyMap<NameKey, Host> = new Map();

/**
 * The host names that Ingresses, routes, Services and DNSEndpoints give, with what they lead to:
 * what external-dns would write into a zone. Made anew as a whole when one of their objects
 * changes: they refer to each other over all namespaces.
 */
export class HostNames {
  readonly #rules: HostNameRules;
  readonly #namespaces = new Map<string, HostObjects>();
  readonly #views = new Map<string, NamespaceView>();
  #nodes: ReadonlyMap<string, Node> = new Map();
  #controllers = new IngressNginxControllers([], { views: new Map(), nodes: new Map() });
  #hosts: ReadonlyMap<NameKey, Host> = NO_HOSTS;
  #faults: ReadonlyMap<NameKey, string> = new Map();
  #problems: readonly Problem[] = [];

  constructor(rules: HostNameRules) {
    this.#rules = rules;
  }

  /**
   * Takes what changed in namespaces, and the disappearance of those in `gone`. Did a host change?
   */
  update(registry: Registry, changes: Iterable<ViewChange>, gone: Iterable<string>): boolean {
    let isChanged = false;
    for (const name of gone) {
      isChanged = this.#namespaces.delete(name) || isChanged;
      this.#views.delete(name);
    }
    for (const change of changes) {
      const { view } = change;
      this.#views.set(view.name, view);
      const before = this.#namespaces.get(view.name);
      if (!concernsHosts(change, before, this.#rules)) continue;
      const after = hostObjects(view, registry.namespace(view.name), this.#rules);
      if (before === undefined ? everything(after).length === 0 : isSame(before, after)) continue;
      this.#namespaces.set(view.name, after);
      isChanged = true;
    }
    isChanged = this.#updateControllers(registry) || isChanged;
    isChanged = this.#updateNodes(registry.nodes) || isChanged;
    if (isChanged) this.#make();
    return isChanged;
  }

  #updateNodes(nodes: ReadonlyMap<string, Node>): boolean {
    if (sameItems([...this.#nodes.values()], [...nodes.values()])) return false;
    this.#nodes = new Map(nodes);
    return true;
  }

  /** Did a status that ingress-nginx writes change? It may be for a Pod or a Node. */
  #updateControllers(registry: Registry): boolean {
    const before = this.#controllers.items;
    const workloads = [...this.#namespaces.values()].flatMap(({ controllers }) => controllers);
    const seen = { views: this.#views, nodes: registry.nodes };
    this.#controllers = new IngressNginxControllers(workloads, seen);
    return !sameItems(before, this.#controllers.items);
  }

  /** By name; a wildcard under its own, with the asterisk. */
  get hosts(): ReadonlyMap<NameKey, Host> {
    return this.#hosts;
  }

  /** Why a host of an object has no address; undefined when it has one, or is of no object. */
  faultOf(host: NameKey): string | undefined {
    return this.#faults.get(host);
  }

  /** The external addresses of a Service; none when there is no such Service. */
  externalAddresses(namespace: string, name: string): readonly string[] {
    const services = this.#namespaces.get(namespace)?.services ?? [];
    const service = services.find((one) => one.name === name);
    return service === undefined ? [] : serviceTargets(service).addresses;
  }

  problems(): readonly Problem[] {
    return this.#problems;
  }

  #make(): void {
    const problems = new HostProblems();
    const entries = new HostEntries(
      { namespaces: this.#namespaces, controllers: this.#controllers, nodes: this.#nodes },
      this.#rules,
      problems,
    );
    const named = new Set<string>();
    const table = new HostTable(this.#entries(entries, named), this.#rules, problems);
    this.#hosts = table.hosts;
    this.#faults = table.faults;
    reportControllers(this.#hosts.values(), problems);
    reportIdleListeners(this.#gateways(), named, problems);
    this.#problems = problems.all;
  }

  /** Adds the host of each entry to `named`. */
  *#entries(entries: HostEntries, named: Set<string>): Generator<HostEntry> {
    for (const name of this.#names()) {
      for (const entry of entries.of(this.#namespaces.get(name) as HostObjects)) {
        named.add(entry.host);
        yield entry;
      }
    }
  }

  /** Those whose routes are answered. */
  #gateways(): Gateway[] {
    const { resources, gatewayClasses } = this.#rules;
    if (!resources.includes('HTTPRoute')) return [];
    return this.#names()
      .flatMap((name) => this.#namespaces.get(name)?.gateways ?? [])
      .filter(({ className }) => gatewayClasses.length === 0 || gatewayClasses.includes(className));
  }

  #names(): string[] {
    return [...this.#namespaces.keys()].sort();
  }
}

/** Says what answers for Ingresses that have no status of their own. */
function reportControllers(hosts: Iterable<Host>, problems: HostProblems): void {
  const hostsOf = new Map<KubeObject, { targets: HostTargets; hosts: Set<Host> }>();
  for (const host of hosts) {
    for (const { object, via, targets } of host.records.flatMap(({ entries }) => entries)) {
      if (object.kind !== 'Ingress' || via === undefined) continue;
      getOrAdd(hostsOf, via, () => ({ targets, hosts: new Set<Host>() })).hosts.add(host);
    }
  }
  for (const [via, { targets, hosts: all }] of hostsOf) {
    const text = [...targets.addresses, ...targets.names].slice(0, 4).join(', ');
    const hostText = all.size === 1 ? 'one host' : `${all.size} hosts`;
    const message = `its ${text} answers for ${hostText} of Ingresses without a status`;
    problems.hint(via, 'GATEWAY_INGRESS_SERVICE', message);
  }
}
