import type { KubeObject } from '../../kube/objects.ts';
import type { NamespaceObjects } from '../../registry/namespace-objects.ts';
import { annotatedHosts } from './external-dns.ts';
import { HostProblems } from './host-problems.ts';

/** The kinds whose objects give host names; Services and Pods do so in annotations. */
const KINDS = [
  'Ingress',
  'Gateway',
  'HTTPRoute',
  'TLSRoute',
  'GRPCRoute',
  'DNSEndpoint',
  'Service',
  'Pod',
] as const;

const WORDS = ['hostname', 'internal-hostname'] as const;

/**
 * The host names that the objects of a namespace give, whether they are answered or not, each with
 * the first object that gives it.
 */
export function namedHosts(objects: NamespaceObjects | undefined): ReadonlyMap<string, KubeObject> {
  const found = new Map<string, KubeObject>();
  for (const kind of objects === undefined ? [] : KINDS) {
    for (const object of objects?.of(kind).values() ?? []) {
      for (const host of hostsOf(object)) if (!found.has(host)) found.set(host, object);
    }
  }
  return found;
}

function hostsOf(object: KubeObject): readonly string[] {
  const isAnnotated = 'annotations' in object && (object.annotations?.size ?? 0) > 0;
  const annotated = (isAnnotated ? WORDS : []).flatMap(
    (word) => annotatedHosts(object, new HostProblems(), word) ?? [],
  );
  switch (object.kind) {
    case 'Ingress':
      return [...object.hosts, ...(object.tlsHosts ?? []), ...annotated];
    case 'Gateway':
      return object.listeners.map(({ hostname }) => hostname).filter((host) => host !== '');
    case 'HTTPRoute':
    case 'TLSRoute':
    case 'GRPCRoute':
      return [...object.hostnames, ...annotated];
    case 'DNSEndpoint':
      return object.records.map(({ name }) => name);
    default:
      return annotated;
  }
}
