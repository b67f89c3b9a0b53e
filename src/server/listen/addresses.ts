import { isIPv4 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import type { ListenAddress } from '../../corefile/listen-address.ts';
import { isWildcard, plainAddress } from '../../dns/address.ts';
import type { SocketAddress } from '../../dns/query.ts';

/** A literal address to listen on, and what to do when that cannot be. */
export interface WantedAddress extends SocketAddress {
  /** Only `required` ones must exist; `found` ones stood for by a wildcard come and go. */
  readonly need: 'required' | 'optional' | 'found';
}

export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** More addresses than any host has of its own; each costs two sockets. */
const MAX_ADDRESSES = 512;

/**
 * The addresses to listen on. A wildcard becomes the list of local addresses: a socket bound to the
 * wildcard lets the kernel choose the source address of its UDP replies, by route, and a client
 * that asked another address drops them (RFC 2181 section 4.1). Node.js cannot choose it per reply.
 */
export function wantedAddresses(
  specs: readonly ListenAddress[],
  interfaces: Interfaces,
): WantedAddress[] {
  const wanted = new Map<string, WantedAddress>();
  for (const { address, port, need } of specs.flatMap((spec) => expand(spec, interfaces))) {
    const key = `${address} ${port}`;
    const known = wanted.get(key);
    if (known === undefined && wanted.size >= MAX_ADDRESSES) continue;
    // Named twice: the stricter entry holds.
    if (known === undefined || need === 'required') wanted.set(key, { address, port, need });
  }
  return [...wanted.values()];
}

export function hasWildcard(specs: readonly ListenAddress[]): boolean {
  return specs.some(({ address }) => isWildcard(plainAddress(address)));
}

function expand(spec: ListenAddress, interfaces: Interfaces): WantedAddress[] {
  const address = plainAddress(spec.address);
  const { port } = spec;
  if (!isWildcard(address)) {
    return [{ address, port, need: spec.optional === true ? 'optional' : 'required' }];
  }
  return localAddresses(interfaces)
    .filter((local) => stoodFor(spec, local))
    .map((local) => ({ address: local, port, need: 'found' }));
}

/** Whether an entry is a wildcard that stands for this address of the machine. */
export function stoodFor({ address }: ListenAddress, local: string): boolean {
  const plain = plainAddress(address);
  return isWildcard(plain) && (plain !== '0.0.0.0' || isIPv4(local));
}

/** Link-local addresses exist once per interface and are written with it: `fe80::1%eth0`. */
function localAddresses(interfaces: Interfaces): string[] {
  return Object.entries(interfaces).flatMap(([name, infos]) =>
    (infos ?? []).map(({ address, scopeid }) =>
      scopeid === undefined || scopeid === 0 ? address : `${address}%${name}`,
    ),
  );
}
