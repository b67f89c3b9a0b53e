import { keyFromText, keyOf, type NameKey } from '../dns/name.ts';
import type { EndpointSlice, Service, ServicePort } from '../kube/objects.ts';
import { endpointEntries } from '../zone/endpoint.ts';
import type { ZoneOptions } from '../zone/options.ts';
import { type Entry, entryAddress } from '../zone/records.ts';
import { upstreamEndpoints } from '../zone/upstream-endpoints.ts';
import { MANIFEST, type Made, type ObjectPlaces, placeOf } from './object-places.ts';
import { ServiceSources } from './service-sources.ts';

const WRITTEN: Made = { by: MANIFEST, from: undefined };

/** What the cluster's names of a Service, `web.shop.svc`, can come from. */
export function clusterSources(
  service: Service,
  slices: readonly EndpointSlice[],
  options: ZoneOptions,
  places: ObjectPlaces,
): ServiceSources {
  const sources = new ServiceSources();
  const name = keyOf([service.name, service.namespace, 'svc']);
  addOwn(sources, service, name, isHeadless(service) ? [] : service.clusterIPs, (address) =>
    places.clusterIp(service, address),
  );
  addUpstream(sources, service, slices, options, name);
  addEndpoints(sources, service, slices, options, places, ['svc']);
  return sources;
}

/** What the names of a Service in the zones of `k8s_external`, `web.shop`, can come from. */
export function outsideSources(
  service: Service,
  slices: readonly EndpointSlice[],
  options: ZoneOptions,
  places: ObjectPlaces,
): ServiceSources {
  const sources = new ServiceSources();
  const name = keyOf([service.name, service.namespace]);
  const points = service.loadBalancerPoints;
  const addresses = [...service.externalIPs, ...points.map(({ ip }) => ip)];
  addOwn(sources, service, name, addresses, (address) => places.outside(service, address));
  for (const { ip, hostname } of points) {
    if (ip === '') addTargets(sources, service, keyFromText(hostname));
  }
  addEndpoints(sources, service, slices, options, places, []);
  return sources;
}

function isHeadless({ clusterIPs }: Service): boolean {
  return clusterIPs[0] === 'None';
}

function addOwn(
  sources: ServiceSources,
  service: Service,
  name: NameKey,
  addresses: readonly string[],
  madeBy: (address: string) => Made,
): void {
  for (const text of addresses) {
    const address = entryAddress(text);
    if (address === undefined) continue;
    sources.addAddress(address, { ...madeBy(text), label: '', port: undefined, nodePort: 0 });
  }
  if (addresses.length > 0) addTargets(sources, service, name);
}

/** The port and the name of an SRV record are the Service's, whoever chose its address. */
function addTargets(sources: ServiceSources, { ports }: Service, target: NameKey): void {
  for (const port of ports) {
    const named = portText(port.name, port.protocol);
    const source = { ...WRITTEN, label: '', port: named, nodePort: port.nodePort };
    sources.addTarget(port.port, target, source);
  }
}

/** Endpoints that are host names have no address here, but SRV records. */
function addUpstream(
  sources: ServiceSources,
  service: Service,
  slices: readonly EndpointSlice[],
  options: ZoneOptions,
  name: NameKey,
): void {
  const annotated = upstreamEndpoints(service, [], options, name);
  addEntries(sources, service, annotated.entries, WRITTEN, '');
  if (annotated.isAnnotated) return;
  for (const slice of slices) {
    const { entries } = upstreamEndpoints(service, [slice], options, name);
    addEntries(sources, service, entries, { by: MANIFEST, from: placeOf(slice) }, '');
  }
}

function addEndpoints(
  sources: ServiceSources,
  service: Service,
  slices: readonly EndpointSlice[],
  options: ZoneOptions,
  places: ObjectPlaces,
  top: readonly string[],
): void {
  for (const slice of slices) {
    for (const endpoint of slice.endpoints) {
      const alone = { ...slice, endpoints: [endpoint] };
      const entries = endpointEntries(service, [alone], options);
      if (entries.length === 0) continue;
      const made = places.endpoint(slice, endpoint);
      for (const entry of entries) {
        const target = keyOf([entry.label, service.name, service.namespace, ...top]);
        addEntries(sources, service, [{ ...entry, target }], made, entry.label.toLowerCase());
      }
    }
  }
}

function addEntries(
  sources: ServiceSources,
  { ports }: Service,
  entries: readonly Entry[],
  made: Made,
  label: string,
): void {
  for (const { address, port, portName, protocol, target } of entries) {
    const source = { ...made, label, port: portText(portName, protocol), nodePort: 0 };
    if (address !== undefined) sources.addAddress(address, source);
    if (port === undefined) continue;
    const nodePort = nodePortOf(ports, portName, protocol);
    sources.addTarget(port, target, { ...source, nodePort });
  }
}

/** Endpoints' ports have the names of the Service's (the rule of EndpointSlices). */
function nodePortOf(ports: readonly ServicePort[], name: string, protocol: string): number {
  const same = ports.find((port) => {
    return port.name === name && port.protocol.toLowerCase() === protocol;
  });
  return same?.nodePort ?? 0;
}

function portText(name: string, protocol: string): string {
  return name === '' ? '' : `${name}/${protocol}`.toLowerCase();
}
