import { addressRange } from '../address-range.ts';
import { dns1123Subdomain } from '../names.ts';
import type { IPAddressPool, PoolAllocation } from '../objects.ts';
import { selectorText } from '../selector.ts';
import { type Field, fieldNames } from './field.ts';
import { readMetadata } from './metadata.ts';
import { readSelectorRequirements } from './selector.ts';

const POOL = fieldNames('apiVersion kind metadata spec', 'status', {
  addresses: 'spec.addresses',
});
const SPEC = fieldNames('addresses autoAssign avoidBuggyIPs serviceAllocation');
const ALLOCATION = fieldNames('priority namespaces namespaceSelectors serviceSelectors');

/** Most ranges of a pool, and entries of each list of its allocation. */
const MAX_ITEMS = 1_000;

/** Reads MetalLB's IPAddressPool (metallb.io/v1beta1). */
export function readIPAddressPool(root: Field): IPAddressPool {
  const metadata = readMetadata(root, dns1123Subdomain);
  root.warnOfTypos(POOL);
  const spec = root.get('spec').mapping('IPAddressPool', 'v1beta1.IPAddressPoolSpec');
  spec.warnOfTypos(SPEC);
  const addresses = spec.get('addresses');
  if (addresses.count === 0) addresses.required();
  return {
    kind: 'IPAddressPool',
    ...metadata,
    ranges: items(addresses, 'IPAddressPoolSpec', 'string').flatMap((item) => {
      const text = item.string('IPAddressPoolSpec');
      if (item.unreadable) return [];
      const range = addressRange(text);
      if ('fault' in range) item.invalid(text, range.fault);
      return 'fault' in range ? [] : [range];
    }),
    autoAssign: spec.get('autoAssign').boolean('IPAddressPoolSpec') ?? true,
    avoidBuggyIPs: spec.get('avoidBuggyIPs').boolean('IPAddressPoolSpec') ?? false,
    allocation: readAllocation(spec.get('serviceAllocation')),
  };
}

function readAllocation(field: Field): PoolAllocation | undefined {
  if (!field.present) return undefined;
  field.mapping('IPAddressPoolSpec', 'v1beta1.ServiceAllocation').warnOfTypos(ALLOCATION);
  const selectors = (key: string) =>
    items(field.get(key), 'ServiceAllocation', 'v1.LabelSelector').map((item) =>
      selectorText(readSelectorRequirements(item, 'ServiceAllocation') ?? []),
    );
  return {
    priority: field.get('priority').integer('ServiceAllocation') ?? 0,
    namespaces: items(field.get('namespaces'), 'ServiceAllocation', 'string').map((item) =>
      item.string('ServiceAllocation').slice(0, 63),
    ),
    namespaceSelectors: selectors('namespaceSelectors'),
    serviceSelectors: selectors('serviceSelectors'),
  };
}

function items(list: Field, owner: string, go: string): Field[] {
  const found = list.list(owner, go);
  if (found.length <= MAX_ITEMS) return found;
  list.tooMany(found.length, MAX_ITEMS);
  return [];
}
