import { isIP } from 'node:net';
import { plainAddressBytes } from '../dns/address.ts';
import { keyOf, MAX_LABEL_BYTES, type NameKey } from '../dns/name.ts';
import { isHeadless } from '../kube/headless.ts';
import type { EndpointSlice, Service, ServiceImport } from '../kube/objects.ts';
import { groupBy } from '../support/collections.ts';
import { type EndpointEntry, endpointEntries } from './endpoint.ts';
import { hostKey, type NameSink } from './names.ts';
import type { ZoneOptions } from './options.ts';
import {
  type AddressEntry,
  aliasEntry,
  type ObjectEntry,
  PROTOCOL_LABELS,
  withPorts,
} from './records.ts';
import { type AddressClaim, reverseKey } from './reverse.ts';
import { upstreamEndpoints } from './upstream-endpoints.ts';

/**
 * Adds every name of one Service to `sink` and returns the addresses at which it is found.
 *
 * Kubernetes DNS specification 1.1.0 sections 2.3 (cluster IP), 2.4 (headless) and 2.5
 * (ExternalName).
 */
export function compileService(
  service: Service,
  slices: readonly EndpointSlice[],
  options: ZoneOptions,
  sink: NameSink,
): AddressClaim[] {
  if (service.type === 'ExternalName') {
    compileExternalName(service, sink);
    return [];
  }
  const name = serviceName(service);
  const endpoints = options.noEndpoints ? [] : endpointEntries(service, slices, options);
  const upstream = upstreamEndpoints(service, slices, options, name);
  const headless = isHeadless(service);
  const clusterEntries = headless ? [] : clusterIpEntries(service, name);
  const isEmpty = endpoints.length + upstream.entries.length === 0;
  const isByEndpoints = !headless && options.clusterIpEndpoints;
  const isByAddress = !headless && !isByEndpoints && upstream.entries.length === 0;
  if (headless || !options.ignoreEmptyService || !isEmpty) {
    // It exists even without endpoints, as it does with its cluster IP.
    if (isByEndpoints) addEmptyNames(service.ports, name, sink);
    const others = upstream.isAnnotated ? [] : endpoints;
    addNames(name, isByAddress ? clusterEntries : [...upstream.entries, ...others], sink);
  }
  for (const [target, entries] of groupBy(endpoints, ({ target }) => target)) {
    sink.addEntries(target, entries);
  }
  if (isByAddress) return serviceClaims(clusterEntries, endpoints, sink);
  const reached = endpointClaims(endpoints, []);
  // The cluster IP is not visible: at an endpoint's address is the Service.
  const visible = isByEndpoints ? reached.map((claim) => ({ ...claim, target: name })) : reached;
  return shown([...clusterClaims(clusterEntries), ...visible], sink);
}

/** The name of a Service, relative to the zones. */
export function serviceName({ name, namespace }: Service): NameKey {
  return keyOf([name, namespace, 'svc']);
}

/** The addresses at which a Service is found that has a cluster IP. */
export function serviceClaims(
  clusterEntries: readonly AddressEntry[],
  endpoints: readonly EndpointEntry[],
  sink: NameSink,
  host = clusterEntries,
): AddressClaim[] {
  const reached = endpointClaims(endpoints, host);
  return shown([...clusterClaims(clusterEntries), ...reached], sink);
}

/** To hidden names nothing leads. */
function shown(claims: AddressClaim[], { isHidden }: NameSink): AddressClaim[] {
  return isHidden ? claims.map((claim) => ({ ...claim, host: NO_HOST })) : claims;
}

/** The Service's own name, and `_port._protocol` below it for each named port. */
export function addNames(name: NameKey, entries: readonly ObjectEntry[], sink: NameSink): void {
  if (entries.length === 0) return;
  sink.addEntries(name, entries);
  const named = entries.filter(({ portName }) => hasPortName(portName));
  const ports = groupBy(named, ({ portName, protocol }) => portKey(portName, protocol, name));
  for (const [port, matching] of ports) sink.addEntries(port, matching);
}

/** The same names without records: they exist all the same. */
export function addEmptyNames(ports: ServiceImport['ports'], name: NameKey, sink: NameSink): void {
  sink.add(name, () => []);
  for (const port of ports) {
    if (!hasPortName(port.name)) continue;
    sink.add(portKey(port.name, PROTOCOL_LABELS[port.protocol], name), () => []);
  }
}

/**
 * An unnamed port has no name below the Service's. Nor has one of 63 letters, which the API server
 * takes: with the underscore that is too long for a label (RFC 1035 section 2.3.4).
 */
function hasPortName(portName: string): boolean {
  return portName !== '' && portName.length < MAX_LABEL_BYTES;
}

function portKey(portName: string, protocol: string, name: NameKey): NameKey {
  return (keyOf([`_${portName}`, `_${protocol}`]) + name) as NameKey;
}

/** For each port, each cluster IP. A Service without ports has its addresses, but no SRV record. */
export function clusterIpEntries(service: Service, name: NameKey): AddressEntry[] {
  const addresses = service.clusterIPs.flatMap((ip) => plainAddressBytes(ip) ?? []);
  const places = addresses.map((address) => ({ ...aliasEntry(service, name), address }));
  return withPorts(places, service.ports);
}

/**
 * A CNAME, at any type asked (RFC 1034 section 3.6.2). A target that looks like an address would be
 * a name under the top-level domain `4`, which does not exist, so there is no record, as in
 * CoreDNS.
 */
function compileExternalName(service: Service, sink: NameSink): void {
  if (isIP(service.externalName) !== 0) return;
  const target = hostKey(service.externalName);
  if (target === undefined) return;
  sink.addAlias(serviceName(service), target, service);
}

const NO_HOST: AddressClaim['host'] = [];

function clusterClaims(entries: readonly AddressEntry[]): AddressClaim[] {
  return entries.map((entry) => {
    const { address, target } = entry;
    return { reverse: reverseKey(address), target, isClusterIP: true, host: NO_HOST, entry };
  });
}

/** Endpoints of every kind of Service have PTR records in CoreDNS, not only headless ones. */
function endpointClaims(
  endpoints: readonly EndpointEntry[],
  clusterEntries: readonly AddressEntry[],
): AddressClaim[] {
  const places = onePortEach(endpoints);
  const bySlice = groupBy(places, ({ slice }) => slice);
  return places.map((entry) => ({
    reverse: reverseKey(entry.address),
    target: entry.target,
    isClusterIP: false,
    host: clusterEntries.length > 0 ? clusterEntries : (bySlice.get(entry.slice) ?? []),
    entry,
  }));
}

/** An endpoint's entries, one a port, are adjacent: of its address one of them is needed. */
function onePortEach(endpoints: readonly EndpointEntry[]): EndpointEntry[] {
  return endpoints.filter((entry, at) => entry.address !== endpoints[at - 1]?.address);
}
