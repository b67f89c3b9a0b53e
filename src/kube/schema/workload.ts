import { createHash } from 'node:crypto';
import { dns1123Label, dns1123Subdomain } from '../names.ts';
import type { Labels, Workload, WorkloadKind } from '../objects.ts';
import { NO_LABELS, parseSelector, selectorText } from '../selector.ts';
import type { Field } from './field.ts';
import { readIngressNginx } from './ingress-nginx.ts';
import { readLabels, readMetadata, someAnnotations } from './metadata.ts';
import { readContainerCount, readContainerPorts } from './pod.ts';
import { readSelectorRequirements } from './selector.ts';
import { fieldNames, struct } from './struct.ts';

const WORKLOAD = fieldNames('apiVersion kind metadata spec', 'status', {
  replicas: 'spec.replicas',
  selector: 'spec.selector',
  template: 'spec.template',
});
const SPEC = fieldNames(
  'replicas selector template serviceName ordinals',
  'strategy updateStrategy minReadySeconds paused revisionHistoryLimit progressDeadlineSeconds podManagementPolicy volumeClaimTemplates persistentVolumeClaimRetentionPolicy',
);
const TEMPLATE = struct('v1.PodTemplateSpec', 'metadata spec', '', {
  containers: 'spec.template.spec.containers',
  labels: 'spec.template.metadata.labels',
});
const TEMPLATE_METADATA = struct(
  'v1.ObjectMeta',
  'labels',
  'name namespace annotations creationTimestamp',
);
const POD_SPEC = struct(
  'v1.PodSpec',
  'hostname subdomain containers',
  'hostnameOverride hostNetwork initContainers ephemeralContainers',
);

/** Most replicas that are believed. */
const MAX_REPLICAS = 100_000;

/** As many as tell the templates of one workload apart. */
const HASH_DIGITS = 10;

/** Reads what a Deployment, StatefulSet, DaemonSet or ReplicaSet (apps/v1) says about its Pods. */
export function readWorkload(kind: WorkloadKind): (root: Field) => Workload {
  return (root) => {
    const metadata = readMetadata(root, dns1123Subdomain, WORKLOAD);
    const spec = root.get('spec').mapping(`v1.${kind}Spec`).warnOfTypos(SPEC);
    const template = spec.get('template').struct(TEMPLATE);
    const labels = readTemplateLabels(template);
    checkSelector(spec, template, labels, kind);
    const podSpec = template.get('spec').struct(POD_SPEC);
    const containers = podSpec.get('containers');
    if (containers.count === 0) containers.required();
    const isOrdered = kind === 'StatefulSet';
    const ingressNginx = readIngressNginx(podSpec, metadata.namespace);
    return {
      kind,
      ...metadata,
      replicas:
        kind === 'DaemonSet' ? 1 : Math.min(readNatural(spec.get('replicas'), 1), MAX_REPLICAS),
      firstOrdinal: isOrdered
        ? readNatural(spec.get('ordinals').mapping('v1.StatefulSetOrdinals').get('start'), 0)
        : 0,
      serviceName: isOrdered ? spec.get('serviceName').name(dns1123Label).slice(0, 63) : '',
      template: {
        hash: hashOf(template.value),
        labels: labels.size === 0 ? NO_LABELS : labels,
        ...someAnnotations(template.get('metadata')),
        hostname: podSpec.get('hostname').name(dns1123Label),
        subdomain: podSpec.get('subdomain').name(dns1123Label),
        containerPorts: readContainerPorts(podSpec),
        ...readContainerCount(podSpec),
      },
      ...(ingressNginx === undefined ? {} : { ingressNginx }),
    };
  };
}

/** The order of keys does not matter, as in a cluster. */
function hashOf(template: unknown): string {
  const text = JSON.stringify(template, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  return createHash('sha256')
    .update(text ?? '')
    .digest('hex')
    .slice(0, HASH_DIGITS);
}

function readTemplateLabels(template: Field): Labels {
  const metadata = template.get('metadata').struct(TEMPLATE_METADATA);
  // ValidatePodTemplateSpec leaves `metadata` out of the path.
  return readLabels(metadata.get('labels').shownAs('spec.template.labels'));
}

/** A number that is not negative; 0 after a report. */
function readNatural(field: Field, otherwise: number): number {
  const number = field.integer() ?? otherwise;
  if (number >= 0) return number;
  field.invalid(number, 'must be greater than or equal to 0');
  return 0;
}

/** What the message about an empty selector calls each kind; ReplicaSet uses Deployment's. */
const SELF: Readonly<Record<WorkloadKind, string>> = {
  Deployment: 'deployment',
  StatefulSet: 'statefulset',
  DaemonSet: 'daemonset',
  ReplicaSet: 'deployment',
};

/** As ValidateDeploymentSpec: there must be a selector, and it must match the template's labels. */
function checkSelector(spec: Field, template: Field, labels: Labels, kind: WorkloadKind): void {
  const selector = spec.get('selector');
  if (!selector.present) {
    // Before apps/v1 it was taken from the template's labels.
    if (selector.report.apiVersion === 'apps/v1') selector.required();
    return;
  }
  const requirements = readSelectorRequirements(selector);
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
