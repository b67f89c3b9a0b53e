import { plainAddress } from '../../dns/address.ts';
import type { Pod } from '../../kube/objects.ts';
import { type ExplainedObjects, placedText } from '../objects.ts';
import { reason, type WeighedReason } from '../reason.ts';

/** Why no PTR record leads from an address to a name. `address` is canonical. */
export function missingAddress(address: string, all: ExplainedObjects): WeighedReason {
  const pod = podWith(address, all);
  return reason('NO_ADDRESS', { address, pod: pod && placedText(pod) });
}

/** The Pod with an address; one of the host's network only when there is no other. */
export function podWith(address: string, { views }: ExplainedObjects): Pod | undefined {
  const plain = plainAddress(address);
  let ofHost: Pod | undefined;
  for (const { pods } of views.values()) {
    for (const pod of pods) {
      if (!pod.podIPs.includes(plain)) continue;
      if (!pod.hostNetwork) return pod;
      ofHost ??= pod;
    }
  }
  return ofHost;
}

/** Why `1-2-3-4.namespace.pod` does not exist though the namespace does. */
export function missingPod(
  label: string,
  namespace: string,
  { options }: ExplainedObjects,
): WeighedReason {
  if (options.pods === 'disabled') return reason('PODS_DISABLED', {});
  return reason('NO_POD', { label, namespace, isAddress: options.pods === 'verified' });
}
