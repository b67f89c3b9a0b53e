/** `options ndots:5`, as the kubelet writes it for Pods of dnsPolicy ClusterFirst. */
const NDOTS = 5;

/**
 * The search list of a Pod in this namespace, as the kubelet writes it: without the node's domains,
 * which only the node knows.
 */
export function podSearch(namespace: string, zone: string): readonly string[] {
  return [`${namespace}.svc.${zone}`, `svc.${zone}`, zone];
}

/**
 * The absolute names that a resolver tries one after the other (resolv.conf(5)): with fewer dots
 * than `ndots` the search list comes first, with others the name itself.
 */
export function searchedNames(name: string, search: readonly string[]): readonly string[] {
  if (search.length === 0 || name.endsWith('.')) return [name];
  const dots = name.split('.').length - 1;
  const listed = search.map((domain) => `${name}.${domain}`);
  return dots < NDOTS ? [...listed, name] : [name, ...listed];
}
