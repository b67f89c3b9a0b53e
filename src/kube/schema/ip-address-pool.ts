import { addressRange } from '../address-range.ts';
import { dns1123Subdomain } from '../names.ts';
import type { IPAddressPool, PoolAllocation } from '../objects.ts';
import { selectorText } from '../selector.ts';
import type { Field } from './field.ts';
import { readMetadata } from './metadata.ts';
import { readSelectorRequirements } from './selector.ts';
import { fieldNames, struct } from './struct.ts';

const POOL = fieldNames('apiVersion kind metadata spec', 'status', {
  addresses: 'spec.addresses',
});
const SPEC = struct(
  'v1beta1.IPAddressPoolSpec',
  'addresses autoAssign avoidBuggyIPs serviceAllocation',
);
const ALLOCATION = struct(
  'v1beta1.ServiceAllocation',
  'priority namespaces namespaceSelectors serviceSelectors',
);

/** Most ranges of a pool, and entries of each list of its allocation. */
const MAX_ITEMS = 1_000;

/** Reads MetalLB's IPAddressPool (metallb.io/v1beta1). */
export function readIPAddressPool(root: Field): IPAddressPool {
  const metadata = readMetadata(root, dns1123Subdomain, POOL);
  const spec = root.get('spec').struct(SPEC);
  const addresses = spec.get('addresses');
  if (addresses.count === 0) addresses.required();
  return {
    kind: 'IPAddressPool',
    ...metadata,
    ranges: addresses.list('string', MAX_ITEMS).flatMap((item) => {
      const text = item.string();
      if (item.unreadable) return [];
      const range = addressRange(text);
      if ('fault' in range) item.invalid(text, range.fault);
      return 'fault' in range ? [] : [range];
    }),
    autoAssign: spec.get('autoAssign').boolean() ?? true,
    avoidBuggyIPs: spec.get('avoidBuggyIPs').boolean() ?? false,
    allocation: readAllocation(spec.get('serviceAllocation')),
  };
}

function readAllocation(field: Field): PoolAllocation | undefined {
  if (!field.present) return undefined;
  field.struct(ALLOCATION);
  const priority = field.get('priority').integer() ?? 0;
  const namespaces = field.get('namespaces').list('string', MAX_ITEMS);
  return {
    priority,
    namespaces: namespaces.map((item) => item.string().slice(0, 63)),
    namespaceSelectors: readSelectors(field.get('namespaceSelectors')),
    serviceSelectors: readSelectors(field.get('serviceSelectors')),
  };
}

function readSelectors(list: Field): string[] {
  const items = list.list('v1.LabelSelector', MAX_ITEMS);
  return items.map((item) => selectorText(readSelectorRequirements(item) ?? []));
}
