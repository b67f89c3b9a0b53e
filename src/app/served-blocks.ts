import { dirname, resolve } from 'node:path';
import type { NameSource } from '../config/name-sources.ts';
import type { BlockSettings, Settings } from '../config/settings.ts';
import type { ServedBlock } from '../server/chains.ts';
import type { LiveZone } from '../zone/live-zone.ts';

/** The server blocks of a configuration, with the names that their `kubernetes` answers from. */
export function servedBlocks(
  blocks: readonly BlockSettings[],
  liveOf: (source: NameSource) => LiveZone,
): ServedBlock[] {
  return blocks.map(({ block, listen, zones, kubernetes }) => ({
    block,
    listen,
    zonesAt: (at) => [
      ...new Set(zones.filter(({ port }) => (port ?? at) === at).map(({ zone }) => zone)),
    ],
    kubernetes: kubernetes && {
      live: liveOf(kubernetes),
      fallthrough: kubernetes.fallthrough,
      zone: kubernetes.zone,
    },
  }));
}

/** Relative paths in a Corefile start where it lies. */
export function folderOf({ corefile }: Settings): string {
  return corefile.isBuiltIn ? process.cwd() : dirname(resolve(corefile.file));
}
