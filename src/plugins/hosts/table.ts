import { plainAddressBytes, reverseLabels } from '../../dns/address.ts';
import { keyFromText, keyOf, type NameKey, parentOf } from '../../dns/name.ts';
import { isInAny } from '../../dns/zones.ts';
import { pushTo } from '../../support/collections.ts';

/** Pairs of a name and an address. The largest block lists have half as many. */
const MAX_ENTRIES = 500_000;

/** Of one name and of one address: a message over TCP holds them. More are left out. */
const MAX_ADDRESSES_OF_NAME = 200;
export const MAX_NAMES_OF_ADDRESS = 100;

export interface HostAddresses {
  readonly v4: readonly Uint8Array[];
  readonly v6: readonly Uint8Array[];
}

/** Which lines of a hosts file count, and how. */
export interface HostsRules {
  /** Names outside these zones are left out. */
  readonly zones: readonly NameKey[];
  /** Addresses get PTR records. */
  readonly hasReverse: boolean;
}

/** Names and their addresses, both ways. Filled line by line, then only read. */
export class HostsTable {
  readonly #rules: HostsRules;
  readonly #names = new Map<NameKey, HostAddresses>();
  readonly #pointers = new Map<NameKey, NameKey[]>();
  /** One object for each address alone: in a block list all names share one. */
  readonly #alone = new Map<string, HostAddresses>();
  #entries = 0;

  constructor(rules: HostsRules) {
    this.#rules = rules;
  }

  /** Pairs of a name and an address. */
  get entries(): number {
    return this.#entries;
  }

  /**
   * Takes a line, `ADDRESS NAME... # comment`. False when something in it cannot be used; what can
   * be is.
   *
   * @throws {RangeError} when there are too many.
   */
  add(line: string): boolean {
    const [text = '', ...names] = wordsOf(line);
    if (text === '') return true;
    const address = hostAddress(text);
    if (address === undefined) return false;
    let isWhole = names.length > 0;
    for (const name of names) isWhole = this.#pair(name, address) && isWhole;
    return isWhole;
  }

  /** The addresses of a name, or of `*` in place of its first label; undefined for none. */
  find(key: NameKey): HostAddresses | undefined {
    return this.#names.get(key) ?? this.#names.get(('\x01*' + parentOf(key)) as NameKey);
  }

  /** The names of the address whose reverse name this is. */
  pointersOf(key: NameKey): readonly NameKey[] {
    return this.#pointers.get(key) ?? [];
  }

  #pair(text: string, address: Uint8Array): boolean {
    const name = hostName(text);
    if (name === undefined) return false;
    if (!isInAny(name, this.#rules.zones)) return true;
    const known = this.#names.get(name);
    const more = known === undefined ? this.#onlyAddress(address) : withAddress(known, address);
    if (more === known) return true;
    if (this.#entries >= MAX_ENTRIES) {
      throw new RangeError(`it has more than ${MAX_ENTRIES} pairs of an address and a name`);
    }
    this.#entries++;
    this.#names.set(name, more);
    if (this.#rules.hasReverse && !name.startsWith('\x01*')) this.#point(address, name);
    return true;
  }

  #onlyAddress(address: Uint8Array): HostAddresses {
    const key = address.join();
    const known = this.#alone.get(key);
    if (known !== undefined) return known;
    const made = withAddress({ v4: [], v6: [] }, address);
    this.#alone.set(key, made);
    return made;
  }

  #point(address: Uint8Array, name: NameKey): void {
    const reverse = keyOf(reverseLabels(address));
    const known = this.#pointers.get(reverse)?.length ?? 0;
    if (known < MAX_NAMES_OF_ADDRESS) pushTo(this.#pointers, reverse, name);
  }
}

/** The bytes of an address as hosts files write it: an interface after `%` is of no use here. */
export function hostAddress(text: string): Uint8Array | undefined {
  return plainAddressBytes(text.replace(/%[^%]*$/, ''));
}

/** The key of a host's name; undefined when the text is none. */
export function hostName(text: string): NameKey | undefined {
  try {
    const key = keyFromText(text);
    // A copy in one piece: the parts that it was put together from would keep the line alive.
    return key === '' ? undefined : (Buffer.from(key, 'latin1').toString('latin1') as NameKey);
  } catch {
    return undefined;
  }
}

function wordsOf(line: string): string[] {
  const comment = line.indexOf('#');
  const text = (comment < 0 ? line : line.slice(0, comment)).trim();
  return text === '' ? [] : text.split(/\s+/);
}

/** The same object when the address is there already, or there are too many. */
function withAddress(known: HostAddresses, address: Uint8Array): HostAddresses {
  const family = address.length === 4 ? 'v4' : 'v6';
  const addresses = known[family];
  const isKnown = addresses.some((other) => other.every((byte, at) => byte === address[at]));
  if (isKnown || addresses.length >= MAX_ADDRESSES_OF_NAME) return known;
  return { ...known, [family]: [...addresses, address] };
}
