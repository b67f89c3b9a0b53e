import { FolderSource, type FolderWorld } from './folder/folder-source.ts';
import { ClusterSource, type ClusterWorld } from './kubeapi/cluster-source.ts';
import { OverlaySource } from './overlay-source.ts';
import type { Source, SourceEvents } from './source.ts';
import type { SourceSettings } from './source-settings.ts';

/** What a source uses of the world. */
export type SourceWorld = FolderWorld & ClusterWorld;

/** The source that the settings describe. */
export function makeSource(
  settings: SourceSettings,
  world: SourceWorld,
  events: SourceEvents,
): Source {
  switch (settings.kind) {
    case 'folder':
      return new FolderSource(settings, world, events);
    case 'cluster': {
      const { cluster, folder } = settings;
      if (folder === undefined) return new ClusterSource(cluster, world, events);
      const below = (own: SourceEvents) => new ClusterSource(cluster, world, own);
      const above = (own: SourceEvents) => new FolderSource(folder, world, own);
      return new OverlaySource(below, above, events);
    }
  }
}
