import { addressText, plainAddress } from '../dns/address.ts';
import type { EndpointSlice, Service } from '../kube/objects.ts';
import { portsWithRecords } from '../kube/port-limit.ts';
import { groupBy, sameItems } from '../support/collections.ts';
import type { CompiledUnit, UnitDifference } from './compiler.ts';
import { endpointEntries, endpointLabel } from './endpoint.ts';
import type { NameSink } from './names.ts';
import type { ZoneOptions } from './options.ts';
import type { AddressEntry } from './records.ts';
import { clusterIpEntries, serviceClaims, serviceName } from './service.ts';

/**
 * What a Service is compiled to that is the very same, and of whose endpoints some have changed:
 * the names and addresses of those, before and after. Undefined for one whose own names have its
 * endpoints too, and when more has changed: `compileService` compiles it whole.
 */
export function endpointDifference(
  service: Service,
  before: readonly EndpointSlice[],
  after: readonly EndpointSlice[],
  options: ZoneOptions,
  newSink: () => NameSink,
): UnitDifference | undefined {
  if (!areOwnNamesApart(service, options)) return undefined;
  const own = clusterIpEntries(service, serviceName(service));
  if (own.length === 0) return undefined;
  const changed = changedEndpoints(before, after, options);
  if (changed === undefined) return undefined;
  const compile = (slices: readonly EndpointSlice[]) => {
    const those = slices.map((slice) => withOnly(slice, changed, options));
    return compileSome(service, own, those, changed, options, newSink());
  };
  return { before: compile(before), after: compile(after) };
}

/** Are the Service's own name and its port names made of its cluster IP alone? */
function areOwnNamesApart(service: Service, options: ZoneOptions): boolean {
  const { noEndpoints, clusterIpEndpoints, endpointsDns, ignoreEmptyService } = options;
  if (noEndpoints || clusterIpEndpoints || endpointsDns || ignoreEmptyService) return false;
  return service.type !== 'ExternalName';
}

/** Endpoints that came, went or changed, by what leads to them and to what they lead. */
interface ChangedEndpoints {
  readonly labels: ReadonlySet<string>;
  readonly addresses: ReadonlySet<string>;
}

/** Undefined when there is another difference, also one of order. */
function changedEndpoints(
  before: readonly EndpointSlice[],
  after: readonly EndpointSlice[],
  { endpointPodNames }: ZoneOptions,
): ChangedEndpoints | undefined {
  if (before.length !== after.length || !haveAllPorts(before) || !haveAllPorts(after)) {
    return undefined;
  }
  const labels = new Set<string>();
  const addresses = new Set<string>();
  for (const [at, old] of before.entries()) {
    const slice = after[at]!;
    if (slice === old) continue;
    const isSameKind = slice.addressType === old.addressType && slice.labels === old.labels;
    if (!isSameKind || slice.ports !== old.ports) return undefined;
    const [were, are] = [new Set(old.endpoints), new Set(slice.endpoints)];
    const stayed = old.endpoints.filter((endpoint) => are.has(endpoint));
    const stay = slice.endpoints.filter((endpoint) => were.has(endpoint));
    if (!sameItems(stayed, stay)) return undefined;
    for (const endpoint of [...old.endpoints, ...slice.endpoints]) {
      if (were.has(endpoint) && are.has(endpoint)) continue;
      for (const text of endpoint.addresses) {
        labels.add(endpointLabel(endpoint, text, endpointPodNames));
        addresses.add(plainAddress(text));
      }
    }
  }
  return { labels, addresses };
}

/** Are there so few that each port has records at each address? */
function haveAllPorts(slices: readonly EndpointSlice[]): boolean {
  const counts = portsWithRecords(slices);
  return slices.every(({ ports }, at) => ports.length === counts[at]);
}

/** The slice without endpoints that have nothing to do with those that changed. */
function withOnly(
  slice: EndpointSlice,
  { labels, addresses }: ChangedEndpoints,
  { endpointPodNames }: ZoneOptions,
): EndpointSlice {
  const endpoints = slice.endpoints.filter((endpoint) =>
    endpoint.addresses.some(
      (text) =>
        labels.has(endpointLabel(endpoint, text, endpointPodNames)) ||
        addresses.has(text) ||
        // There are two ways to write an IPv4 address.
        (text.startsWith('::ffff:') && addresses.has(plainAddress(text))),
    ),
  );
  return { ...slice, endpoints };
}

function compileSome(
  service: Service,
  own: readonly AddressEntry[],
  slices: readonly EndpointSlice[],
  { addresses }: ChangedEndpoints,
  options: ZoneOptions,
  sink: NameSink,
): CompiledUnit {
  // It is as it was, and above the names of endpoints.
  sink.addEntries(serviceName(service), own);
  const endpoints = endpointEntries(service, slices, options);
  // A name of other labels may lack endpoints here: the same ones before and after.
  for (const [target, entries] of groupBy(endpoints, ({ target }) => target)) {
    sink.addEntries(target, entries);
  }
  const claims = serviceClaims(own, endpoints, sink).filter(
    ({ entry: { address } }) => address !== undefined && addresses.has(addressText(address)),
  );
  return { names: sink.names, claims };
}
