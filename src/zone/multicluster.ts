import { plainAddressBytes } from '../dns/address.ts';
import { keyOf, type NameKey } from '../dns/name.ts';
import type { EndpointSlice, ServiceImport } from '../kube/objects.ts';
import { SOURCE_CLUSTER_LABEL } from '../kube/well-known.ts';
import { groupBy } from '../support/collections.ts';
import { type EndpointEntry, endpointEntries } from './endpoint.ts';
import type { NameSink } from './names.ts';
import type { ZoneOptions } from './options.ts';
import { type AddressEntry, aliasEntry, withPorts } from './records.ts';
import { addEmptyNames, addNames } from './service.ts';

/**
 * Adds every name of a Service that clusters share, for the zones of `multicluster` (KEP-1645,
 * "DNS"): its own, and `ENDPOINT.CLUSTER` below it. As in CoreDNS there are no PTR records, and one
 * with addresses but without ports has no name.
 */
export function compileImport(
  item: ServiceImport,
  slices: readonly EndpointSlice[],
  options: ZoneOptions,
  sink: NameSink,
): void {
  const name = keyOf([item.name, item.namespace, 'svc']);
  const endpoints = endpointEntries(item, slices, options).map(ofItsCluster);
  const isHeadless = item.type === 'Headless';
  if (isHeadless || !options.ignoreEmptyService || endpoints.length > 0) {
    // It exists before it is given an address.
    if (!isHeadless && item.ports.length > 0) addEmptyNames(item.ports, name, sink);
    addNames(name, isHeadless ? endpoints : addressEntries(item, name), sink);
  }
  for (const [target, entries] of groupBy(endpoints, ({ target }) => target)) {
    sink.addEntries(target, entries);
  }
}

function addressEntries(item: ServiceImport, name: NameKey): AddressEntry[] {
  if (item.ports.length === 0) return [];
  const addresses = item.ips.flatMap((ip) => plainAddressBytes(ip) ?? []);
  const places = addresses.map((address) => ({ ...aliasEntry(item, name), address }));
  return withPorts(places, item.ports);
}

/** With the label of the cluster between its own and the Service's. */
function ofItsCluster(entry: EndpointEntry): EndpointEntry {
  const cluster = entry.slice.labels.get(SOURCE_CLUSTER_LABEL) ?? '';
  if (cluster === '') return entry;
  const { name, namespace } = entry.object;
  return { ...entry, target: keyOf([entry.label, cluster, name, namespace, 'svc']) };
}
