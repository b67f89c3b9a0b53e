import { isAtOrBelow, keyFromText, type NameKey } from '../dns/name.ts';
import type { PluginContext } from './plugin.ts';

/** The longest of the zones that has the name; undefined when none has. */
export function longestZone(key: NameKey, zones: readonly NameKey[]): NameKey | undefined {
  let longest: NameKey | undefined;
  for (const zone of zones) {
    if (longest !== undefined && zone.length <= longest.length) continue;
    if (isAtOrBelow(key, zone)) longest = zone;
  }
  return longest;
}

/** Whether any of the zones has the name. */
export function isInAny(key: NameKey, zones: readonly NameKey[]): boolean {
  return zones.some((zone) => isAtOrBelow(key, zone));
}

/** The zones of the server block a plugin is in. */
export function blockZones(context: Pick<PluginContext, 'zones'>): readonly NameKey[] {
  return context.zones.map(keyFromText);
}
