import { Type } from '../dns/codes.ts';
import { keyFromText, keyOf, type NameKey } from '../dns/name.ts';
import { nameRecord, serviceRecord } from '../dns/record.ts';
import type { EndpointSlice, Service, ServicePort } from '../kube/objects.ts';
import { getOrAdd, groupBy } from '../support/collections.ts';
import { type PreparedAnswer, prepareAnswer, prepareHosts } from './answer.ts';
import { type EndpointEntry, endpointEntries } from './endpoint.ts';
import type { NameSink } from './names.ts';
import type { ZoneOptions } from './options.ts';
import {
  addressAnswers,
  addressRRsets,
  aliasEntry,
  entryAddress,
  type ObjectEntry,
} from './records.ts';
import type { AddressClaim } from './reverse.ts';

/** Where a Service can be reached from outside. */
interface Outside {
  readonly addresses: readonly Uint8Array[];
  /** Load balancers that are known by name only. */
  readonly hosts: readonly NameKey[];
}

/** Host names of one Service: each is looked up, upstream, for each question about it. */
const MAX_HOSTS = 10;

/**
 * Adds the names under which one Service is known outside to `sink`: `web.shop`, and
 * `_http._tcp.web.shop`. With `headless` also those of endpoints, `db-0.db.shop`, and of the
 * headless Service itself, when it has no address outside.
 *
 * Returns its addresses outside, which have PTR records, and those of its endpoints: when we are
 * one of them, its addresses outside are ours.
 */
export function compileExternalService(
  service: Service,
  slices: readonly EndpointSlice[],
  options: ZoneOptions,
  sink: NameSink,
): AddressClaim[] {
  const outside = outsideOf(service);
  const isOutside = outside.addresses.length + outside.hosts.length > 0;
  const isHeadlessWanted = options.external?.headless === true;
  const hasEndpoints = !options.noEndpoints && (isOutside || isHeadlessWanted);
  const target = keyOf([service.name, service.namespace]);
  const endpoints = hasEndpoints ? outsideEntries(service, slices, options) : [];
  if (isOutside) addOutside(target, outside, service, sink);
  else addEndpoints(target, service, endpoints, sink);
  const alone = aliasEntry(service, target);
  const own = outside.addresses.map((address) => ({ ...alone, address }));
  const host = isOutside ? own : endpoints.map(({ address }) => ({ ...alone, address }));
  return [
    ...own.map((entry) => ({ entry, target, isClusterIP: false, host: [] })),
    ...endpoints.map((entry) => ({ entry, target: undefined, isClusterIP: false, host })),
  ];
}

/** `spec.externalIPs`, then the points of the load balancer: its address, or else its name. */
function outsideOf({ externalIPs, loadBalancerPoints }: Service): Outside {
  const ips = [...externalIPs, ...loadBalancerPoints.map(({ ip }) => ip)];
  const hosts = loadBalancerPoints.filter(({ ip }) => ip === '').map(({ hostname }) => hostname);
  return {
    addresses: [...new Set(ips)].map(entryAddress).filter((address) => address !== undefined),
    hosts: [...new Set(hosts)].slice(0, MAX_HOSTS).map(keyFromText),
  };
}

/**
 * The Service's own name and its port names.
 *
 * One host name, and nothing beside it, makes the Service's name an alias (a CNAME record). Of
 * several there can be no such RRset (RFC 2181 section 10.1), and none beside other records: then
 * whoever answers looks up their addresses.
 */
function addOutside(name: NameKey, outside: Outside, service: Service, sink: NameSink): void {
  const { ports } = service;
  const { ttl } = sink;
  const records = (owner: NameKey, zone: NameKey, among: readonly ServicePort[]) => [
    ...(outside.hosts.length === 0 ? [] : [prepareHosts(outside.hosts)]),
    ...addressAnswers(owner, zone, outside.addresses, ttl),
    ...serviceAnswers(owner, zone, name, outside, among, ttl),
  ];
  const [host, ...more] = outside.hosts;
  const alias = outside.addresses.length + more.length === 0 ? host : undefined;
  if (alias === undefined) {
    const sources = sourcesOf(name, outside, service, ports);
    sink.add(name, (owner, zone) => records(owner, zone, ports), sources);
  } else {
    // RFC 1034 section 3.6.2: "If a CNAME RR is present at a node, no other data should be
    // present".
    const answers = (owner: NameKey, zone: NameKey) => [
      prepareAnswer(owner, zone, [nameRecord(owner, Type.CNAME, alias, ttl)]),
    ];
    sink.add(name, answers, [aliasEntry(service, alias)]);
  }
  const named = ports.filter((port) => port.name !== '');
  const byName = groupBy(named, (port) => portName(port.name, port.protocol, name));
  for (const [key, same] of byName) {
    const sources = sourcesOf(name, outside, service, same);
    sink.add(key, (owner, zone) => records(owner, zone, same), sources);
  }
}

/** Each place with each port; the places alone when there is none. */
function sourcesOf(
  name: NameKey,
  { addresses, hosts }: Outside,
  service: Service,
  ports: readonly ServicePort[],
): ObjectEntry[] {
  const places = [
    ...addresses.map((address) => ({ ...aliasEntry(service, name), address })),
    ...hosts.map((host) => aliasEntry(service, host)),
  ];
  if (ports.length === 0) return places;
  return ports.flatMap(({ name: portName, protocol, port }) =>
    places.map((place) => ({ ...place, port, portName, protocol: protocol.toLowerCase() })),
  );
}

/** SRV records. The weight is 100 shared among all places and ports, as in CoreDNS. */
function serviceAnswers(
  owner: NameKey,
  zone: NameKey,
  name: NameKey,
  { addresses, hosts }: Outside,
  ports: readonly ServicePort[],
  ttl: number,
): PreparedAnswer[] {
  if (ports.length === 0) return [];
  const own = (name + zone) as NameKey;
  const targets = addresses.length === 0 ? hosts : [own, ...hosts];
  const places = (addresses.length + hosts.length) * ports.length;
  const weight = Math.max(1, Math.floor(100 / places));
  const records = [...new Set(ports.map(({ port }) => port))].flatMap((port) =>
    targets.map((target) => serviceRecord(owner, weight, port, target, ttl)),
  );
  const glue = addressRRsets(own, addresses, ttl).flat();
  return [prepareAnswer(owner, zone, records, glue)];
}

/**
 * The names of a Service without an address outside; endpoints have names below every kind of
 * Service.
 */
function addEndpoints(
  name: NameKey,
  { clusterIPs }: Service,
  endpoints: readonly EndpointEntry[],
  sink: NameSink,
): void {
  const names = new Map<NameKey, ObjectEntry[]>();
  const add = (key: NameKey, entry: ObjectEntry) => {
    getOrAdd(names, key, () => []).push(entry);
  };
  for (const entry of endpoints) {
    add(entry.target, entry);
    if (clusterIPs[0] !== 'None') continue;
    add(name, entry);
    if (entry.portName !== '') add(portName(entry.portName, entry.protocol, name), entry);
  }
  for (const [key, entries] of names) sink.addEntries(key, entries);
}

/** Ready endpoints under their names outside, which have no `svc`. */
function outsideEntries(
  service: Service,
  slices: readonly EndpointSlice[],
  options: ZoneOptions,
): EndpointEntry[] {
  return endpointEntries(service, slices, options).map((entry) => ({
    ...entry,
    target: keyOf([entry.label, service.name, service.namespace]),
  }));
}

function portName(port: string, protocol: string, name: NameKey): NameKey {
  return (keyOf([`_${port}`, `_${protocol}`]) + name) as NameKey;
}
