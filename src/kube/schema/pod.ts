import { canonicalIp } from '../ip.ts';
import { dns1123Label, dns1123Subdomain, portName } from '../names.ts';
import type { ContainerPort, Pod } from '../objects.ts';
import { readIp } from './address.ts';
import type { Field } from './field.ts';
import { readMetadata, someAnnotations } from './metadata.ts';
import { checkPortNumber, readProtocol, UniqueNames } from './ports.ts';
import { fieldNames, struct } from './struct.ts';

const POD = fieldNames('apiVersion kind metadata spec status');
const SPEC = struct(
  'v1.PodSpec',
  'hostname subdomain hostNetwork nodeName containers',
  'hostnameOverride initContainers ephemeralContainers',
);
const CONTAINER = struct('v1.Container', 'name ports restartPolicy', 'args env stdin tty');
const PORT = struct('v1.ContainerPort', 'containerPort name protocol', 'hostIP hostPort');
const STATUS = struct('v1.PodStatus', 'podIP podIPs hostIP phase conditions', 'hostIPs');

/**
 * Most containers, and ports of one container; the API bounds only the size of the whole object.
 */
const MAX_CONTAINERS = 1_000;

/** Reads the little of a v1 Pod that DNS and endpoints depend on. */
export function readPod(root: Field): Pod {
  const metadata = readMetadata(root, dns1123Subdomain, POD);
  const spec = root.get('spec').struct(SPEC);
  const status = root.get('status').struct(STATUS);
  const ready = readReady(status.get('conditions'));
  const nodeName = spec.get('nodeName').name(dns1123Subdomain);
  const hostIP = canonicalIp(status.get('hostIP').string());
  const pod: Pod = {
    kind: 'Pod',
    ...metadata,
    hostname: spec.get('hostname').name(dns1123Label),
    subdomain: spec.get('subdomain').name(dns1123Label),
    podIPs: readPodIPs(status),
    phase: status.get('phase').string('v1.PodPhase').slice(0, 63),
    ready: ready?.status === 'True',
    ...(ready?.reason === undefined ? {} : { unready: ready.reason }),
    terminating: root.get('metadata').get('deletionTimestamp').present,
    ...(nodeName === '' ? {} : { nodeName }),
    ...(hostIP === undefined ? {} : { hostIP }),
    ...someAnnotations(root.get('metadata')),
    hostNetwork: spec.get('hostNetwork').boolean() ?? false,
    containerPorts: readContainerPorts(spec),
    ...readContainerCount(spec),
  };
  hintAtMissingStatus(root, status, pod, ready !== undefined);
  return pod;
}

/** `podIP` is authoritative where it differs from `podIPs`, as in the API's conversion. */
function readPodIPs(status: Field): string[] {
  const single = status.get('podIP');
  const text = single.string();
  const podIPs = status.get('podIPs');
  const items = podIPs.list('v1.PodIP');
  if (items.length > 2) {
    podIPs.invalid(items.length, 'may specify no more than one IP for each IP family');
    return [];
  }
  const list = items.flatMap((item) => {
    const field = item.mapping('v1.PodIP').get('ip');
    return readIp(field, field.string()) ?? [];
  });
  if (text === '') return list;
  const ip = readIp(single, text);
  if (ip === undefined) return [];
  return list[0] === ip ? list : [ip];
}

/** The condition `Ready` of a Pod. */
interface Ready {
  /** `True`, `False`, `Unknown`. */
  readonly status: string;
  /** Why it is not `True`; undefined when the condition does not say. */
  readonly reason: string | undefined;
}

/** Reasons are words, of at most 1,024 characters in the API. */
const MAX_REASON = 63;

/** Undefined for a Pod without the condition. */
function readReady(list: Field): Ready | undefined {
  for (const item of list.list('v1.PodCondition').slice(0, MAX_CONTAINERS)) {
    const type = item.mapping('v1.PodCondition').get('type').string('v1.PodConditionType');
    if (type !== 'Ready') continue;
    const status = item.get('status').string('v1.ConditionStatus');
    const reason = status === 'True' ? '' : item.get('reason').string().slice(0, MAX_REASON);
    return { status, reason: reason === '' ? undefined : reason };
  }
  return undefined;
}

/**
 * Reads the ports of the containers of a Pod, or of a template for Pods. Init containers that are
 * always restarted are sidecars, whose ports a Service can name too (endpointslice's FindPort).
 */
export function readContainerPorts(spec: Field): ContainerPort[] {
  // A container may lack a name, unlike in a cluster: a Pod may be written for its address alone.
  const containerNames = new UniqueNames(dns1123Label);
  return runningContainers(spec).flatMap((container) => {
    containerNames.read(container.struct(CONTAINER).get('name'));
    const names = new UniqueNames(portName);
    const read = (item: Field) => readContainerPort(item, names);
    return container.get('ports').structs(PORT, read, MAX_CONTAINERS);
  });
}

/** How many containers run, where it is not one. A Pod written by hand may name none. */
export function readContainerCount(spec: Field): { readonly containers?: number } {
  const count = runningContainers(spec).length;
  return count > 1 ? { containers: count } : {};
}

function runningContainers(spec: Field): Field[] {
  const containers = spec.get('containers').list(CONTAINER.go, MAX_CONTAINERS);
  const initContainers = spec.get('initContainers').list(CONTAINER.go, MAX_CONTAINERS);
  const sidecars = initContainers.filter((item) => item.get('restartPolicy').value === 'Always');
  return [...containers, ...sidecars];
}

function readContainerPort(item: Field, names: UniqueNames): ContainerPort {
  return {
    name: names.read(item.get('name')),
    protocol: readProtocol(item.get('protocol')),
    port: readContainerPortNumber(item.get('containerPort')),
  };
}

/** Here the API server takes port 0 for a missing one. */
function readContainerPortNumber(field: Field): number {
  const port = field.integer() ?? 0;
  if (port === 0) field.required();
  else checkPortNumber(field, port);
  return port;
}

/** In a cluster the kubelet writes the status; in a Pod written by hand it is easily forgotten. */
function hintAtMissingStatus(root: Field, status: Field, pod: Pod, hasReady: boolean): void {
  if (!status.present) {
    const message =
      'no status, so no address and no name in DNS: a cluster fills in status.podIP and the condition Ready; write them for a pod that should be found';
    root.note('hint', 'POD_WITHOUT_STATUS', message);
    return;
  }
  const finished = pod.phase === 'Succeeded' || pod.phase === 'Failed';
  if (pod.podIPs.length === 0 || finished || hasReady) return;
  const message =
    'has an address but no condition Ready, so, as in a cluster, it is left out of the endpoints of its Services: add status.conditions: [{type: Ready, status: "True"}]';
  status.note('hint', 'POD_NOT_READY', message);
}
