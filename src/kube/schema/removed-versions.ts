import { quote } from './report.ts';

/** A version of an API that Kubernetes has removed for some kinds. */
interface Removed {
  /** The Kubernetes version without it. */
  readonly since: string;
  /** The apiVersion to write; '' when no other has these kinds. */
  readonly current: string;
}

const ACCESS = 'LocalSubjectAccessReview SelfSubjectAccessReview SubjectAccessReview';
const FLOW = 'FlowSchema PriorityLevelConfiguration';
const RBAC = 'ClusterRole ClusterRoleBinding Role RoleBinding';
const WEBHOOKS = 'MutatingWebhookConfiguration ValidatingWebhookConfiguration';
const WORKLOADS = 'ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet';

/**
 * `since`, apiVersion, kinds and the apiVersion to write, as in kubernetes.io, "Deprecated API
 * Migration Guide".
 */
const ROWS: readonly (readonly [string, string, string, string])[] = [
  ['1.16', 'apps/v1beta1', WORKLOADS, 'apps/v1'],
  ['1.16', 'apps/v1beta2', WORKLOADS, 'apps/v1'],
  ['1.16', 'extensions/v1beta1', WORKLOADS, 'apps/v1'],
  ['1.16', 'extensions/v1beta1', 'NetworkPolicy', 'networking.k8s.io/v1'],
  ['1.16', 'extensions/v1beta1', 'PodSecurityPolicy', ''],
  ['1.22', 'extensions/v1beta1', 'Ingress', 'networking.k8s.io/v1'],
  ['1.22', 'networking.k8s.io/v1beta1', 'Ingress IngressClass', 'networking.k8s.io/v1'],
  ['1.22', 'rbac.authorization.k8s.io/v1alpha1', RBAC, 'rbac.authorization.k8s.io/v1'],
  ['1.22', 'rbac.authorization.k8s.io/v1beta1', RBAC, 'rbac.authorization.k8s.io/v1'],
  ['1.22', 'admissionregistration.k8s.io/v1beta1', WEBHOOKS, 'admissionregistration.k8s.io/v1'],
  ['1.22', 'apiextensions.k8s.io/v1beta1', 'CustomResourceDefinition', 'apiextensions.k8s.io/v1'],
  ['1.22', 'apiregistration.k8s.io/v1beta1', 'APIService', 'apiregistration.k8s.io/v1'],
  ['1.22', 'authentication.k8s.io/v1beta1', 'TokenReview', 'authentication.k8s.io/v1'],
  ['1.22', 'authorization.k8s.io/v1beta1', ACCESS, 'authorization.k8s.io/v1'],
  ['1.22', 'certificates.k8s.io/v1beta1', 'CertificateSigningRequest', 'certificates.k8s.io/v1'],
  ['1.22', 'coordination.k8s.io/v1beta1', 'Lease', 'coordination.k8s.io/v1'],
  ['1.22', 'scheduling.k8s.io/v1beta1', 'PriorityClass', 'scheduling.k8s.io/v1'],
  [
    '1.22',
    'storage.k8s.io/v1beta1',
    'CSIDriver CSINode StorageClass VolumeAttachment',
    'storage.k8s.io/v1',
  ],
  ['1.25', 'autoscaling/v2beta1', 'HorizontalPodAutoscaler', 'autoscaling/v2'],
  ['1.25', 'batch/v1beta1', 'CronJob', 'batch/v1'],
  ['1.25', 'discovery.k8s.io/v1beta1', 'EndpointSlice', 'discovery.k8s.io/v1'],
  ['1.25', 'events.k8s.io/v1beta1', 'Event', 'events.k8s.io/v1'],
  ['1.25', 'node.k8s.io/v1beta1', 'RuntimeClass', 'node.k8s.io/v1'],
  ['1.25', 'policy/v1beta1', 'PodDisruptionBudget', 'policy/v1'],
  ['1.25', 'policy/v1beta1', 'PodSecurityPolicy', ''],
  ['1.26', 'autoscaling/v2beta2', 'HorizontalPodAutoscaler', 'autoscaling/v2'],
  ['1.26', 'flowcontrol.apiserver.k8s.io/v1beta1', FLOW, 'flowcontrol.apiserver.k8s.io/v1'],
  ['1.27', 'storage.k8s.io/v1beta1', 'CSIStorageCapacity', 'storage.k8s.io/v1'],
  ['1.29', 'flowcontrol.apiserver.k8s.io/v1beta2', FLOW, 'flowcontrol.apiserver.k8s.io/v1'],
  ['1.32', 'flowcontrol.apiserver.k8s.io/v1beta3', FLOW, 'flowcontrol.apiserver.k8s.io/v1'],
];

const REMOVED: ReadonlyMap<string, Removed> = new Map(
  ROWS.flatMap(([since, apiVersion, kinds, current]) =>
    kinds.split(' ').map((kind) => [`${apiVersion} ${kind}`, { since, current }] as const),
  ),
);

/**
 * What is wrong with an apiVersion that clusters no longer have for this kind; undefined when
 * nothing is. `isUsed`: the object gives names all the same.
 */
export function removedVersionFault(
  apiVersion: string,
  kind: string,
  isUsed: boolean,
): string | undefined {
  const removed = REMOVED.get(`${apiVersion} ${kind}`);
  if (removed === undefined) return undefined;
  const { since, current } = removed;
  const advice =
    current === '' ? 'Kubernetes has no such kind any more' : `write apiVersion: ${current}`;
  const used = isUsed ? ', used all the same' : '';
  return `no matches for kind ${quote(kind)} in version ${quote(apiVersion)} since Kubernetes ${since}${used}: ${advice}`;
}
