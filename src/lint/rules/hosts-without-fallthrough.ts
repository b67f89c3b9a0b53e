import type { BlockSettings } from '../../config/settings.ts';
import { directivesNamed } from '../../corefile/parse.ts';
import { isReverseZone, zoneText } from '../../corefile/zone-name.ts';
import { isCovered, withoutFallthrough, zonesIn } from '../corefile.ts';
import type { Rule } from '../rule.ts';

export const hostsWithoutFallthrough: Rule = {
  id: 'hosts-without-fallthrough',
  severity: 'warning',
  reason:
    'hosts without fallthrough answers SERVFAIL to every name that is not in its file, also to those of plugins below it.',
  fix: 'Write fallthrough into the block of hosts, or behind its file the zones that it is for.',
  corefile({ blocks }, found) {
    for (const settings of blocks) {
      for (const line of directivesNamed(settings.block, 'hosts')) {
        const kept = withoutFallthrough(line, zonesIn(line.args.slice(1), settings));
        const lost = zonesBelow(settings).find(({ zone }) => isCovered(zone, kept));
        if (lost === undefined) continue;
        const message = `hosts: names that are not in its file get SERVFAIL, so ${lost.plugin} below it has no say in ${zoneText(lost.zone)}: write fallthrough into its block`;
        found({ message, origin: line.origin });
      }
    }
  },
};

interface PluginZone {
  readonly plugin: string;
  readonly zone: string;
}

/** What plugins below answer for; an address without a name goes on to them in any case. */
function zonesBelow(settings: BlockSettings): PluginZone[] {
  const cluster = settings.kubernetes?.zone.zones ?? [];
  const found = cluster.map((zone) => ({ plugin: 'kubernetes', zone }));
  for (const { name, args } of directivesNamed(settings.block, 'forward')) {
    const zones = zonesIn(args.slice(0, 1), settings);
    found.push(...zones.map((zone) => ({ plugin: name, zone })));
  }
  return found.filter(({ zone }) => !isReverseZone(zone));
}
