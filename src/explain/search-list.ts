import { labelsOf, MAX_NAME_BYTES } from '../dns/name.ts';
import type { WireName } from '../dns/record.ts';

/** Names with fewer dots are tried with the search list first: the kubelet's `ndots`. */
export const NDOTS = 5;

/** A name that a Pod's resolver asks for. */
export interface SearchStep {
  readonly name: WireName;
  /** What the search list added, as text; undefined for the name as it stands. */
  readonly domain: string | undefined;
}

/** The domains of a Pod in this namespace with the usual `dnsPolicy`, ClusterFirst. */
export function searchDomains(namespace: string, zone: string): string[] {
  return [`${namespace}.svc.${zone}`, `svc.${zone}`, zone];
}

/**
 * The names that a Pod's resolver asks for, in order, until one has an answer. `name` was written
 * with a final dot when it `isAbsolute`. `domains` are text and their wire forms. Names that are
 * too long for a message are left out, as resolvers do.
 */
export function searchSteps(
  name: WireName,
  isAbsolute: boolean,
  domains: readonly { readonly text: string; readonly wire: WireName }[],
): SearchStep[] {
  const asIs: SearchStep = { name, domain: undefined };
  if (isAbsolute || name === '') return [asIs];
  const searched = domains
    .map(({ text, wire }) => ({ name: name + wire, domain: text }))
    .filter((step) => step.name.length < MAX_NAME_BYTES);
  const dots = labelsOf(name as Parameters<typeof labelsOf>[0]).length - 1;
  return inTurn(dots, asIs, searched);
}

/** The same as text, for any search list (resolv.conf(5)). */
export function searchedNames(name: string, search: readonly string[]): readonly string[] {
  if (search.length === 0 || name.endsWith('.')) return [name];
  const dots = name.split('.').length - 1;
  const listed = search.map((domain) => `${name}.${domain}`);
  return inTurn(dots, name, listed);
}

/** With `ndots` dots the name as it stands is tried first, with fewer the search list. */
function inTurn<Name>(dots: number, asIs: Name, searched: readonly Name[]): Name[] {
  return dots >= NDOTS ? [asIs, ...searched] : [...searched, asIs];
}
