import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ID_DIGITS, STATE_ENDINGS, type StateFiles } from '../control/state/kept-files.ts';
import { zoneSettings } from '../control/thread/protocol.ts';
import { isReverseZone } from '../corefile/zone-name.ts';
import { accessText } from '../sources/kubeapi/access/access.ts';
import type { SourceObjects } from '../sources/source-settings.ts';
import { STDIN } from '../sources/standard-input.ts';
import type { ZoneOptions } from '../zone/options.ts';
import { DEFAULT_ZONES } from './plain-target.ts';
import type { Settings } from './settings.ts';

/** What a set of names is made from: objects, and the options that say which names they give. */
export interface NameSource extends SourceObjects {
  readonly zone: ZoneOptions;
}

/**
 * Most sources in one configuration. Each has a thread, with some 15 MiB before it has read
 * anything, and during a reload the old ones are still there.
 */
export const MAX_NAME_SOURCES = 16;

/** Equal for sources that give the same names: their server blocks share them. */
export function sourceKey({ manifests, exclude = [], cluster, zone }: NameSource): string {
  // In this order: state files are named by it, without what is not said.
  const left = exclude.length === 0 ? [] : [exclude];
  const inCluster = cluster === undefined ? [] : [{ cluster }];
  return JSON.stringify([manifests, zoneSettings(zone), ...left, ...inCluster]);
}

/** Where the objects are, for people: what they gave as paths, or the cluster's kubeconfig. */
export function placesOf({ manifests, cluster }: SourceObjects): readonly string[] {
  return cluster === undefined ? manifests : [accessText(cluster.access), ...manifests];
}

/**
 * Whether a source has a state in this folder. Standard input is another one each time: names of
 * the last would be another source's.
 */
export function isKept(
  folder: string | undefined,
  { manifests }: Pick<NameSource, 'manifests'>,
): folder is string {
  return folder !== undefined && !manifests.includes(STDIN);
}

/**
 * The files of `folder` in which a source's state is kept. Addresses stay with manifests and zones
 * whatever the other options become; names stay with the options that decide which there are.
 */
export function stateFiles(folder: string, source: NameSource): StateFiles {
  const { zone } = source;
  const id = digest(sourceKey({ ...source, zone: withoutTtls(zone) }));
  const owner = digest(JSON.stringify([placesOf(source), zone.zones]));
  return {
    source: id,
    addresses: join(folder, owner.slice(0, ID_DIGITS) + STATE_ENDINGS.addresses),
    names: join(folder, id.slice(0, ID_DIGITS) + STATE_ENDINGS.names),
  };
}

/**
 * Of saved names the TTL does not matter: until they are replaced they are answered with another.
 */
function withoutTtls(zone: ZoneOptions): ZoneOptions {
  const { external, gateway } = zone;
  return {
    ...zone,
    ttl: 0,
    external: external && { ...external, ttl: 0 },
    gateway: gateway && { ...gateway, ttl: 0 },
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The sources of a configuration, each once, in the order of the file. */
export function nameSources({ blocks }: Pick<Settings, 'blocks'>): readonly NameSource[] {
  const sources = new Map<string, NameSource>();
  for (const { kubernetes } of blocks) {
    if (kubernetes === undefined) continue;
    const key = sourceKey(kubernetes);
    if (!sources.has(key)) sources.set(key, kubernetes);
  }
  return [...sources.values()];
}

/** Every folder and file of manifests that is read, each once. */
export function manifestsOf(settings: Pick<Settings, 'blocks'>): readonly string[] {
  return [...new Set(nameSources(settings).flatMap(({ manifests }) => manifests))];
}

/** The first forward zone of the first `kubernetes` that has one, as text without the final dot. */
export function clusterDomain(settings: Settings): string {
  const zones = nameSources(settings).flatMap(({ zone }) => zone.zones);
  return zones.find((zone) => !isReverseZone(zone)) ?? DEFAULT_ZONES[0];
}
