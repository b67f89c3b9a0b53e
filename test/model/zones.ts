import { BlockList, isIP, isIPv6 } from 'node:net';
import type { ZoneOptions } from '../../src/zone/options.ts';
import { canonicalName, reverseName } from '../helpers/zone-text.ts';
import { insecurePodRecords, verifiedPodRecords } from './pod-records.ts';
import {
  addressRecord,
  isInside,
  type ModelRecord,
  type ModelZone,
  record,
  recordLine,
  soaRecord,
} from './record.ts';
import { serviceRecords } from './service-records.ts';
import {
  exposedNamespaces,
  listedNamespaces,
  readyAddresses,
  visibleServices,
  visibleSlices,
  type World,
} from './visible.ts';

/** Each zone served, as a plain list of all its records. */
export function modelZones(world: World, options: ZoneOptions): ModelZone[] {
  return options.zones.map((zone) => {
    const apex = canonicalName(zone);
    return isReverse(apex) ? reverseZone(world, options, apex) : forwardZone(world, options, apex);
  });
}

/** Records that exist only because they are asked for: pod names under `pods insecure`. */
export function recordsOnDemand(
  world: World,
  options: ZoneOptions,
  apex: string,
  qname: string,
): ModelRecord[] {
  if (options.pods !== 'insecure' || isReverse(apex)) return [];
  return insecurePodRecords(qname, exposedNamespaces(world, options), options, apex);
}

function isReverse(apex: string): boolean {
  return isInside('in-addr.arpa.', apex) || isInside('ip6.arpa.', apex);
}

function forwardZone(world: World, options: ZoneOptions, apex: string): ModelZone {
  const namespaces = exposedNamespaces(world, options);
  return {
    apex,
    soa: recordLine(soaRecord(apex, options.ttl)),
    bareNames: [
      `svc.${apex}`,
      `pod.${apex}`,
      ...namespaces.map((view) => `${view.name}.svc.${apex}`),
      ...(options.pods === 'disabled' ? [] : namespaces.map((view) => `${view.name}.pod.${apex}`)),
    ],
    records: [
      ...apexRecords(apex, nameServers(world, options, apex), options),
      record(`dns-version.${apex}`, 28_800, 'TXT', '"1.1.0"'),
      ...namespaces.flatMap((view) =>
        visibleServices(view, options).flatMap((service) =>
          serviceRecords(view, service, options, apex),
        ),
      ),
      ...(options.pods === 'verified'
        ? namespaces.flatMap((view) => verifiedPodRecords(view, options, apex))
        : []),
    ],
  };
}

function reverseZone(world: World, options: ZoneOptions, apex: string): ModelZone {
  return {
    apex,
    soa: recordLine(soaRecord(apex, options.ttl)),
    bareNames: [],
    records: [
      ...apexRecords(apex, ownNameServer(world, apex), options),
      ...pointers(world, options).filter(({ owner }) => isInside(apex, owner)),
    ],
  };
}

/** A name server's name with one of its addresses. */
interface NameServer {
  readonly name: string;
  readonly address: string;
}

/** SOA, NS and the addresses of `ns.dns`, whose ancestor `dns` then exists too. */
function apexRecords(
  apex: string,
  servers: readonly NameServer[],
  options: ZoneOptions,
): ModelRecord[] {
  const { ttl } = options;
  const names = servers.length === 0 ? [`ns.dns.${apex}`] : servers.map(({ name }) => name);
  const glue = servers.map(({ name, address }) => recordLine(addressRecord(name, ttl, address)));
  return [
    soaRecord(apex, ttl),
    ...names.map((name) => record(apex, ttl, 'NS', name, glue)),
    // The same addresses under the name that the SOA has.
    ...[...new Set(servers.map(({ address }) => address))].map((address) =>
      addressRecord(`ns.dns.${apex}`, ttl, address),
    ),
  ];
}

function ownNameServer(world: World, apex: string): NameServer[] {
  return world.serverAddresses.map((address) => ({ name: `ns.dns.${apex}`, address }));
}

/**
 * In a cluster the server is a pod behind a Service, and that Service is the name server. It is
 * found by the server's own addresses.
 */
function nameServers(world: World, options: ZoneOptions, apex: string): NameServer[] {
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  const own = world.serverAddresses.filter(
    (address) => !loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'),
  );

  const found = exposedNamespaces(world, options).flatMap((view) =>
    visibleServices(view, options).flatMap((service) => {
      const name = `${service.name}.${view.name}.svc.${apex}`;
      return visibleSlices(view, service.name, options).flatMap((slice) => {
        const ready = readyAddresses(slice, options);
        if (!ready.some(({ address }) => own.includes(address))) return [];
        if (service.clusterIPs[0] !== 'None') {
          return service.clusterIPs.map((address) => ({ name, address }));
        }
        return ready.map(({ label, address }) => ({ name: `${label}.${name}`, address }));
      });
    }),
  );
  return found.length === 0 ? ownNameServer(world, apex) : found;
}

/** Every PTR of every address; targets lie in the primary zone. */
function pointers(world: World, options: ZoneOptions): ModelRecord[] {
  const primary = options.zones.map(canonicalName).find((apex) => !isReverse(apex));
  const namespaces = listedNamespaces(world, options).toSorted(byName);

  const services = new Map<string, string>();
  for (const view of namespaces) {
    for (const service of visibleServices(view, options).toSorted(byName)) {
      for (const address of service.clusterIPs.filter((text) => isIP(text) !== 0)) {
        const target = `${service.name}.${view.name}.svc.${primary}`;
        services.set(address, services.get(address) ?? target);
      }
    }
  }

  const endpoints = namespaces.flatMap((view) =>
    visibleServices(view, options)
      .filter(({ type }) => type !== 'ExternalName') // it has no endpoint names to point to
      .flatMap(({ name }) =>
        visibleSlices(view, name, options)
          .flatMap((slice) => readyAddresses(slice, options))
          .map(({ label, address }) => ({
            address,
            target: `${label}.${name}.${view.name}.svc.${primary}`,
          })),
      ),
  );

  return [
    ...[...services].map(([address, target]) => ({ address, target })),
    ...endpoints.filter(({ address }) => !services.has(address)),
  ].map(({ address, target }) => record(reverseName(address), options.ttl, 'PTR', target));
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}
