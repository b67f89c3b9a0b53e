import { type FolderSettings, FolderSource, type FolderWorld } from './folder/folder-source.ts';
import { renderedSource } from './folder/render/rendered-source.ts';
import type { Source, SourceEvents } from './source.ts';

/**
 * Which objects to deliver, by the kind of source. Plain data: it is sent to the control thread. A
 * source of another kind is a member of its own here, and a line in `makeSource`.
 */
export type SourceSettings = FolderSettings;

/** What a source uses of the world. */
export type SourceWorld = FolderWorld;

/** Whether a source starts other programs, which it has to end itself. */
export function startsPrograms({ manifests }: SourceSettings): boolean {
  return manifests.some((item) => renderedSource(item) !== undefined);
}

/** The source that the settings describe. */
export function makeSource(
  settings: SourceSettings,
  world: SourceWorld,
  events: SourceEvents,
): Source {
  switch (settings.kind) {
    case 'folder':
      return new FolderSource(settings, world, events);
  }
}
