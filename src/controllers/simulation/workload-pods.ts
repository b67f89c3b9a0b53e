import { dns1123Label } from '../../kube/names.ts';
import type { Labels, Pod, Workload } from '../../kube/objects.ts';
import { groupBy } from '../../support/collections.ts';
import { hasLabels } from '../endpoints/label-index.ts';

/** On each Pod of a StatefulSet, so that a Service can select a single one. */
export const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index';

/** What a Deployment gives its ReplicaSets and their Pods. */
const TEMPLATE_HASH_LABEL = 'pod-template-hash';

/**
 * The Pod that a workload's controller would make as number `number`: the ordinal for a
 * StatefulSet, counted from 0 for the others. It runs and is ready. `rollout` is '' before the
 * template changes for the first time.
 */
export function podOf(
  workload: Workload,
  number: number,
  podIPs: readonly string[],
  rollout: string,
): Pod {
  const { namespace, origin, template } = workload;
  const isOrdered = workload.kind === 'StatefulSet';
  const name = podName(workload, number, rollout);
  return {
    kind: 'Pod',
    namespace,
    name,
    labels: podLabels(workload, number),
    origin,
    madeOf: workload,
    // The StatefulSet controller writes both over what the template says.
    hostname: isOrdered ? name : template.hostname,
    subdomain: isOrdered ? workload.serviceName : template.subdomain,
    ...(template.annotations === undefined ? {} : { annotations: template.annotations }),
    hostNetwork: false,
    podIPs,
    phase: 'Running',
    ready: true,
    terminating: false,
    containerPorts: template.containerPorts,
    ...(template.containers === undefined ? {} : { containers: template.containers }),
  };
}

/**
 * `web-0` for a StatefulSet, `web-x2k9q` for a DaemonSet or ReplicaSet, `web-6b6bf4f5d4-x2k9q` for
 * a Deployment. What looks random follows from the names, the number and the rollout alone.
 */
function podName(workload: Workload, number: number, rollout = ''): string {
  const { kind, namespace, name } = workload;
  if (kind === 'StatefulSet') return `${name}-${number}`;
  const seed = `${namespace}/${kind}/${name}`;
  const hashed = `${letters(hash(seed + rollout))}${letters(hash(`${seed}/template${rollout}`))}`;
  const base = kind === 'Deployment' ? `${name}-${hashed}-` : `${name}-`;
  // The factor and `COMBINATIONS` have no divisor in common, so no two numbers get the same
  // letters.
  const scattered = (hash(`${seed}/pods${rollout}`) + number * 7_368_787) % COMBINATIONS;
  return base.slice(0, MAX_GENERATED_BASE) + letters(scattered);
}

/** The template's labels, and those that the controller adds and that a Service may select by. */
export function podLabels(workload: Workload, number: number): Labels {
  if (workload.kind !== 'StatefulSet') return workload.template.labels;
  return new Map([
    ...workload.template.labels,
    [POD_NAME_LABEL, podName(workload, number)],
    [POD_INDEX_LABEL, String(number)],
  ]);
}

/** The StatefulSet and the ordinal in a Pod's name; undefined when it has another form. */
export function orderedPod(name: string): { set: string; ordinal: number } | undefined {
  const parts = /^(.+)-(0|[1-9]\d{0,9})$/.exec(name);
  return parts === null ? undefined : { set: parts[1] as string, ordinal: Number(parts[2]) };
}

/**
 * A StatefulSet's Pods have their name as host name, which a cluster refuses when it is no label.
 */
export function podNameFault(workload: Workload): string | undefined {
  if (workload.kind !== 'StatefulSet' || workload.replicas === 0) return undefined;
  const last = podName(workload, workload.firstOrdinal + workload.replicas - 1);
  return dns1123Label(last)[0];
}

/**
 * Those that make Pods themselves. A folder that was read out of a cluster has the ReplicaSets of
 * its Deployments too.
 */
export function withoutOwned(workloads: readonly Workload[]): Workload[] {
  const labels = workloads
    .filter(({ kind, template }) => kind === 'Deployment' && template.labels.size > 0)
    .map(({ template }) => template.labels);
  const deployments = groupBy(labels, ([first = []]) => first.join('='));
  return workloads.filter(({ kind, template: { labels } }) => {
    if (kind !== 'ReplicaSet' || !labels.has(TEMPLATE_HASH_LABEL)) return true;
    return ![...labels].some((label) =>
      deployments.get(label.join('='))?.some((owner) => hasLabels(labels, owner)),
    );
  });
}

/**
 * Kubernetes' alphabet for such names: nothing that could spell a word (apimachinery, `util/rand`).
 */
const SAFE = 'bcdfghjklmnpqrstvwxz2456789';
const RANDOM_LETTERS = 5;
const COMBINATIONS = SAFE.length ** RANDOM_LETTERS;

/**
 * A generated name is cut to a label's 63 characters before the letters come (`names/generate.go`).
 */
const MAX_GENERATED_BASE = 63 - RANDOM_LETTERS;

/** Five letters; different ones for different numbers below `COMBINATIONS`. */
function letters(number: number): string {
  let text = '';
  for (let rest = number; text.length < RANDOM_LETTERS; rest = Math.floor(rest / SAFE.length)) {
    text = SAFE.charAt(rest % SAFE.length) + text;
  }
  return text;
}

/** FNV-1a. */
function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
  }
  return sum >>> 0;
}
