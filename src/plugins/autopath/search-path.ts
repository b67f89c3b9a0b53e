import { keyFromText, keyOf, NameError, type NameKey, ROOT } from '../../dns/name.ts';
import { longestZone } from '../../dns/zones.ts';
import type { PodDirectory, Request } from '../plugin.ts';

/**
 * The domains a client's resolver tries after one another; the root, the name as it was typed, is
 * the last. Empty when nothing is known of the client.
 */
export type SearchPath = (request: Request) => readonly NameKey[];

/** More than any resolver tries: glibc took 6 for decades. Each can cost a question upstream. */
const MAX_DOMAINS = 16;

/** The same path for every client. */
export function fixedPath(domains: readonly NameKey[]): SearchPath {
  const path = domains.length === 0 ? [] : [...domains, ROOT];
  return () => path;
}

/**
 * The path that the kubelet writes for a Pod of dnsPolicy ClusterFirst: its namespace, `svc`, the
 * cluster, then the node's own domains.
 */
export function podPath(pods: PodDirectory, nodeDomains: readonly NameKey[]): SearchPath {
  return ({ key, client }) => {
    const zone = longestZone(key, pods.zones);
    if (zone === undefined) return [];
    const namespace = pods.namespaceOf(client.address);
    if (namespace === undefined) return [];
    const services = below('svc', zone);
    const own = services && below(namespace, services);
    if (services === undefined || own === undefined) return [];
    // A node that is a Pod itself has the cluster's domains in its file too.
    return [...new Set([own, services, zone, ...nodeDomains, ROOT])];
  };
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
