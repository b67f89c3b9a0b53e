import { plainAddressBytes } from '../dns/address.ts';
import { keyFromText, keyOf, type NameKey } from '../dns/name.ts';
import { isHeadless } from '../kube/headless.ts';
import type { EndpointSlice, Service } from '../kube/objects.ts';
import { groupBy } from '../support/collections.ts';
import { type EndpointEntry, endpointEntries } from './endpoint.ts';
import type { NameSink } from './names.ts';
import type { ZoneOptions } from './options.ts';
import { aliasEntry, type ObjectEntry, withPorts } from './records.ts';
import { type AddressClaim, reverseKey } from './reverse.ts';
import { addNames } from './service.ts';

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
  const target = keyOf([service.name, service.namespace]);
  const alone = aliasEntry(service, target);
  const own = addressesOf(service).map((address) => ({ ...alone, address }));
  const hosts = hostsOf(service);
  const isOutside = own.length + hosts.length > 0;
  const isHeadlessWanted = options.external?.headless === true;
  const hasEndpoints = !options.noEndpoints && (isOutside || isHeadlessWanted);
  const endpoints = hasEndpoints ? outsideEntries(service, slices, options) : [];
  if (isOutside) addOutside(target, own, hosts, service, sink);
  else addEndpoints(target, service, endpoints, sink);
  const host = isOutside ? own : endpoints.map(({ address }) => ({ ...alone, address }));
  return [
    ...own.map((entry) => {
      const reverse = reverseKey(entry.address);
      return { reverse, target, isClusterIP: false, host: [], entry };
    }),
    ...endpoints.map((entry) => {
      const reverse = reverseKey(entry.address);
      return { reverse, target: undefined, isClusterIP: false, host, entry };
    }),
  ];
}

/** `spec.externalIPs`, then the addresses of the load balancer; IPv4 first. */
function addressesOf({ externalIPs, loadBalancerPoints }: Service): Uint8Array[] {
  const ips = [...externalIPs, ...loadBalancerPoints.map(({ ip }) => ip)];
  const addresses = [...new Set(ips)].flatMap((ip) => plainAddressBytes(ip) ?? []);
  return addresses.sort((a, b) => a.length - b.length);
}

/** Load balancers that are known by name only. */
function hostsOf({ loadBalancerPoints }: Service): NameKey[] {
  const hosts = loadBalancerPoints.filter(({ ip }) => ip === '').map(({ hostname }) => hostname);
  return [...new Set(hosts)].slice(0, MAX_HOSTS).map(keyFromText);
}

/**
 * The Service's own name and its port names.
 *
 * One host name, and nothing beside it, makes the Service's name an alias (a CNAME record). Of
 * several there can be no such RRset (RFC 2181 section 10.1), and none beside other records: then
 * whoever answers looks up their addresses.
 */
function addOutside(
  name: NameKey,
  own: readonly ObjectEntry[],
  hosts: readonly NameKey[],
  service: Service,
  sink: NameSink,
): void {
  const others = hosts.map((host) => ({ ...aliasEntry(service, host), host, isFullName: true }));
  addNames(name, withPorts([...own, ...others], service.ports), sink);
  const [alias, ...more] = hosts;
  if (alias === undefined || own.length + more.length > 0) return;
  sink.addAlias(name, alias, service);
}

/**
 * The names of a Service without an address outside; endpoints have names below every kind of
 * Service.
 */
function addEndpoints(
  name: NameKey,
  service: Service,
  endpoints: readonly EndpointEntry[],
  sink: NameSink,
): void {
  if (isHeadless(service)) addNames(name, endpoints, sink);
  for (const [key, entries] of groupBy(endpoints, ({ target }) => target)) {
    sink.addEntries(key, entries);
  }
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
