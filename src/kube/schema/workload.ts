import { dns1123Label, dns1123Subdomain } from '../names.ts';
import type { Labels, Workload, WorkloadKind } from '../objects.ts';
import { parseSelector, selectorText } from '../selector.ts';
import { readHostname } from './endpoints.ts';
import { type Field, fieldNames } from './field.ts';
import { readLabels, readMetadata } from './metadata.ts';
import { readContainerPorts } from './pod.ts';
import { readSelectorRequirements } from './selector.ts';

const WORKLOAD = fieldNames('apiVersion kind metadata spec', 'status', {
  replicas: 'spec.replicas',
  selector: 'spec.selector',
  template: 'spec.template',
});
const SPEC = fieldNames(
  'replicas selector template serviceName ordinals',
  'strategy updateStrategy minReadySeconds paused revisionHistoryLimit progressDeadlineSeconds podManagementPolicy volumeClaimTemplates persistentVolumeClaimRetentionPolicy',
);
const TEMPLATE = fieldNames('metadata spec', '', {
  containers: 'spec.template.spec.containers',
  labels: 'spec.template.metadata.labels',
});
const TEMPLATE_METADATA = fieldNames('labels', 'name namespace annotations creationTimestamp');
const POD_SPEC = fieldNames(
  'hostname subdomain containers',
  'hostnameOverride hostNetwork initContainers ephemeralContainers',
);

/** Most Pods of one workload that are taken at its word. */
const MAX_REPLICAS = 100_000;

const NO_LABELS: Labels = new Map();

/** Reads what a Deployment, StatefulSet, DaemonSet or ReplicaSet (apps/v1) says about its Pods. */
export function readWorkload(kind: WorkloadKind): (root: Field) => Workload {
  return (root) => {
    const metadata = readMetadata(root, dns1123Subdomain);
    root.warnOfTypos(WORKLOAD);
    const spec = root.get('spec').mapping(kind, `v1.${kind}Spec`);
    spec.warnOfTypos(SPEC);
    const template = spec.get('template').mapping(`${kind}Spec`, 'v1.PodTemplateSpec');
    template.warnOfTypos(TEMPLATE);
    const labels = readTemplateLabels(template);
    checkSelector(spec, template, labels, kind);
    const podSpec = template.get('spec').mapping('PodTemplateSpec', 'v1.PodSpec');
    podSpec.warnOfTypos(POD_SPEC);
    if (podSpec.get('containers').count === 0) podSpec.get('containers').required();
    const isOrdered = kind === 'StatefulSet';
    return {
      kind,
      ...metadata,
      replicas: kind === 'DaemonSet' ? 1 : readReplicas(spec.get('replicas'), kind),
      firstOrdinal: isOrdered ? readFirstOrdinal(spec.get('ordinals')) : 0,
      serviceName: isOrdered ? readServiceName(spec.get('serviceName')) : '',
      template: {
        labels: labels.size === 0 ? NO_LABELS : labels,
        hostname: readHostname(podSpec.get('hostname'), 'PodSpec'),
        subdomain: readHostname(podSpec.get('subdomain'), 'PodSpec'),
        containerPorts: readContainerPorts(podSpec),
      },
    };
  };
}

function readTemplateLabels(template: Field): Labels {
  const metadata = template.get('metadata').mapping('PodTemplateSpec', 'v1.ObjectMeta');
  metadata.warnOfTypos(TEMPLATE_METADATA);
  // ValidatePodTemplateSpec leaves `metadata` out of the path.
  return readLabels(metadata.get('labels').shownAs('spec.template.labels'), 'ObjectMeta');
}

function readServiceName(field: Field): string {
  const name = field.string('StatefulSetSpec');
  if (name === '') return '';
  for (const fault of dns1123Label(name)) field.invalid(name, fault);
  return name.slice(0, 63);
}

function readReplicas(field: Field, kind: WorkloadKind): number {
  const replicas = field.integer(`${kind}Spec`) ?? 1;
  if (replicas < 0) {
    field.invalid(replicas, 'must be greater than or equal to 0');
    return 0;
  }
  return Math.min(replicas, MAX_REPLICAS);
}

function readFirstOrdinal(ordinals: Field): number {
  const field = ordinals.mapping('StatefulSetSpec', 'v1.StatefulSetOrdinals').get('start');
  const start = field.integer('StatefulSetOrdinals') ?? 0;
  if (start >= 0) return start;
  field.invalid(start, 'must be greater than or equal to 0');
  return 0;
}

/**
 * What each kind calls itself when its selector is empty; the ReplicaSet has borrowed its words.
 */
const SELF: Readonly<Record<WorkloadKind, string>> = {
  Deployment: 'deployment',
  StatefulSet: 'statefulset',
  DaemonSet: 'daemonset',
  ReplicaSet: 'deployment',
};

/** As ValidateDeploymentSpec: a selector is needed, and it has to find the template's own Pods. */
function checkSelector(spec: Field, template: Field, labels: Labels, kind: WorkloadKind): void {
  const selector = spec.get('selector');
  const { report } = selector;
  if (!selector.present) {
    // Before apps/v1 it was taken from the template's labels.
    if (report.apiVersion === 'apps/v1') selector.required();
    return;
  }
  const requirements = readSelectorRequirements(selector, `${kind}Spec`);
  if (requirements === undefined) return;
  if (requirements.length === 0) {
    selector.invalid(NO_LABELS, `empty selector is invalid for ${SELF[kind]}`);
    return;
  }
  const parsed = parseSelector(selectorText(requirements));
  if (parsed.kind !== 'selector' || parsed.selector.matches(labels)) return;
  const field = template.get('metadata').get('labels');
  // A template that is missing, or that could not be read, has been reported.
  if (!template.present || field.unreadable) return;
  const found = field.present ? labels : null;
  field.invalid(found, '`selector` does not match template `labels`');
}
