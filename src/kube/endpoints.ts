import { ipFamily } from './ip.ts';
import type {
  Endpoint,
  EndpointAddress,
  EndpointSlice,
  EndpointSubset,
  Endpoints,
  IpFamily,
} from './objects.ts';
import { MANAGED_BY_LABEL, SERVICE_NAME_LABEL, SKIP_MIRROR_LABEL } from './well-known-labels.ts';

const MIRRORED_BY = 'endpointslicemirroring-controller.k8s.io';

/**
 * A legacy Endpoints object in EndpointSlice form, as the cluster's mirroring controller writes it:
 * one slice for each subset and address family. None when a label says not to mirror it.
 */
export function mirrorEndpoints(endpoints: Endpoints): EndpointSlice[] {
  if (endpoints.labels.get(SKIP_MIRROR_LABEL) === 'true') return [];
  const labels = new Map(endpoints.labels);
  labels.set(SERVICE_NAME_LABEL, endpoints.name);
  labels.set(MANAGED_BY_LABEL, MIRRORED_BY);
  return endpoints.subsets.flatMap((subset, index) =>
    FAMILIES.flatMap((family): EndpointSlice[] => {
      const mirrored = endpointsOf(subset, family);
      if (mirrored.length === 0) return [];
      return [
        {
          kind: 'EndpointSlice',
          namespace: endpoints.namespace,
          name: `${endpoints.name}-${index}-${family.toLowerCase()}`,
          labels,
          origin: endpoints.origin,
          serviceName: endpoints.name,
          addressType: family,
          endpoints: mirrored,
          ports: subset.ports,
        },
      ];
    }),
  );
}

const FAMILIES: readonly IpFamily[] = ['IPv4', 'IPv6'];

function endpointsOf(subset: EndpointSubset, family: IpFamily): Endpoint[] {
  return [
    ...subset.addresses.map((address) => endpointOf(address, true)),
    ...subset.notReadyAddresses.map((address) => endpointOf(address, false)),
  ].filter((endpoint) => ipFamily(endpoint.addresses[0] ?? '') === family);
}

function endpointOf(address: EndpointAddress, ready: boolean): Endpoint {
  const { ip, hostname, targetName } = address;
  return { addresses: [ip], ready, hostname, targetName };
}
