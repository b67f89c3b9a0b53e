import { addressBytes, unmapped } from '../dns/address.ts';

/** A network: addresses whose first `prefix` bits are those of `address`. Never IPv4-mapped. */
export interface Network {
  readonly address: Uint8Array;
  /** Bits, 0 to 32 or to 128. */
  readonly prefix: number;
}

/** Bits in front of the IPv4 address in `::ffff:10.0.0.0/104`. */
const MAPPED_BITS = 96;

/**
 * A network in CIDR notation, or a single address; undefined when the text is neither. Host bits
 * are ignored.
 */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', mask, ...rest] = text.split('/');
  const bytes = addressBytes(address);
  if (bytes === undefined || rest.length > 0) return undefined;
  if (mask !== undefined && !/^(0|[1-9]\d{0,2})$/.test(mask)) return undefined;
  const prefix = mask === undefined ? bytes.length * 8 : Number(mask);
  if (prefix > bytes.length * 8) return undefined;
  const plain = unmapped(bytes);
  const isMapped = plain.length !== bytes.length && prefix >= MAPPED_BITS;
  return isMapped ? { address: plain, prefix: prefix - MAPPED_BITS } : { address: bytes, prefix };
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
}

/** The first bits of an address, as latin1 text; the bits after them in the last byte are zero. */
function headOf(address: Uint8Array, prefix: number): string {
  const whole = prefix >> 3;
  const rest = prefix & 7;
  let head = '';
  for (let at = 0; at < whole; at++) head += String.fromCharCode(address[at]!);
  return rest === 0 ? head : head + String.fromCharCode(address[whole]! & (0xff00 >> rest));
}

function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
