import { ipFamily } from '../../dns/address.ts';
import { isHeadless } from '../../kube/headless.ts';
import type {
  Endpoint,
  EndpointPort,
  EndpointSlice,
  IpFamily,
  Labels,
  Pod,
  Service,
  ServicePort,
} from '../../kube/objects.ts';
import { HEADLESS_LABEL, MANAGED_BY_LABEL, SERVICE_NAME_LABEL } from '../../kube/well-known.ts';
import { getOrAdd } from '../../support/collections.ts';

const MANAGED_BY = 'endpointslice-controller.k8s.io';

/**
 * The slices of a Service with a selector, as the cluster's endpoint slice controller builds them
 * from the pods selected: one for each address family and each set of target ports. Unlike there,
 * a slice holds any number of endpoints.
 */
export function slicesFromPods(service: Service, pods: readonly Pod[]): EndpointSlice[] {
  const labels = labelsOf(service);
  return familiesOf(service, pods).flatMap((family) =>
    groupByPorts(service, pods, family).map(({ ports, endpoints }, index) => ({
      kind: 'EndpointSlice',
      namespace: service.namespace,
      name: `${service.name}-${family.toLowerCase()}-${index}`,
      labels,
      origin: service.origin,
      madeOf: service,
      serviceName: service.name,
      addressType: family,
      endpoints,
      ports,
    })),
  );
}

interface PortGroup {
  readonly ports: readonly EndpointPort[];
  readonly endpoints: Endpoint[];
}

/** Pods may name different ports alike; those that resolve to the same numbers share a slice. */
function groupByPorts(service: Service, pods: readonly Pod[], family: IpFamily): PortGroup[] {
  const groups = new Map<string, PortGroup>();
  for (const pod of pods) {
    const addresses = pod.podIPs.filter((ip) => ipFamily(ip) === family);
    if (addresses.length === 0) continue;
    const ports = resolvePorts(service, pod);
    const key = ports.map((port) => `${port.name}/${port.port}/${port.protocol}`).join(' ');
    const group = getOrAdd(groups, key, () => ({ ports, endpoints: [] }));
    group.endpoints.push(endpointOf(service, pod, addresses));
  }
  return [...groups.values()];
}

/**
 * The host name goes with the subdomain, whether or not the Service is headless
 * (ShouldSetHostname).
 */
function endpointOf(service: Service, pod: Pod, addresses: readonly string[]): Endpoint {
  const ready = service.publishNotReadyAddresses || (pod.ready && !pod.terminating);
  const hostname = pod.subdomain === service.name ? pod.hostname : '';
  return { addresses, ready, hostname, targetName: pod.name, pod };
}

/** A port whose target the pod does not have is left out for that pod. */
function resolvePorts(service: Service, pod: Pod): EndpointPort[] {
  return service.ports.flatMap((servicePort) => {
    const port = targetPort(servicePort, pod);
    return port === undefined
      ? []
      : [{ name: servicePort.name, protocol: servicePort.protocol, port }];
  });
}

/** The number of a Service's port at a pod; undefined when no container has a port of that name. */
function targetPort({ targetPort: target, protocol }: ServicePort, pod: Pod): number | undefined {
  if (typeof target === 'number') return target;
  return pod.containerPorts.find((port) => port.name === target && port.protocol === protocol)
    ?.port;
}

/**
 * The families of a Service's endpoints: those of its cluster IPs, or for a headless Service those
 * it asks for. One that does not say is taken to want the primary family of its pods, which in a
 * cluster is the cluster's own default.
 */
export function familiesOf(service: Service, pods: readonly Pod[]): IpFamily[] {
  const { clusterIPs, ipFamilies, ipFamilyPolicy } = service;
  if (clusterIPs.length > 0 && !isHeadless(service)) return [...new Set(clusterIPs.map(ipFamily))];
  const primary = ipFamilies[0] ?? primaryFamily(pods);
  if (ipFamilyPolicy === 'SingleStack') return [primary];
  return primary === 'IPv4' ? ['IPv4', 'IPv6'] : ['IPv6', 'IPv4'];
}

function primaryFamily(pods: readonly Pod[]): IpFamily {
  const isIPv4 = pods.some(({ podIPs: [first = ''] }) => ipFamily(first) === 'IPv4');
  return isIPv4 || pods.length === 0 ? 'IPv4' : 'IPv6';
}

/** The controller copies the Service's labels, and adds its own. */
function labelsOf(service: Service): Labels {
  const labels = new Map(service.labels);
  labels.delete(HEADLESS_LABEL);
  if (isHeadless(service)) labels.set(HEADLESS_LABEL, '');
  labels.set(SERVICE_NAME_LABEL, service.name);
  labels.set(MANAGED_BY_LABEL, MANAGED_BY);
  return labels;
}
