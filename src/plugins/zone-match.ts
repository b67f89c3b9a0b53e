import { keyFromText, type NameKey } from '../dns/name.ts';
import type { PluginContext } from './plugin.ts';

/** The zones of the server block a plugin is in. */
export function blockZones(context: Pick<PluginContext, 'zones'>): readonly NameKey[] {
  return context.zones.map(keyFromText);
}
