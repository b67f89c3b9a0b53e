import { zoneSettings } from '../../control/thread/protocol.ts';
import { objectsText } from '../../sources/source-settings.ts';
import type { Configuration } from '../configuration.ts';
import { folderOf } from '../corefile.ts';
import type { NameSet } from '../name-set.ts';
import type { ThreadConfiguration } from './protocol.ts';

/** What of a configuration a thread is sent; `numberOf` is what it calls a set of names. */
export function threadConfiguration(
  { settings, names }: Pick<Configuration, 'settings' | 'names'>,
  numberOf: (set: NameSet) => number,
): Omit<ThreadConfiguration, 'outgoing' | 'addresses'> {
  return {
    blocks: settings.blocks.map(({ kubernetes, ...block }) => ({
      ...block,
      kubernetes: kubernetes && {
        fallthrough: kubernetes.fallthrough,
        extraFallthrough: kubernetes.extraFallthrough,
        zone: zoneSettings(kubernetes.zone),
        set: numberOf(names.setOf(kubernetes)),
        objects: objectsText(kubernetes),
      },
    })),
    folder: folderOf(settings),
    udpReplyBytes: settings.limits.udpReplyBytes,
  };
}
