import { plainAddress, withoutInterface } from '../../../dns/address.ts';
import type { SocketAddress } from '../../../dns/query.ts';

const ANY_ADDRESS: readonly (string | undefined)[] = ['0.0.0.0', '::'];

/**
 * Whether an upstream is this server itself: with a resolv.conf that points at us every question
 * would go round in a circle. `local`: the addresses of this machine, for wildcard listeners.
 */
export function isOwnAddress(
  upstream: SocketAddress,
  listening: readonly SocketAddress[],
  local: () => readonly string[],
): boolean {
  const address = canonical(upstream.address);
  return listening.some((own) => {
    if (own.port !== upstream.port) return false;
    const listens = canonical(own.address);
    if (listens === address || ANY_ADDRESS.includes(address)) return true;
    return ANY_ADDRESS.includes(listens) && isLocal(address, local());
  });
}

function isLocal(address: string, local: readonly string[]): boolean {
  return address.startsWith('127.') || address === '::1' || local.includes(address);
}

function canonical(address: string): string {
  return plainAddress(withoutInterface(address));
}
