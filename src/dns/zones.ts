import { isAtOrBelow, type NameKey, parentOf, ROOT } from './name.ts';

/** A zone: its name, or something that has one. */
type Zone = NameKey | { readonly key: NameKey };

/**
 * The zone with the longest name of those that the name is in, the first of several with that name;
 * undefined when there is none. Zones that `isTaken` refuses do not count; it is called only for
 * zones that would be the longest so far.
 */
export function longestZone<Z extends Zone>(
  name: NameKey,
  zones: readonly Z[],
  isTaken?: (zone: Z) => boolean,
): Z | undefined {
  let longest: Z | undefined;
  let length = -1;
  for (const zone of zones) {
    const key: NameKey = isName(zone) ? zone : zone.key;
    if (key.length <= length || !isAtOrBelow(name, key)) continue;
    if (isTaken?.(zone) === false) continue;
    longest = zone;
    length = key.length;
  }
  return longest;
}

/** The same for many zones, by name: it costs a look-up for each label of the name. */
export function longestZoneAmong<Z>(name: NameKey, zones: ReadonlyMap<NameKey, Z>): Z | undefined {
  for (let key = name; ; key = parentOf(key)) {
    const zone = zones.get(key);
    if (zone !== undefined || key === ROOT) return zone;
  }
}

/** Whether any of the zones has the name. */
export function isInAny(name: NameKey, zones: readonly NameKey[]): boolean {
  return zones.some((zone) => isAtOrBelow(name, zone));
}

function isName(zone: Zone): zone is NameKey {
  return typeof zone === 'string';
}
