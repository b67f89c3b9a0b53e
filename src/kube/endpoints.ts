import { ipFamily } from '../dns/address.ts';
import { IP_FAMILIES } from './ip.ts';
import type {
  Endpoint,
  EndpointAddress,
  EndpointSlice,
  EndpointSubset,
  Endpoints,
} from './objects.ts';
import { repackSubsets } from './repack-subsets.ts';
import { MANAGED_BY_LABEL, SERVICE_NAME_LABEL } from './well-known.ts';

const MIRRORED_BY = 'endpointslicemirroring-controller.k8s.io';

/**
 * Most addresses of one subset that the mirroring controller copies: the default of its
 * `--mirroring-max-endpoints-per-subset`.
 */
export const MAX_MIRRORED_ADDRESSES = 1_000;

/** What the mirroring controller makes of an Endpoints object. */
export interface Mirror {
  readonly slices: readonly EndpointSlice[];
  /** Addresses left out because a subset has too many. */
  readonly skipped: number;
}

/**
 * A legacy Endpoints object in EndpointSlice form, as the cluster's mirroring controller writes it:
 * one slice for each subset and address family, of at most 1,000 addresses together, ready ones
 * first.
 */
export function mirrorEndpoints(endpoints: Endpoints): Mirror {
  const labels = new Map(endpoints.labels);
  labels.set(SERVICE_NAME_LABEL, endpoints.name);
  labels.set(MANAGED_BY_LABEL, MIRRORED_BY);
  let skipped = 0;
  const slices = repackSubsets(endpoints.subsets).flatMap((subset, index) => {
    const all = endpointsOf(subset);
    const taken = all.slice(0, MAX_MIRRORED_ADDRESSES);
    skipped += all.length - taken.length;
    return IP_FAMILIES.flatMap((family): EndpointSlice[] => {
      const mirrored = taken.filter(({ addresses: [ip = ''] }) => ipFamily(ip) === family);
      if (mirrored.length === 0) return [];
      return [
        {
          kind: 'EndpointSlice',
          namespace: endpoints.namespace,
          name: `${endpoints.name}-${index}-${family.toLowerCase()}`,
          labels,
          origin: endpoints.origin,
          madeOf: endpoints,
          serviceName: endpoints.name,
          addressType: family,
          endpoints: mirrored,
          ports: subset.ports,
        },
      ];
    });
  });
  return { slices, skipped };
}

function endpointsOf({ addresses, notReadyAddresses }: EndpointSubset): Endpoint[] {
  return [
    ...addresses.map((address) => endpointOf(address, true)),
    ...notReadyAddresses.map((address) => endpointOf(address, false)),
  ];
}

function endpointOf(address: EndpointAddress, ready: boolean): Endpoint {
  const { ip, hostname, targetName } = address;
  return { addresses: [ip], ready, hostname, targetName };
}
