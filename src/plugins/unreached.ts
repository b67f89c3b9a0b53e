import type { ServerBlock } from '../corefile/parse.ts';
import { listed, type ProblemList } from '../corefile/problems.ts';
import { isInZone, zoneText } from '../corefile/zone-name.ts';
import type { Origin } from '../kube/objects.ts';

/** The zones of the keys of a server block, each once. */
export function keyZones({ keys }: ServerBlock): readonly string[] {
  return [...new Set(keys.map((key) => key.zone))];
}

/** Whether a question for a name of the zone can reach a block that serves these zones. */
export function isReached(zone: string, served: readonly string[]): boolean {
  return served.some((one) => isInZone(zone, one) || isInZone(one, zone));
}

/** Warns of zones of a plugin whose names no question can bring to its server block. */
export function reportUnreached(
  plugin: string,
  zones: readonly string[],
  block: ServerBlock,
  origin: Origin,
  problems: ProblemList,
): void {
  // Keys that could not be read have been reported; they may serve these zones.
  if (zones.length === 0 || block.keys.length === 0) return;
  const served = listed(keyZones(block).map(zoneText));
  const message = `${plugin}: no query for ${listed(zones)} reaches this server block, which serves ${served}`;
  problems.warning('COREFILE_ZONE_UNREACHED', message, origin);
}
