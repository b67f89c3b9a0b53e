import { directivesNamed, type ServerBlock } from '../corefile/parse.ts';
import { listed, type ProblemList } from '../corefile/problems.ts';
import { isInZone, zoneText } from '../corefile/zone-name.ts';
import { isAtOrBelow, keyFromText } from '../dns/name.ts';
import { NAME, readExternal } from '../plugins/k8s_external/options.ts';
import type { ExternalOptions } from '../zone/options.ts';

/**
 * What the `k8s_external` of a server block says about names; undefined without one, or after an
 * error. It answers before `kubernetes`, whose zones are `clusterZones`.
 */
export function externalOptions(
  block: ServerBlock,
  clusterZones: readonly string[],
  problems: ProblemList,
): ExternalOptions | undefined {
  const lines = directivesNamed(block, NAME);
  const [line] = lines;
  if (line === undefined) return undefined;
  const blockZones = [...new Set(block.keys.map((key) => key.zone))];
  const read = readExternal(lines, blockZones, problems);
  if (read === undefined || block.keys.length === 0) return read?.options;
  const { options, fallthrough = [] } = read;
  const warn = (message: string) =>
    problems.warning('COREFILE_ZONE_UNREACHED', `${NAME}: ${message}`, line.origin);

  const isReached = (zone: string) =>
    blockZones.some((served) => isInZone(zone, served) || isInZone(served, zone));
  const lost = options.zones.filter((zone) => !isReached(zone));
  if (lost.length > 0) {
    const served = listed(blockZones.map(zoneText));
    warn(`no query for ${listed(lost)} reaches this server block, which serves ${served}`);
  }

  const fallsThrough = (zone: string) =>
    fallthrough.some((key) => isAtOrBelow(keyFromText(zone), key));
  const hidden = clusterZones.filter(
    (zone) => options.zones.some((own) => isInZone(zone, own)) && !fallsThrough(zone),
  );
  if (hidden.length > 0) {
    warn(
      `answers for ${listed(hidden.map(zoneText))} before kubernetes does: expected zones of its own, as in ${NAME} example.org, or fallthrough`,
    );
  }
  return options;
}
