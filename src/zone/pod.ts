import { plainAddressBytes } from '../dns/address.ts';
import { keyOf, type NameKey } from '../dns/name.ts';
import type { Pod } from '../kube/objects.ts';
import { pushTo } from '../support/collections.ts';
import type { PreparedAnswer } from './answer.ts';
import type { NameSink } from './names.ts';
import { answersOf, type Entry, type ObjectEntry } from './records.ts';

/** Adds `1-2-3-4.NAMESPACE.pod` for each pod of a namespace: CoreDNS's `pods verified`. */
export function compilePods(pods: readonly Pod[], namespace: string, sink: NameSink): void {
  const entries = new Map<NameKey, ObjectEntry[]>();
  for (const pod of pods) {
    const text = pod.podIPs[0]; // status.podIP: the other family has no name of its own
    const address = text === undefined ? undefined : plainAddressBytes(text);
    if (text === undefined || address === undefined) continue;
    // Without the 0 that endpoint names get after a final dash: the label is read back, colon for
    // dash.
    const name = keyOf([text.replace(/[.:]/g, '-'), namespace, 'pod']);
    pushTo(entries, name, { ...podEntry(address, name), object: pod });
  }
  for (const [name, same] of entries) sink.addEntries(name, same, same.slice(0, 1));
}

/**
 * The answers of `1-2-3-4.NAMESPACE.pod.ZONE` made up from the name alone: `pods insecure`.
 * Undefined when the label is not an address with dashes.
 */
export function podAnswers(
  owner: NameKey,
  zone: NameKey,
  label: string,
  ttl: number,
): PreparedAnswer[] | undefined {
  const address = podLabelAddress(label);
  if (address === undefined) return undefined;
  const name = owner.slice(0, owner.length - zone.length) as NameKey;
  return answersOf(owner, zone, [podEntry(address, name)], ttl);
}

/**
 * CoreDNS's reading of a pod label: exactly three dashes and no `--` are the dots of an IPv4
 * address, else the dashes are the colons of an IPv6 address.
 */
function podLabelAddress(label: string): Uint8Array | undefined {
  if (label.length > 39 + 1) return undefined; // the longest IPv6 text, and a spare
  const dashes = label.split('-').length - 1;
  if (dashes === 0) return undefined;
  const isIPv4Shape = dashes === 3 && !label.includes('--');
  return plainAddressBytes(label.replaceAll('-', isIPv4Shape ? '.' : ':'));
}

/** SRV of a pod name is `0 100 0` and itself, as CoreDNS gives it. */
function podEntry(address: Uint8Array, target: NameKey): Entry {
  return { address, port: 0, portName: '', protocol: '', target };
}
