import type { EndpointAddress, EndpointPort, EndpointSubset } from './objects.ts';

/** Most addresses visited to repack one object; beyond that its subsets stay as written. */
const MAX_VISITS = 2_000_000;

/**
 * The subsets of an Endpoints object in the form that the cluster's controllers read
 * (`RepackSubsets` of kubernetes/pkg/api/v1/endpoints): subsets with the same ports are merged,
 * each has an address once, and an address that any subset calls not ready for a port is not ready
 * for it. Addresses are sorted as text.
 */
export function repackSubsets(subsets: readonly EndpointSubset[]): readonly EndpointSubset[] {
  const groups = groupsOf(subsets);
  let visits = 0;
  for (const { members } of groups) for (const member of members) visits += sizeOf(member);
  if (visits > MAX_VISITS) return subsets;
  return groups.map(({ ports, members }) => ({ ...mergeAddresses(members), ports }));
}

interface Group {
  readonly ports: EndpointPort[];
  /** The subsets that have each of the ports. */
  readonly members: readonly EndpointSubset[];
}

/** Ports grouped by the set of subsets that have them. */
function groupsOf(subsets: readonly EndpointSubset[]): Group[] {
  const holders = new Map<string, { port: EndpointPort | undefined; members: Set<number> }>();
  subsets.forEach(({ ports }, index) => {
    for (const port of ports.length === 0 ? [undefined] : ports) {
      const key = port === undefined ? '' : `${port.name}/${port.port}/${port.protocol}`;
      const holder = holders.get(key);
      if (holder) holder.members.add(index);
      else holders.set(key, { port, members: new Set([index]) });
    }
  });
  const groups = new Map<string, Group>();
  for (const { port, members } of holders.values()) {
    const key = [...members].join();
    let group = groups.get(key);
    if (group === undefined) {
      group = { ports: [], members: [...members].map((index) => subsets[index]!) };
      groups.set(key, group);
    }
    if (port !== undefined) group.ports.push(port);
  }
  return [...groups.values()];
}

function mergeAddresses(members: readonly EndpointSubset[]): Omit<EndpointSubset, 'ports'> {
  const notReady = distinct(members.flatMap((member) => member.notReadyAddresses));
  const ready = distinct(members.flatMap((member) => member.addresses));
  return {
    addresses: sorted([...ready].flatMap(([key, address]) => (notReady.has(key) ? [] : address))),
    notReadyAddresses: sorted([...notReady.values()]),
  };
}

/** By address and Pod, as Pods on the network of one node share an address. The first copy wins. */
function distinct(addresses: readonly EndpointAddress[]): Map<string, EndpointAddress> {
  const known = new Map<string, EndpointAddress>();
  for (const address of addresses) {
    const key = `${address.ip} ${address.targetName}`;
    if (!known.has(key)) known.set(key, address);
  }
  return known;
}

function sorted(addresses: EndpointAddress[]): EndpointAddress[] {
  return addresses.sort((a, b) => (a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : 0));
}

function sizeOf({ addresses, notReadyAddresses }: EndpointSubset): number {
  return addresses.length + notReadyAddresses.length;
}
