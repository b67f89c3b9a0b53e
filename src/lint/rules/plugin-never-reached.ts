import type { BlockSettings } from '../../config/settings.ts';
import { directivesNamed, type Line } from '../../corefile/parse.ts';
import { listed } from '../../corefile/problems.ts';
import { isInZone, zoneText } from '../../corefile/zone-name.ts';
import { isCovered, optionsNamed, withoutFallthrough, zonesIn, zonesOf } from '../corefile.ts';
import type { Rule } from '../rule.ts';

export const pluginNeverReached: Rule = {
  id: 'plugin-never-reached',
  severity: 'warning',
  reason:
    'A plugin gets only what those above it hand on, whatever the order of lines: one that answers everything leaves nothing for the others.',
  fix: 'Write fallthrough where the plugin above has it, give the plugins zones of their own, or delete the line.',
  corefile({ blocks }, found) {
    for (const settings of blocks) {
      const takers = [...cluster(settings), ...templates(settings)];
      for (const line of directivesNamed(settings.block, 'forward')) {
        const zones = reachedZones(zonesIn(line.args.slice(0, 1), settings), settings);
        const fault = faultOf(zones, takers);
        if (fault !== undefined) found({ message: `forward: ${fault}`, origin: line.origin });
        if (!handsOn(line)) takers.push(...zones.map((zone) => ({ zone, line })));
      }
      for (const { origin } of directivesNamed(settings.block, 'whoami')) {
        const fault = faultOf(zonesOf(settings), takers);
        if (fault !== undefined) found({ message: `whoami: ${fault}`, origin });
      }
    }
  },
};

/** A zone of which nothing goes on to the plugins below, and the line that keeps it. */
interface Taker {
  readonly zone: string;
  readonly line: Line;
}

/** The parts of a plugin's zones that queries of the server block are for. */
function reachedZones(zones: readonly string[], settings: BlockSettings): string[] {
  return zonesOf(settings).flatMap((own) =>
    zones.flatMap((zone) => (isInZone(own, zone) ? own : isInZone(zone, own) ? zone : [])),
  );
}

/** Why nothing is left of the zones; undefined when something is. */
function faultOf(zones: readonly string[], takers: readonly Taker[]): string | undefined {
  const taking = zones.map((zone) => takers.find((one) => isCovered(zone, [one.zone])));
  const [first] = taking;
  if (first === undefined || taking.includes(undefined)) return undefined;
  const names = listed([...new Set(zones)].map(zoneText));
  const { name, origin } = first.line;
  const advice = name === 'kubernetes' ? ': write fallthrough into its block' : '';
  return `never reached, as ${name} at line ${origin.line} answers all names of ${names}${advice}`;
}

function cluster({ block, kubernetes }: BlockSettings): Taker[] {
  return directivesNamed(block, 'kubernetes').flatMap((line) =>
    (kubernetes?.zone.zones ?? [])
      .filter((zone) => !isCovered(zone, kubernetes?.fallthrough ?? []))
      .map((zone) => ({ zone, line })),
  );
}

/** Templates for all names and types. Those with an answer are another rule's. */
function templates(settings: BlockSettings): Taker[] {
  return directivesNamed(settings.block, 'template').flatMap((line) => {
    const [, type, ...zones] = line.args;
    const isForAll = type?.text.toUpperCase() === 'ANY' && optionsNamed(line, 'match').length === 0;
    if (!isForAll || optionsNamed(line, 'answer').length > 0) return [];
    return withoutFallthrough(line, zonesIn(zones, settings)).map((zone) => ({ zone, line }));
  });
}

/** A `forward` that leaves some names, or some replies, to the next one. */
function handsOn(line: Line): boolean {
  return (line.block ?? []).some(({ name }) => name === 'except' || name.startsWith('next'));
}
