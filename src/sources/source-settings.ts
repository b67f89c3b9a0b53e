import type { ZoneOptions } from '../zone/options.ts';
import type { FolderSettings } from './folder/folder-source.ts';
import { renderedSource } from './folder/render/rendered-source.ts';
import type { ClusterSettings } from './kubeapi/cluster-source.ts';

// Loaded by the resolver's thread too: this file must not import what reads.

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
  const multicluster = zone.multicluster !== undefined;
  const filters = { labels, namespaceLabels, namespaces };
  const wanted = { noEndpoints, pods, ...filters, multicluster, gateway };
  return {
    kind: 'cluster',
    manifests,
    cluster: { ...cluster, wanted, follow, staleSeconds },
    folder: manifests.length === 0 ? undefined : folder,
  };
}

/** What there is to read, for people: the end of `not all … have been read yet`. */
export function objectsText({ manifests, cluster }: SourceObjects): string {
  if (cluster === undefined) return 'manifests';
  return manifests.length === 0 ? OF_CLUSTER : `manifests and ${OF_CLUSTER}`;
}

const OF_CLUSTER = 'objects of the API server';

/** Whether a source starts other programs, which it has to end itself. */
export function startsPrograms({ manifests }: SourceSettings): boolean {
  return manifests.some((item) => renderedSource(item) !== undefined);
}
