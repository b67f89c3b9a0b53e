import { createHash } from 'node:crypto';
import { addressText } from '../../dns/address.ts';
import { type Network, NetworkSet, parseCidr } from '../../dns/network.ts';
import { ComposeError } from './compose-yaml.ts';

/** A network for svcdns and those who ask it. */
export interface Subnet {
  /** `10.253.7.0/24`. */
  readonly cidr: string;
  /** Of svcdns. */
  readonly address: string;
  /** Where Docker takes the addresses of others from: never that of svcdns. */
  readonly range: string;
}

/**
 * Where subnets are looked for, of 256 each: outside of what Docker gives to networks by default
 * (172.17.0.0/12, 192.168.0.0/16) and of the usual ranges of clusters; then within it.
 */
const PLACES: readonly (readonly [first: number, second: number])[] = [
  [10, 253],
  [172, 30],
  [192, 168],
];

const PREFIX = 24;

/** The last byte of the server's address, as everywhere in our documents. */
const HOST = 53;

/** Where the other half of a subnet begins. */
const HALF = 128;

/**
 * A subnet that overlaps none of these networks. Projects begin to look at different places, so
 * that two of them on one machine rarely take the same one while the other is down.
 *
 * @throws {ComposeError} when none is free.
 */
export function freeSubnet(project: string, taken: readonly NetworkSet[]): Subnet {
  const [start = 0] = createHash('sha256').update(project).digest();
  for (const [first, second] of PLACES) {
    for (let step = 0; step < 256; step++) {
      const address = Uint8Array.of(first, second, (start + step) % 256, 0);
      if (!isTaken({ address, prefix: PREFIX }, taken)) return subnetAt(address);
    }
  }
  throw new ComposeError('Found no free subnet: give one with --subnet, as in 10.9.8.0/24');
}

/**
 * The one that was given.
 *
 * @throws {ComposeError} when it is none of 256 addresses, or overlaps another.
 */
export function givenSubnet(text: string, taken: readonly NetworkSet[]): Subnet {
  const network = parseCidr(text);
  const isOfSize = network?.prefix === PREFIX && network.address.length === 4;
  if (!isOfSize || network.address[3] !== 0) {
    throw new ComposeError(
      `Cannot use ${text} as a subnet: expected an IPv4 one with /${PREFIX}, as in 10.9.8.0/24`,
    );
  }
  if (isTaken(network, taken)) {
    throw new ComposeError(
      `Cannot use ${text} as a subnet: a network of the compose files or of this machine overlaps it`,
    );
  }
  return subnetAt(network.address);
}

/** The one that an override has, unless the compose files have it now. */
export function keptSubnet(text: unknown, subnets: readonly Network[]): Subnet | undefined {
  try {
    return typeof text === 'string' ? givenSubnet(text, [new NetworkSet(subnets)]) : undefined;
  } catch {
    return undefined;
  }
}

function isTaken(network: Network, taken: readonly NetworkSet[]): boolean {
  return taken.some((networks) => networks.overlaps(network));
}

function subnetAt(base: Uint8Array): Subnet {
  const at = (host: number) => addressText(Uint8Array.of(base[0]!, base[1]!, base[2]!, host));
  return { cidr: `${at(0)}/${PREFIX}`, address: at(HOST), range: `${at(HALF)}/${PREFIX + 1}` };
}
