import { addressRange, rangeSize } from '../../kube/address-range.ts';

/** Most addresses of a range, which is also the most that kube-apiserver takes of one. */
const MAX_SIZE = 2n ** 20n;
const MIN_SIZE = 4n;

/** Why addresses cannot be allocated from this CIDR; undefined when they can. */
export function rangeFault(cidr: string): string | undefined {
  const shown = JSON.stringify(cidr.slice(0, 80));
  const range = cidr.includes('/') ? addressRange(cidr) : { fault: '' };
  if ('fault' in range) return `Cannot allocate from ${shown}: expected a CIDR, as in 10.96.0.0/12`;
  const size = rangeSize(range);
  if (size < MIN_SIZE || size > MAX_SIZE) {
    return `Cannot allocate from ${shown}: expected 4 to 2^20 addresses, found ${size}`;
  }
  const written = cidr.slice(0, cidr.indexOf('/'));
  const base = addressRange(`${written}-${written}`);
  if (!('fault' in base) && base.first !== range.first) {
    return `Cannot allocate from ${shown}: the range begins at ${range.first}: write that address`;
  }
  return undefined;
}
