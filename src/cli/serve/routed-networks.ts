import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { type Network, NetworkSet, parseCidr } from '../../dns/network.ts';
import type { Interfaces } from '../../plugins/bind.ts';

/** What the machine says of its networks. */
export interface NetworkFacts {
  readonly interfaces: Interfaces;
  /** Linux's `/proc/net/route` and `/proc/net/ipv6_route`; '' where there is none. */
  readonly routes: string;
  readonly routes6: string;
}

/** Shorter prefixes are default routes, also the two halves of one that a VPN sets. */
const MIN_PREFIX = { ipv4: 8, ipv6: 16 } as const;

/** A route that turns packets away: RTF_REJECT of `linux/route.h`. */
const REJECT = 0x200;

/**
 * The networks that an interface has or a route leads to, without default routes. Nothing is sent:
 * rules that translate addresses, as those of kube-proxy, and other routing tables are not seen.
 */
export function routedNetworks({ interfaces, routes, routes6 }: NetworkFacts): NetworkSet {
  const own = Object.values(interfaces).flatMap((all = []) =>
    all.flatMap(({ cidr }) => parseCidr(cidr ?? '') ?? []),
  );
  const lines = (text: string) => text.split('\n').map((line) => line.trim().split(/\s+/));
  return new NetworkSet([
    ...own,
    ...lines(routes).flatMap((fields) => routeOf(fields) ?? []),
    ...lines(routes6).flatMap((fields) => route6Of(fields) ?? []),
  ]);
}

/** Those of the machine that this runs on. */
export function machineNetworks(): NetworkSet {
  return routedNetworks({
    interfaces: networkInterfaces(),
    routes: textOf('/proc/net/route'),
    routes6: textOf('/proc/net/ipv6_route'),
  });
}

/** `Iface Destination Gateway Flags RefCnt Use Metric Mask …`, addresses as little-endian hex. */
function routeOf([, destination = '', , flags = '', , , , mask = '']: readonly string[]):
  | Network
  | undefined {
  const address = bytesOf(destination, 4)?.reverse();
  const bits = bytesOf(mask, 4);
  if (address === undefined || bits === undefined || isReject(flags)) return undefined;
  const prefix = bits.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
  return prefix < MIN_PREFIX.ipv4 ? undefined : { address, prefix };
}

/** `destination prefix source prefix next-hop metric references uses flags interface`. */
function route6Of(fields: readonly string[]): Network | undefined {
  const [destination = '', length = '', , , , , , , flags = ''] = fields;
  const address = bytesOf(destination, 16);
  if (address === undefined || isReject(flags)) return undefined;
  const prefix = Number.parseInt(length, 16);
  return prefix >= MIN_PREFIX.ipv6 && prefix <= 128 ? { address, prefix } : undefined;
}

function bytesOf(hex: string, length: number): Uint8Array | undefined {
  if (hex.length !== length * 2 || !/^[\da-f]+$/i.test(hex)) return undefined;
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

function isReject(flags: string): boolean {
  return (Number.parseInt(flags, 16) & REJECT) !== 0;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // another system, or one that hides it
  }
}
