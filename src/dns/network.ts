import { getOrAdd } from '../support/collections.ts';
import { addressBytes, unmapped } from './address.ts';

/** A network: addresses whose first `prefix` bits are those of `address`. */
export interface Network {
  readonly address: Uint8Array;
  /** Bits, 0 to 32 or to 128. */
  readonly prefix: number;
}

/** Bits in front of the IPv4 address in `::ffff:10.0.0.0/104`. */
const MAPPED_BITS = 96;

/**
 * What stands before and after the slash of CIDR notation, `10.9.8.7/24`; undefined for text of
 * another form. Whether the first is an address, and the second a length that it can have, is for
 * the caller to see: some take leading zeros.
 */
export function splitCidr(text: string): { address: string; length: string } | undefined {
  const [, address, length] = /^([^/]*)\/(\d{1,3})$/.exec(text) ?? [];
  return address === undefined || length === undefined ? undefined : { address, length };
}

/**
 * An address and the length of its network in CIDR notation, without leading zeros; undefined when
 * the text is something else. Bits beyond the length may be set.
 */
export function parseCidr(text: string): Network | undefined {
  const parts = splitCidr(text);
  const address = addressBytes(parts?.address ?? '');
  if (parts === undefined || address === undefined || /^0./.test(parts.length)) return undefined;
  const prefix = Number(parts.length);
  return prefix > address.length * 8 ? undefined : { address, prefix };
}

/**
 * A network in CIDR notation, or a single address; undefined when the text is neither. One of
 * IPv4-mapped addresses is the IPv4 network.
 */
export function parseNetwork(text: string): Network | undefined {
  const address = addressBytes(text);
  const network = address && { address, prefix: address.length * 8 };
  const found = network ?? parseCidr(text);
  if (found === undefined || found.prefix < MAPPED_BITS) return found;
  const plain = unmapped(found.address);
  return plain === found.address ? found : { address: plain, prefix: found.prefix - MAPPED_BITS };
}

/**
 * A set of networks. A look-up costs one hash for each prefix length in use, however many networks
 * there are.
 */
export class NetworkSet {
  readonly #byFamily = new Map<number, Map<number, Set<string>>>();

  constructor(networks: Iterable<Network>) {
    for (const { address, prefix } of networks) {
      const byPrefix = getOrAdd(this.#byFamily, address.length, () => new Map());
      getOrAdd(byPrefix, prefix, () => new Set<string>()).add(headOf(address, prefix));
    }
  }

  /**
   * Is an address, 4 or 16 bytes, in any of the networks? An IPv4-mapped one counts as the IPv4
   * address in it.
   */
  has(address: Uint8Array): boolean {
    const plain = unmapped(address);
    for (const [prefix, heads] of this.#byFamily.get(plain.length) ?? []) {
      if (heads.has(headOf(plain, prefix))) return true;
    }
    return false;
  }

  /** Has a network an address in common with any of these? It looks at each of them. */
  overlaps({ address, prefix }: Network): boolean {
    for (const [length, heads] of this.#byFamily.get(address.length) ?? []) {
      const shorter = Math.min(length, prefix);
      const head = headOf(address, shorter);
      for (const one of heads) {
        if (headOf(Buffer.from(one.padEnd(address.length, '\0'), 'latin1'), shorter) === head)
          return true;
      }
    }
    return false;
  }
}

/** The first bits of an address, as latin1 text; the bits after them in the last byte are zero. */
function headOf(address: Uint8Array, prefix: number): string {
  const whole = prefix >> 3;
  const rest = prefix & 7;
  let head = '';
  for (let at = 0; at < whole; at++) head += String.fromCharCode(address[at]!);
  return rest === 0 ? head : head + String.fromCharCode(address[whole]! & (0xff00 >> rest));
}
