import { directivesNamed, type Line } from '../../corefile/parse.ts';
import { zonesFromText } from '../../corefile/zone-name.ts';
import { keyFromText, type NameKey } from '../../dns/name.ts';
import { isInAny } from '../../dns/zones.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { blockZones } from '../directive.ts';
import { plugin as forwardPlugin } from '../forward/setup.ts';
import { plugin as whoamiPlugin } from '../whoami/index.ts';
import {
  aboveSpecial,
  hasSpecial,
  NAME,
  type SpecialNames,
  specialAmong,
  specialNames,
} from './index.ts';

/**
 * Names that must not leave the site, but for those that a `forward` line or a key of the block
 * names. Undefined where none of them can be asked for; `whoami` answers them as it does all
 * others.
 */
export const plugin = {
  directive: NAME,
  isImplied: true,
  clusterAnswers: (names) => names,
  setup(_lines, context) {
    const { block, cluster } = context;
    const forwarding = directivesNamed(block, forwardPlugin.directive);
    const isLast = forwarding.length === 0;
    const zones = blockZones(context);
    if (
      isLast &&
      (!hasSpecial(zones) || directivesNamed(block, whoamiPlugin.directive).length > 0)
    ) {
      return undefined;
    }
    const served = cluster?.live.zones.map((zone) => zone.key) ?? [];
    const exempt = specialAmong(zones);
    if (!isLast) {
      // A block of reverse zones that forwards is there for private addresses too.
      exempt.push(...aboveSpecial(zones), ...forwarding.flatMap(zonesForwarded));
      exempt.push(...specialAmong(zonesFallingThrough(served, cluster?.fallthrough ?? [])));
    }
    return specialNames({ exempt, served, isLast });
  },
} satisfies PluginDeclaration<SpecialNames>;

/** What is in one of the zones of `kubernetes`, and in one of those that fall through. */
function zonesFallingThrough(
  served: readonly NameKey[],
  fallthrough: readonly NameKey[],
): NameKey[] {
  return [
    ...served.filter((zone) => isInAny(zone, fallthrough)),
    ...fallthrough.filter((zone) => isInAny(zone, served)),
  ];
}

function zonesForwarded({ args: [from] }: Line): NameKey[] {
  const zones = from === undefined ? { fault: '' } : zonesFromText(from.text);
  return 'zones' in zones ? zones.zones.map(keyFromText) : [];
}
