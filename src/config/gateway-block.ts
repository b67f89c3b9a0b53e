import { directivesNamed, type Line, type ServerBlock } from '../corefile/parse.ts';
import { listed, type ProblemList } from '../corefile/problems.ts';
import { isInZone, zoneText } from '../corefile/zone-name.ts';
import { NAME, readGateway } from '../plugins/k8s_gateway/options.ts';
import type { GatewayOptions } from '../zone/options.ts';

/** What the `kubernetes` of the same server block has to do with it. */
interface Beside {
  readonly zones: readonly string[];
  readonly fallthrough: readonly string[] | undefined;
}

/**
 * What the `k8s_gateway` of a server block says about names; undefined without one, or after an
 * error. `kubernetes` answers first, so a zone within one of its own is never asked for here.
 */
export function gatewayOptions(
  block: ServerBlock,
  kubernetes: Beside,
  problems: ProblemList,
): GatewayOptions | undefined {
  const lines = directivesNamed(block, NAME);
  const [line] = lines;
  if (line === undefined) return undefined;
  const blockZones = [...new Set(block.keys.map((key) => key.zone))];
  const options = readGateway(lines, blockZones, problems)?.options;
  if (options === undefined || block.keys.length === 0) return options;
  tellUnreached(options.zones, blockZones, line, problems);
  tellHidden(options.zones, kubernetes, line, problems);
  if (options.zones.includes('')) {
    const message = `${NAME}: answers for all names, so others do not exist: expected zones, as in ${NAME} example.org`;
    problems.warning('COREFILE_ZONE', message, line.origin);
  }
  return options;
}

function tellUnreached(
  zones: readonly string[],
  blockZones: readonly string[],
  { origin }: Line,
  problems: ProblemList,
): void {
  const isReached = (zone: string) =>
    blockZones.some((served) => isInZone(zone, served) || isInZone(served, zone));
  const lost = zones.filter((zone) => !isReached(zone));
  if (lost.length === 0) return;
  const served = listed(blockZones.map(zoneText));
  const message = `${NAME}: no query for ${listed(lost)} reaches this server block, which serves ${served}`;
  problems.warning('COREFILE_ZONE_UNREACHED', message, origin);
}

function tellHidden(
  zones: readonly string[],
  { zones: above, fallthrough }: Beside,
  { origin }: Line,
  problems: ProblemList,
): void {
  const isIn = (zone: string, all: readonly string[] = []) =>
    all.some((one) => isInZone(zone, one));
  const hidden = zones.filter((zone) => isIn(zone, above) && !isIn(zone, fallthrough));
  if (hidden.length === 0) return;
  const message = `${NAME}: kubernetes answers for ${listed(hidden.map(zoneText))} first: expected zones of their own, as in kubernetes cluster.local and ${NAME} example.org, or fallthrough in kubernetes`;
  problems.warning('COREFILE_ZONE_UNREACHED', message, origin);
}
