import type { NameKey } from '../dns/name.ts';
import type { CompiledName } from './answer.ts';
import type { ServedZone } from './apex.ts';
import { portNameKey } from './port-name.ts';
import type { SideZone } from './side-table.ts';

/** How many labels a Service's own name has, before the zone: `web.shop`. */
const SERVICE_LABELS = 2;

/**
 * A name of `k8s_external`; undefined when it does not exist. A port name without its underscores
 * comes as the name it stands for.
 */
export function externalName(
  names: SideZone,
  key: NameKey,
  zone: ServedZone,
): CompiledName | undefined {
  const found = names.find(key);
  if (found !== undefined || zone.isReverse) return found;
  const real = portNameKey(key, zone.key, SERVICE_LABELS);
  return real === undefined ? undefined : names.find(real);
}
