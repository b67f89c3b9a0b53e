import type { NameKey } from '../dns/name.ts';
import { MAX_ENDPOINT_HOSTS, writtenHosts } from '../kube/endpoint-hosts.ts';
import type { EndpointPort, EndpointSlice, Service } from '../kube/objects.ts';
import { hostKey } from './names.ts';
import type { ZoneOptions } from './options.ts';
import { aliasEntry, type ObjectEntry, withPorts } from './records.ts';

/** Endpoints of a Service whose addresses are asked of the upstreams: `endpoints dns`. */
export interface UpstreamEndpoints {
  readonly entries: readonly ObjectEntry[];
  /** The Service's annotation names them: then its other endpoints do not count. */
  readonly isAnnotated: boolean;
}

const NONE: UpstreamEndpoints = { entries: [], isAnnotated: false };

/**
 * The host names that a Service's annotation has; without one, those of its ready endpoints in
 * slices of `addressType: FQDN`. SRV records lead to `name`, the Service itself, which has all
 * their addresses.
 */
export function upstreamEndpoints(
  service: Service,
  slices: readonly EndpointSlice[],
  options: ZoneOptions,
  name: NameKey,
): UpstreamEndpoints {
  if (!options.endpointsDns || options.noEndpoints) return NONE;
  const hosts = writtenHosts(service)?.hosts.flatMap((host) => hostKey(host) ?? []) ?? [];
  if (hosts.length > 0) {
    const places = hosts.map((host) => ({ ...aliasEntry(service, name), host }));
    return { entries: withPorts(places, annotatedPorts(service)), isAnnotated: true };
  }
  const seen = new Set<NameKey>();
  const entries = slices
    .filter((slice) => slice.addressType === 'FQDN' && options.labels.matches(slice.labels))
    .flatMap((slice) => {
      const ready = slice.endpoints.filter((endpoint) => endpoint.ready);
      const keys = ready
        .flatMap((endpoint) => endpoint.addresses)
        .flatMap((host) => hostKey(host) ?? []);
      for (const key of keys) if (seen.size < MAX_ENDPOINT_HOSTS) seen.add(key);
      const used = keys.filter((key) => seen.has(key));
      const places = used.map((host) => ({ ...aliasEntry(service, name), host, slice }));
      return withPorts(places, slice.ports);
    });
  return { entries, isAnnotated: false };
}

/**
 * What listens there, as far as a Service says: a `targetPort` with a name is one of unknown
 * containers.
 */
function annotatedPorts({ ports }: Service): EndpointPort[] {
  return ports.map(({ name, protocol, port, targetPort }) => ({
    name,
    protocol,
    port: typeof targetPort === 'number' ? targetPort : port,
  }));
}
