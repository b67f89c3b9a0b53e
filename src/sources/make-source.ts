import type { Clock } from '../support/clock.ts';
import { type FolderSettings, FolderSource } from './folder/folder-source.ts';
import type { Disk } from './folder/read/disk.ts';
import type { Source, SourceEvents } from './source.ts';

/** Which objects to deliver. Plain data: it is sent to the control thread. */
export type SourceSettings = FolderSettings;

/** What a source uses of the world. */
export interface SourceWorld {
  readonly clock: Clock;
  readonly disk: Disk;
}

/** The source that the settings describe. */
export function makeSource(
  settings: SourceSettings,
  world: SourceWorld,
  events: SourceEvents,
): Source {
  return new FolderSource(settings, world, events);
}
