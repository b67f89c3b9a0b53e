import { addressText, plainAddress } from '../dns/address.ts';
import type { Endpoint, EndpointSlice, Service } from '../kube/objects.ts';
import { portsWithRecords } from '../kube/port-limit.ts';
import { groupBy, sameItems } from '../support/collections.ts';
import type { CompiledUnit, UnitDifference } from './compiler.ts';
import { dashedAddress, endpointEntries, endpointLabel, ownLabel } from './endpoint.ts';
import type { NameSink } from './names.ts';
import type { ZoneOptions } from './options.ts';
import type { AddressEntry } from './records.ts';
import { clusterIpEntries, serviceClaims, serviceName } from './service.ts';

/**
 * What a Service is compiled to that is the very same, and of whose endpoints some have changed:
 * the names and addresses of those, before and after. Undefined for one whose own names have its
 * endpoints too, and when more has changed: `compileService` compiles it whole. `newSink` gives one
 * for names below that of the Service.
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
  /** Some of the labels are no addresses: then those of other endpoints' may be such, too. */
  readonly haveOwnLabels: boolean;
  /** In both ways to write an IPv4 address. */
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
  let haveOwnLabels = false;
  for (const [at, old] of before.entries()) {
    const slice = after[at]!;
    if (slice === old) continue;
    const isSameKind = slice.addressType === old.addressType && slice.labels === old.labels;
    if (!isSameKind || slice.ports !== old.ports) return undefined;
    const changed = differing(old.endpoints, slice.endpoints);
    if (changed === undefined) return undefined;
    for (const endpoint of changed) {
      if (ownLabel(endpoint, endpointPodNames) !== '') haveOwnLabels = true;
      for (const text of endpoint.addresses) {
        labels.add(endpointLabel(endpoint, text, endpointPodNames));
        const plain = plainAddress(text);
        addresses.add(plain).add(`${MAPPED}${plain}`);
      }
    }
  }
  return { labels, haveOwnLabels, addresses };
}

/** How an IPv4 address may stand among IPv6 ones. */
const MAPPED = '::ffff:';

/**
 * The endpoints that are in one of two lists only; undefined when the others are in another order.
 */
function differing(
  before: readonly Endpoint[],
  after: readonly Endpoint[],
): readonly Endpoint[] | undefined {
  let start = 0;
  let [end, endAfter] = [before.length, after.length];
  while (start < end && start < endAfter && before[start] === after[start]) start++;
  while (end > start && endAfter > start && before[end - 1] === after[endAfter - 1]) {
    end--;
    endAfter--;
  }
  const [left, leftAfter] = [before.slice(start, end), after.slice(start, endAfter)];
  if (left.length <= 1 && leftAfter.length <= 1) return [...left, ...leftAfter];
  const [were, are] = [new Set(left), new Set(leftAfter)];
  const stayed = left.filter((endpoint) => are.has(endpoint));
  const stay = leftAfter.filter((endpoint) => were.has(endpoint));
  if (!sameItems(stayed, stay)) return undefined;
  const isOther = (endpoint: Endpoint) => !were.has(endpoint) || !are.has(endpoint);
  return [...left, ...leftAfter].filter(isOther);
}

/** Are there so few that each port has records at each address? */
function haveAllPorts(slices: readonly EndpointSlice[]): boolean {
  const counts = portsWithRecords(slices);
  return slices.every(({ ports }, at) => ports.length === counts[at]);
}

/** The slice without endpoints that have nothing to do with those that changed. */
function withOnly(
  slice: EndpointSlice,
  { labels, haveOwnLabels, addresses }: ChangedEndpoints,
  { endpointPodNames }: ZoneOptions,
): EndpointSlice {
  const endpoints = slice.endpoints.filter((endpoint) => {
    const own = ownLabel(endpoint, endpointPodNames);
    // Two addresses never make the same label.
    const isNamed = own === '' ? haveOwnLabels : labels.has(own);
    if (own !== '' && isNamed) return true;
    return endpoint.addresses.some(
      (text) => addresses.has(text) || (isNamed && labels.has(dashedAddress(text))),
    );
  });
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
  const endpoints = endpointEntries(service, slices, options);
  // A name of other labels may lack endpoints here: the same ones before and after.
  for (const [target, entries] of groupBy(endpoints, ({ target }) => target)) {
    sink.addEntries(target, entries);
  }
  const reached = endpoints.filter(({ text }) => addresses.has(text));
  const ofCluster = own.filter(({ address }) => addresses.has(addressText(address)));
  return { names: sink.names, claims: serviceClaims(ofCluster, reached, sink, own) };
}
