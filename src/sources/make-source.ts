import type { ZoneOptions } from '../zone/options.ts';
import { type FolderSettings, FolderSource, type FolderWorld } from './folder/folder-source.ts';
import { renderedSource } from './folder/render/rendered-source.ts';
import {
  type ClusterSettings,
  ClusterSource,
  type ClusterWorld,
} from './kubeapi/cluster-source.ts';
import { OverlaySource } from './overlay-source.ts';
import type { Source, SourceEvents } from './source.ts';

/** Which objects there are: of manifests, of a cluster, or of manifests laid over a cluster's. */
export interface SourceObjects {
  /** Folders and files; none when there are only those of a cluster. */
  readonly manifests: readonly string[];
  readonly exclude?: readonly string[];
  readonly cluster?: ClusterPlace | undefined;
}

/** Which cluster, and how it may be asked. */
export type ClusterPlace = Pick<ClusterSettings, 'access' | 'limits' | 'startupTimeoutMs'>;

/** How objects are followed. */
export type FollowOptions = Omit<FolderSettings, 'kind' | 'manifests' | 'exclude'> &
  Pick<ClusterSettings, 'follow' | 'staleSeconds'>;

/**
 * Which objects to deliver, by the kind of source. Plain data: it is sent to the control thread. A
 * source of another kind is a member of its own here, and a line in `makeSource`.
 */
export type SourceSettings =
  | FolderSettings
  | {
      readonly kind: 'cluster';
      readonly manifests: readonly string[];
      readonly cluster: ClusterSettings;
      /** What is laid over the cluster's objects. */
      readonly folder: FolderSettings | undefined;
    };

/** What a source uses of the world. */
export type SourceWorld = FolderWorld & ClusterWorld;

/** Describes the source of these objects; of a cluster, only those that the options need. */
export function sourceSettings(
  { manifests, exclude = [], cluster }: SourceObjects,
  zone: ZoneOptions,
  options: FollowOptions,
): SourceSettings {
  const { watch, rescanSeconds, holdDeletions, keepLastGood, follow, staleSeconds } = options;
  const following = { watch, rescanSeconds, holdDeletions, keepLastGood };
  const folder: FolderSettings = { kind: 'folder', manifests, exclude, ...following };
  if (cluster === undefined) return folder;
  const { noEndpoints, pods, namespaces, gateway } = zone;
  const [labels, namespaceLabels] = [zone.labels.text, zone.namespaceLabels.text];
  const wanted = { noEndpoints, pods, labels, namespaceLabels, namespaces, gateway };
  return {
    kind: 'cluster',
    manifests,
    cluster: { ...cluster, wanted, follow, staleSeconds },
    folder: manifests.length === 0 ? undefined : folder,
  };
}

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
    case 'cluster': {
      const { cluster, folder } = settings;
      if (folder === undefined) return new ClusterSource(cluster, world, events);
      const below = (own: SourceEvents) => new ClusterSource(cluster, world, own);
      const above = (own: SourceEvents) => new FolderSource(folder, world, own);
      return new OverlaySource(below, above, events);
    }
  }
}
