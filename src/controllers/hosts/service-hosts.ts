import { isHeadless } from '../../kube/headless.ts';
import type { EndpointSlice, KubeObject, Node, Pod, Service } from '../../kube/objects.ts';
import { getOrAdd } from '../../support/collections.ts';
import { hasLabels } from '../endpoints/label-index.ts';
import { annotatedTargets, annotatedWord } from './external-dns.ts';
import type { HostObjects } from './host-objects.ts';
import type { HostProblems } from './host-problems.ts';
import { type HostTargets, hasNoTarget, serviceTargets } from './host-targets.ts';

/** A host name of a Service, or below it, and where it leads. */
export interface ServiceHost {
  readonly host: string;
  readonly targets: HostTargets;
  /** Why there is no target; '' when there is one. */
  readonly fault: string;
}

/** Where clients outside and inside are sent to, by a Service's annotations. */
export type Audience = 'hostname' | 'internal-hostname';

/** What external-dns makes of host names in annotations of Services (`source/service.go`). */
export class ServiceHosts {
  readonly #nodes: ReadonlyMap<string, Node>;
  readonly #problems: HostProblems;

  constructor(nodes: ReadonlyMap<string, Node>, problems: HostProblems) {
    this.#nodes = nodes;
    this.#problems = problems;
  }

  /** `objects` are those of the Service's namespace. */
  of(service: Service, host: string, audience: Audience, objects: HostObjects): ServiceHost[] {
    const { type, clusterIPs, externalIPs, externalName } = service;
    if (isHeadless(service)) return this.#ofHeadless(service, host, objects);
    if (type === 'NodePort') return [{ host, ...this.#nodeTargets(service, objects) }];
    if (type === 'ExternalName') {
      const names = externalIPs.length > 0 ? [] : [externalName.toLowerCase()];
      return [{ host, targets: { addresses: externalIPs, names }, fault: '' }];
    }
    const targets =
      audience === 'internal-hostname'
        ? { addresses: clusterIPs.slice(0, 1), names: [] }
        : serviceTargets(service);
    return [{ host, targets, fault: hasNoTarget(targets) ? NO_ADDRESS[audience] : '' }];
  }

  /** The addresses of its Pods, and of each that has a host name under that name too. */
  #ofHeadless(service: Service, host: string, objects: HostObjects): ServiceHost[] {
    const kind = this.#endpointsType(service);
    const pods = new Map(objects.pods.map((pod) => [pod.name, pod]));
    const found = new Map<string, Collected>();
    const slices = objects.slices.get(service.name) ?? [];
    for (const { endpoint, addressType } of readyEndpoints(service, slices)) {
      const pod = endpoint.pod ?? pods.get(endpoint.targetName);
      if (pod === undefined || !hasLabels(pod.labels, service.selector ?? new Map())) continue;
      const targets = annotatedTargets(pod, this.#problems) ?? {
        addresses: this.#podAddresses(pod, kind, addressType === 'FQDN' ? [] : endpoint.addresses),
        names: [],
      };
      const names = pod.hostname === '' ? [host] : [host, `${pod.hostname}.${host}`];
      for (const name of names) collect(getOrAdd(found, name, newCollected), targets, pod);
    }
    const hosts = [...found].map(([name, targets]) => ({ host: name, targets, fault: '' }));
    const reached = hosts.filter(({ targets }) => !hasNoTarget(targets));
    return reached.length > 0 ? reached : [{ host, targets: newCollected(), fault: NO_PODS[kind] }];
  }

  #endpointsType(service: Service): EndpointsType {
    const word = annotatedWord(
      service,
      'endpoints-type',
      ['NodeExternalIP', 'HostIP'],
      this.#problems,
    );
    return word ?? 'Pod';
  }

  #podAddresses(pod: Pod, kind: EndpointsType, own: readonly string[]): readonly string[] {
    if (kind === 'Pod') return own.slice(0, 1);
    const node = this.#nodes.get(pod.nodeName ?? '');
    if (kind === 'NodeExternalIP') return node?.externalIPs ?? [];
    const hostIP = pod.hostIP ?? node?.internalIPs[0];
    return hostIP === undefined ? [] : [hostIP];
  }

  #nodeTargets(service: Service, { pods }: HostObjects): Omit<ServiceHost, 'host'> {
    const isLocal = service.externalTrafficPolicy === 'Local';
    const nodes = isLocal ? this.#nodesOf(service, pods) : [...this.#nodes.values()];
    const access = annotatedWord(service, 'access', ['public', 'private'], this.#problems);
    const hasExternal = nodes.some(({ externalIPs }) => externalIPs.length > 0);
    const isExternal = access === 'public' || (access === undefined && hasExternal);
    const targets = newCollected();
    for (const node of nodes.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const addresses = isExternal ? node.externalIPs : node.internalIPs;
      collect(targets, { addresses, names: [] }, node);
    }
    if (!hasNoTarget(targets)) return { targets, fault: '' };
    // Ours: external-dns has the nodes, or nothing.
    if (service.externalIPs.length > 0) return { targets: serviceTargets(service), fault: '' };
    const which = isLocal ? 'no Node that one of its Pods runs on' : 'no Node';
    const kind = access === undefined ? 'an' : isExternal ? 'an external' : 'an internal';
    return {
      targets,
      fault: `it is of type NodePort, and ${which} with ${kind} address is in the manifests: add the Nodes (kubectl get nodes -o yaml)`,
    };
  }

  /** Nodes with running Pods of the Service; where there are ready ones, only those of the best. */
  #nodesOf({ selector }: Service, pods: readonly Pod[]): Node[] {
    const ranks = new Map<Node, number>();
    for (const pod of pods) {
      const node = this.#nodes.get(pod.nodeName ?? '');
      const isOne = selector !== undefined && hasLabels(pod.labels, selector);
      if (node === undefined || pod.phase !== 'Running' || !isOne) continue;
      const rank = pod.ready ? (pod.terminating ? 2 : 3) : 1;
      ranks.set(node, Math.max(rank, ranks.get(node) ?? 0));
    }
    const best = Math.max(...ranks.values());
    return [...ranks].filter(([, rank]) => rank === best).map(([node]) => node);
  }
}

/** What a headless Service's name leads to: its Pods, or their nodes. */
type EndpointsType = 'Pod' | 'NodeExternalIP' | 'HostIP';

const NO_ADDRESS: Readonly<Record<Audience, string>> = {
  hostname:
    'it has no external address: expected type LoadBalancer with an address, or externalIPs',
  'internal-hostname': 'it has no cluster IP',
};

const NO_PODS: Readonly<Record<EndpointsType, string>> = {
  Pod: 'it is headless, and none of its endpoints is a ready Pod',
  NodeExternalIP:
    'it is headless, and none of its ready Pods runs on a Node of the manifests with an ExternalIP',
  HostIP:
    'it is headless, and none of its ready Pods has a status.hostIP or runs on a Node with an InternalIP',
};

interface Collected extends HostTargets {
  readonly addresses: string[];
  readonly names: string[];
  readonly holders: Map<string, KubeObject>;
}

function newCollected(): Collected {
  return { addresses: [], names: [], holders: new Map() };
}

function collect(into: Collected, { addresses, names }: HostTargets, holder: KubeObject): void {
  for (const address of addresses) {
    if (into.holders.has(address)) continue;
    into.holders.set(address, holder);
    into.addresses.push(address);
  }
  for (const name of names) if (!into.names.includes(name)) into.names.push(name);
}

function readyEndpoints(service: Service, slices: readonly EndpointSlice[]) {
  return slices.flatMap(({ endpoints, addressType }) =>
    endpoints
      .filter(({ ready }) => ready || service.publishNotReadyAddresses)
      .map((endpoint) => ({ endpoint, addressType })),
  );
}
