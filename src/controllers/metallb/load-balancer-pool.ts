import { ipFamily } from '../../dns/address.ts';
import { addressNumber, numberedAddress } from '../../kube/address-range.ts';
import type { IPAddressPool, IpFamily, Labels, Service } from '../../kube/objects.ts';
import { type LabelSelector, parseSelector } from '../../kube/selector.ts';

/** The addresses of one of MetalLB's pools, and whom they are for. */
export class LoadBalancerPool {
  readonly name: string;
  readonly autoAssign: boolean;
  /** Is it for some Services only? */
  readonly isPinned: boolean;
  readonly #pool: IPAddressPool;
  readonly #parts: readonly Part[];
  readonly #namespaceSelectors: readonly LabelSelector[];
  readonly #serviceSelectors: readonly LabelSelector[];

  constructor(pool: IPAddressPool) {
    this.name = pool.name;
    this.autoAssign = pool.autoAssign;
    this.isPinned = pool.allocation !== undefined;
    this.#pool = pool;
    let before = 0n;
    this.#parts = pool.ranges.map((range) => {
      const part = new Part(addressNumber(range.first), addressNumber(range.last), before, {
        family: ipFamily(range.first),
        avoidsBuggy: pool.avoidBuggyIPs,
      });
      before += part.last - part.first + 1n;
      return part;
    });
    this.#namespaceSelectors = selectors(pool.allocation?.namespaceSelectors);
    this.#serviceSelectors = selectors(pool.allocation?.serviceSelectors);
  }

  /** The object that it was made of. */
  get written(): IPAddressPool {
    return this.#pool;
  }

  /** Is this an address that the pool may give? */
  has(address: string): boolean {
    return this.rank(address) !== undefined;
  }

  /**
   * The place of an address in the order in which they are given out; undefined when it is not of
   * this pool.
   */
  rank(address: string): bigint | undefined {
    const family = ipFamily(address);
    const number = addressNumber(address);
    const part = this.#parts.find((one) => one.family === family && one.has(number));
    return part === undefined ? undefined : part.before + number - part.first;
  }

  /** The first address that is free, as MetalLB picks it; undefined when there is none. */
  firstFree(family: IpFamily, isTaken: (address: string) => boolean): string | undefined {
    for (const part of this.#parts) {
      const address = part.family === family ? part.firstFree(isTaken) : undefined;
      if (address !== undefined) return address;
    }
    return undefined;
  }

  /** Notes that no Service has this address any more. */
  release(address: string): void {
    const number = addressNumber(address);
    const family = ipFamily(address);
    for (const part of this.#parts) {
      if (part.family === family && part.has(number)) part.release(number);
    }
  }

  /**
   * Is the pool for this Service? In a cluster every Namespace has the label
   * `kubernetes.io/metadata.name`, so `namespaceLabels` need not.
   */
  isFor({ namespace, labels }: Service, namespaceLabels: Labels): boolean {
    const { allocation } = this.#pool;
    if (allocation === undefined) return true;
    const { namespaces, namespaceSelectors, serviceSelectors } = allocation;
    const all: Labels = new Map([...namespaceLabels, ['kubernetes.io/metadata.name', namespace]]);
    const isPlace =
      (namespaces.length === 0 && namespaceSelectors.length === 0) ||
      namespaces.includes(namespace) ||
      this.#namespaceSelectors.some((selector) => selector.matches(all));
    const isService =
      serviceSelectors.length === 0 ||
      this.#serviceSelectors.some((selector) => selector.matches(labels));
    return isPlace && isService;
  }
}

/** The objects were read with these selectors, so they parse. */
function selectors(texts: readonly string[] = []): LabelSelector[] {
  return texts.flatMap((text) => {
    const parsed = parseSelector(text);
    return parsed.kind === 'selector' ? [parsed.selector] : [];
  });
}

/** Returned addresses of a range that are noted; beyond that it is walked through again. */
const MAX_RETURNED = 10_000;

/** One range of a pool. Its addresses are walked through once, however many Services there are. */
class Part {
  readonly first: bigint;
  readonly last: bigint;
  readonly family: IpFamily;
  /** Addresses in the parts before this one. */
  readonly before: bigint;
  readonly #avoidsBuggy: boolean;
  /** No address below is free, but for those in `#returned`. */
  #next: bigint;
  /** Largest first. */
  #returned: bigint[] = [];
  #isSorted = true;

  constructor(
    first: bigint,
    last: bigint,
    before: bigint,
    { family, avoidsBuggy }: { readonly family: IpFamily; readonly avoidsBuggy: boolean },
  ) {
    this.first = first;
    this.last = last;
    this.before = before;
    this.family = family;
    this.#avoidsBuggy = avoidsBuggy && family === 'IPv4';
    this.#next = first;
  }

  has(number: bigint): boolean {
    return number >= this.first && number <= this.last && !this.#isAvoided(number);
  }

  firstFree(isTaken: (address: string) => boolean): string | undefined {
    if (!this.#isSorted) this.#returned.sort((a, b) => (a < b ? 1 : -1));
    this.#isSorted = true;
    for (let number = this.#returned.at(-1); number !== undefined; number = this.#returned.at(-1)) {
      const address = this.#text(number);
      if (!isTaken(address)) return address;
      this.#returned.pop();
    }
    for (; this.#next <= this.last; this.#next++) {
      if (this.#isAvoided(this.#next)) continue;
      const address = this.#text(this.#next);
      if (!isTaken(address)) return address;
    }
    return undefined;
  }

  release(number: bigint): void {
    if (number >= this.#next) return;
    this.#isSorted &&= number < (this.#returned.at(-1) ?? this.#next);
    this.#returned.push(number);
    if (this.#returned.length <= MAX_RETURNED) return;
    this.#next = this.first;
    this.#returned = [];
  }

  /** Some home routers drop traffic to addresses that end in .0 or .255. */
  #isAvoided(number: bigint): boolean {
    if (!this.#avoidsBuggy) return false;
    const end = number & 0xffn;
    return end === 0n || end === 0xffn;
  }

  #text(number: bigint): string {
    return numberedAddress(number, this.family === 'IPv4' ? 32 : 128);
  }
}
