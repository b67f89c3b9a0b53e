import type { BoundAddress } from '../server/listeners.ts';

/**
 * Our addresses as NS records can have them. Link-local ones mean nothing on another machine, and
 * loopback ones lead everybody to themselves: they are for a server that listens nowhere else.
 */
export function ownAddresses(bound: readonly BoundAddress[]): string[] {
  const all = [...new Set(bound.map(({ address }) => address))];
  const own = all.filter((address) => !address.includes('%'));
  const reachable = own.filter((address) => address !== '::1' && !address.startsWith('127.'));
  return reachable.length > 0 ? reachable : own;
}
