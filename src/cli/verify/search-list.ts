import { NDOTS } from '../../explain/search-list.ts';

/**
 * The names that a resolver tries one after the other (resolv.conf(5)): with fewer dots than the
 * kubelet's `ndots` the search list comes first, with others the name itself.
 */
export function searchedNames(name: string, search: readonly string[]): readonly string[] {
  if (search.length === 0 || name.endsWith('.')) return [name];
  const dots = name.split('.').length - 1;
  const listed = search.map((domain) => `${name}.${domain}`);
  return dots < NDOTS ? [...listed, name] : [name, ...listed];
}
