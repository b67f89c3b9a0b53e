import { plainAddressBytes } from '../dns/address.ts';
import { keyOf, type NameKey } from '../dns/name.ts';
import type {
  Endpoint,
  EndpointPort,
  EndpointSlice,
  Service,
  ServiceImport,
} from '../kube/objects.ts';
import { portsWithRecords } from '../kube/port-limit.ts';
import type { ZoneOptions } from './options.ts';
import { type AddressEntry, PROTOCOL_LABELS } from './records.ts';

/** An entry that an endpoint gives, with the endpoint's own label. */
export interface EndpointEntry extends AddressEntry {
  readonly label: string;
  /** The address as it is written. */
  readonly text: string;
  readonly slice: EndpointSlice;
  readonly endpoint: Endpoint;
}

/** A slice without ports still has addresses (coredns: a port of -1). */
const NO_PORT: EndpointPort = { name: '', protocol: 'TCP', port: undefined };

/** Each ready address × each port, over all slices of a Service; of very many ports the first. */
export function endpointEntries(
  service: Service | ServiceImport,
  slices: readonly EndpointSlice[],
  options: ZoneOptions,
): EndpointEntry[] {
  const entries: EndpointEntry[] = [];
  const parent = keyOf([service.name, service.namespace, 'svc']);
  // A name is not an address: `upstreamEndpoints` takes those.
  const used = slices.filter(
    (slice) => slice.addressType !== 'FQDN' && options.labels.matches(slice.labels),
  );
  const portCounts = portsWithRecords(used);
  for (const [at, slice] of used.entries()) {
    const ports = slice.ports.length === 0 ? [NO_PORT] : slice.ports.slice(0, portCounts[at]);
    for (const endpoint of slice.endpoints) {
      if (!endpoint.ready) continue;
      for (const text of endpoint.addresses) {
        const address = plainAddressBytes(text);
        if (address === undefined) continue;
        const label = endpointLabel(endpoint, text, options.endpointPodNames);
        const target = (keyOf([label]) + parent) as NameKey;
        for (const port of ports) {
          entries.push({
            label,
            text,
            object: service,
            slice,
            endpoint,
            target,
            address,
            port: port.port,
            portName: port.name,
            protocol: PROTOCOL_LABELS[port.protocol],
          });
        }
      }
    }
  }
  return entries;
}

/**
 * The endpoint's hostname; else, when asked for, its pod's name, if that is short enough for a
 * label; else the address with dashes.
 */
export function endpointLabel(endpoint: Endpoint, address: string, podNames: boolean): string {
  return ownLabel(endpoint, podNames) || dashedAddress(address);
}

/** The label that an endpoint has whatever its address; '' when it has none. */
export function ownLabel({ hostname, targetName }: Endpoint, podNames: boolean): string {
  if (hostname !== '') return hostname;
  return podNames && isLabel(targetName) ? targetName : '';
}

/** Pod names may be longer than a label, and may have dots, which no label of a host name has. */
function isLabel(podName: string): boolean {
  return podName !== '' && podName.length <= 63 && !podName.includes('.');
}

/** `10-1-2-3`, `fd00--5`; `fd00::` ends in a dash, which no host name may, so a 0 follows. */
export function dashedAddress(address: string): string {
  const dashed = address.replace(/[.:]/g, '-');
  return dashed.endsWith('-') ? `${dashed}0` : dashed;
}
