import { ipFamily } from '../../dns/address.ts';
import type { KubeObject, Node, Pod } from '../../kube/objects.ts';
import { annotatedHosts, annotatedTargets, annotatedTtl } from './external-dns.ts';
import type { HostProblems } from './host-problems.ts';
import { type HostEntry, type HostTargets, hasNoTarget } from './host-targets.ts';

/**
 * What external-dns's `pod` source makes of a Pod's annotations (`source/pod.go`): `hostname` leads
 * to the external addresses of its node, `internal-hostname` to the Pod.
 */
export function* podHosts(
  pod: Pod,
  nodes: ReadonlyMap<string, Node>,
  problems: HostProblems,
): Generator<HostEntry> {
  const external = annotatedHosts(pod, problems) ?? [];
  const internal = annotatedHosts(pod, problems, 'internal-hostname') ?? [];
  if (external.length + internal.length === 0) return;
  const ttl = annotatedTtl(pod, problems);
  const own = annotatedTargets(pod, problems);
  const entry = (host: string, targets: HostTargets, via: KubeObject | undefined, lack: string) => {
    const fault = hasNoTarget(targets) ? lack : '';
    return { host, targets, ttl, object: pod, via, fault };
  };
  const node = nodes.get(pod.nodeName ?? '');
  for (const host of new Set(external)) {
    yield own === undefined
      ? entry(host, nodeTargets(node), node, NO_NODE)
      : entry(host, own, undefined, '');
  }
  for (const host of new Set(internal)) {
    yield entry(host, own ?? { addresses: pod.podIPs.slice(0, 1), names: [] }, undefined, '');
  }
}

const NO_NODE =
  'of a Pod the annotation hostname leads to its node, and spec.nodeName is of no Node in the manifests with an ExternalIP: internal-hostname leads to the Pod';

/** IPv6 addresses of nodes are internal by name only. */
function nodeTargets(node: Node | undefined): HostTargets {
  const { externalIPs = [], internalIPs = [] } = node ?? {};
  const ipv6 = internalIPs.filter((ip) => ipFamily(ip) === 'IPv6');
  return { addresses: [...new Set([...externalIPs, ...ipv6])], names: [] };
}
