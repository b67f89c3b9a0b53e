import { keyFromText, keyOf, NameError, type NameKey, ROOT } from '../../dns/name.ts';
import type { SocketAddress } from '../../dns/query.ts';
import { longestZone } from '../../dns/zones.ts';
import type { PodDirectory } from '../plugin.ts';

/** The domains that a client's resolver tries after one another for a name. */
export interface SearchPath {
  /** The first of them; undefined when nothing is known of the client. */
  first(key: NameKey, client: SocketAddress): NameKey | undefined;
  /** Those after it; the root, the name as it was typed, is the last. */
  others(key: NameKey, client: SocketAddress): readonly NameKey[];
}

/** More than any resolver tries: glibc took 6 for decades. Each can cost a question upstream. */
const MAX_DOMAINS = 16;

/** The same path for every client. */
export function fixedPath(domains: readonly NameKey[]): SearchPath {
  const [first, ...others] = domains;
  const rest = first === undefined ? [] : [...others, ROOT];
  return { first: () => first, others: () => rest };
}

/**
 * The path that the kubelet writes for a Pod of dnsPolicy ClusterFirst: its namespace, `svc`, the
 * cluster, then the node's own domains.
 */
export function podPath(pods: PodDirectory, nodeDomains: readonly NameKey[]): SearchPath {
  const zones = pods.zones.map((zone) => ({ key: zone, services: below('svc', zone) }));
  const first: SearchPath['first'] = (key, client) => {
    const services = longestZone(key, zones)?.services;
    if (services === undefined) return undefined;
    const namespace = pods.namespaceOf(client.address);
    return namespace === undefined ? undefined : below(namespace, services);
  };
  const others: SearchPath['others'] = (key, client) => {
    const zone = longestZone(key, zones);
    const own = first(key, client);
    if (zone?.services === undefined || own === undefined) return [];
    // A node that is a Pod itself has the cluster's domains in its file too.
    const all = new Set([own, zone.services, zone.key, ...nodeDomains, ROOT]);
    all.delete(own);
    return [...all];
  };
  return { first, others };
}

/**
 * The domains of a file in resolv.conf form: of its last `search` or `domain` line
 * (resolv.conf(5)).
 */
export function searchDomains(text: string): { domains: NameKey[]; unreadable: string[] } {
  let words: string[] = [];
  for (const line of text.split('\n')) {
    const [, keyword, rest = ''] = /^(search|domain)[ \t]+([^#;]*)/.exec(line) ?? [];
    if (keyword === undefined) continue;
    const found = rest.split(/\s+/).filter((word) => word !== '');
    words = keyword === 'domain' ? found.slice(0, 1) : found;
  }
  const domains: NameKey[] = [];
  const unreadable: string[] = [];
  for (const word of words.slice(0, MAX_DOMAINS)) {
    try {
      const domain = keyFromText(word);
      if (domain !== ROOT) domains.push(domain); // tried last in any case
    } catch (error) {
      if (!(error instanceof NameError)) throw error;
      unreadable.push(word);
    }
  }
  return { domains, unreadable };
}

function below(label: string, domain: NameKey): NameKey | undefined {
  try {
    const name = `${keyOf([label])}${domain}`;
    return name.length < 255 ? (name as NameKey) : undefined;
  } catch (error) {
    if (error instanceof NameError) return undefined;
    throw error;
  }
}
