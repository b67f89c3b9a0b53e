import { keyOf, type NameKey, parentOf } from '../dns/name.ts';
import type { CompiledName } from './answer.ts';
import type { ServedZone } from './apex.ts';
import type { SideZone } from './side-table.ts';

const ASTERISK = keyOf(['*']);

/**
 * A name of `zone` as it is published, or the wildcard that it is made from; undefined when it does
 * not exist.
 *
 * RFC 4592 section 3.3.1: "The closest encloser is the node in the zone's tree of existing domain
 * names that has the most labels matching the query name (consecutively, counting from the root
 * label downward)", and the source of synthesis is "'*' prepended to the closest encloser".
 */
export function gatewayName(
  names: SideZone,
  key: NameKey,
  zone: ServedZone,
): CompiledName | undefined {
  const own = names.find(key);
  if (own !== undefined) return own;
  let encloser = key;
  // The zone's own name exists as soon as anything of it has been published.
  while (encloser.length > zone.key.length) {
    encloser = parentOf(encloser);
    if (names.find(encloser) !== undefined) return names.find((ASTERISK + encloser) as NameKey);
  }
  return undefined;
}
