import { isIPv4, isIPv6 } from 'node:net';
import type { NamespaceView } from '../../src/kube/objects.ts';
import type { ZoneOptions } from '../../src/zone/options.ts';
import { addressNibbles } from '../helpers/zone-text.ts';
import { addressRecord, grouped, type ModelRecord, record, recordLine } from './record.ts';

/** Pod names, `1-2-3-4.NAMESPACE.pod.ZONE`. */

/** Names of the pods that are there: what `pods verified` answers from. */
export function verifiedPodRecords(
  view: NamespaceView,
  options: ZoneOptions,
  apex: string,
): ModelRecord[] {
  const addresses = view.pods
    .filter((pod) => options.labels.matches(pod.labels))
    .flatMap(({ podIPs: [primary] }) => (primary === undefined ? [] : [primary]));
  // Pods on one host network share an address, and each counts for the weight (1.5.2).
  return [...grouped(addresses, (address) => address)].flatMap(([address, pods]) => {
    const owner = `${address.replaceAll(/[.:]/g, '-')}.${view.name}.pod.${apex}`;
    return podRecords(owner, address, options.ttl, pods.length);
  });
}

/** The records of one name under `pods insecure`: any label that spells an address has some. */
export function insecurePodRecords(
  qname: string,
  namespaces: readonly NamespaceView[],
  options: ZoneOptions,
  apex: string,
): ModelRecord[] {
  const [label = ''] = qname.split('.', 1);
  if (!namespaces.some((view) => qname === `${label}.${view.name}.pod.${apex}`)) return [];
  const address = spelledAddress(label);
  return address === undefined ? [] : podRecords(qname, address, options.ttl);
}

function podRecords(owner: string, address: string, ttl: number, pods = 1): ModelRecord[] {
  const ownAddress = addressRecord(owner, ttl, address);
  const weight = Math.max(1, Math.floor(100 / pods));
  const glue = [recordLine(ownAddress)];
  return [ownAddress, record(owner, ttl, 'SRV', `0 ${weight} 0 ${owner}`, glue)];
}

/** `1-2-3-4` → `1.2.3.4`, `fd00--1` → `fd00::1`, IPv4-mapped IPv6 → IPv4, others undefined. */
function spelledAddress(label: string): string | undefined {
  if (!/^[0-9a-f-]+$/.test(label)) return undefined;
  const isFour = label.split('-').length === 4 && !label.includes('--');
  const text = label.replaceAll('-', isFour ? '.' : ':');
  if (isFour) return isIPv4(text) ? text : undefined;
  if (!isIPv6(text)) return undefined;
  const mapped = /^0{20}f{4}(..)(..)(..)(..)$/.exec(addressNibbles(text));
  if (mapped === null) return text;
  return mapped
    .slice(1)
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');
}
