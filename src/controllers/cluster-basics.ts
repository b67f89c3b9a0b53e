import { DEFAULT_NAMESPACE } from '../kube/names.ts';
import type { Origin, Protocol, Service, ServicePort } from '../kube/objects.ts';
import type { ObjectChange, Registry } from '../registry/registry.ts';

/** In the place of a file: the option that makes them. */
export const CLUSTER_BASICS: Origin = { file: 'cluster_basics', document: 0, line: 0, column: 0 };

/**
 * The two Services that every cluster has, as kubeadm makes them: for the option `cluster_basics`,
 * where manifests do not have them.
 *
 * Their addresses are the usual ones of the service range, its first and its tenth
 * (`ClusterIpAllocator`). They have no endpoints unless the manifests have some: an API server is
 * not there, and what clients take for their DNS server they know already.
 */
export class ClusterBasics {
  #isFirst = true;

  /** The change with those that it leaves out, or takes away. */
  complete(change: ObjectChange): ObjectChange {
    const isLacking = (service: Service) => !change.put.some((put) => isSame(put, service));
    const isWanted = (service: Service) =>
      this.#isFirst || change.gone.some((gone) => isSame(gone, service));
    const added = BASICS.filter((service) => isWanted(service) && isLacking(service));
    this.#isFirst = false;
    if (added.length === 0) return change;
    const gone = change.gone.filter((key) => !added.some((service) => isSame(key, service)));
    return { ...change, put: [...change.put, ...added], gone };
  }
}

/** Which of them there are not: `kubernetes in default`. */
export function missingBasics(registry: Registry): string[] {
  return BASICS.filter(
    ({ namespace, name }) => !registry.namespace(namespace)?.services.has(name),
  ).map(({ namespace, name }) => `${name} in ${namespace}`);
}

/** Whether every cluster has a Service of this name. */
export function isBasic({ namespace, name }: Pick<Service, 'namespace' | 'name'>): boolean {
  return BASICS.some((service) => service.namespace === namespace && service.name === name);
}

type Key = Pick<Service, 'namespace' | 'name'> & { readonly kind: string };

function isSame(a: Key, b: Key): boolean {
  return a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}

const BASICS: readonly Service[] = [
  {
    ...service(DEFAULT_NAMESPACE, 'kubernetes', [
      ['component', 'apiserver'],
      ['provider', 'kubernetes'],
    ]),
    ports: [port('https', 'TCP', 443, 6443)],
  },
  {
    ...service('kube-system', 'kube-dns', [
      ['k8s-app', 'kube-dns'],
      ['kubernetes.io/cluster-service', 'true'],
      ['kubernetes.io/name', 'CoreDNS'],
    ]),
    ports: [
      port('dns', 'UDP', 53, 53),
      port('dns-tcp', 'TCP', 53, 53),
      port('metrics', 'TCP', 9153, 9153),
    ],
    selector: new Map([['k8s-app', 'kube-dns']]),
  },
];

function service(
  namespace: string,
  name: string,
  labels: readonly (readonly [string, string])[],
): Omit<Service, 'ports'> {
  return {
    kind: 'Service',
    namespace,
    name,
    labels: new Map(labels),
    origin: CLUSTER_BASICS,
    type: 'ClusterIP',
    clusterIPs: [],
    ipFamilies: [],
    ipFamilyPolicy: 'SingleStack',
    selector: undefined,
    externalName: '',
    publishNotReadyAddresses: false,
    externalIPs: [],
    loadBalancerIP: '',
    loadBalancerClass: '',
    loadBalancerPoints: [],
    annotations: new Map(),
  };
}

function port(name: string, protocol: Protocol, number: number, targetPort: number): ServicePort {
  return { name, protocol, port: number, targetPort, nodePort: 0 };
}
