import { dns1123Label, dns1123Subdomain, portName } from '../names.ts';
import type { ContainerPort, Pod } from '../objects.ts';
import { readIp } from './address.ts';
import { readHostname } from './endpoints.ts';
import { type Field, fieldNames } from './field.ts';
import { readMetadata } from './metadata.ts';
import { checkPortNumber, PortNames, readProtocol } from './ports.ts';

const POD = fieldNames('apiVersion kind metadata spec status');
const SPEC = fieldNames(
  'hostname subdomain hostNetwork containers',
  'hostnameOverride initContainers ephemeralContainers',
);
const CONTAINER = fieldNames('name ports restartPolicy', 'args env stdin tty');
const PORT = fieldNames('containerPort name protocol', 'hostIP hostPort');
const STATUS = fieldNames('podIP podIPs phase conditions', 'hostIP hostIPs');

/**
 * Most containers, and ports of one container; the API bounds only the size of the whole object.
 */
const MAX_CONTAINERS = 1_000;

/** Reads the little of a v1 Pod that DNS and endpoints depend on. */
export function readPod(root: Field): Pod {
  const metadata = readMetadata(root, dns1123Subdomain);
  root.warnOfTypos(POD);
  const spec = root.get('spec').mapping('Pod', 'v1.PodSpec');
  spec.warnOfTypos(SPEC);
  const status = root.get('status').mapping('Pod', 'v1.PodStatus');
  status.warnOfTypos(STATUS);
  const ready = readReady(status.get('conditions'));
  const pod: Pod = {
    kind: 'Pod',
    ...metadata,
    hostname: readHostname(spec.get('hostname'), 'PodSpec'),
    subdomain: readHostname(spec.get('subdomain'), 'PodSpec'),
    podIPs: readPodIPs(status),
    phase: status.get('phase').string('PodStatus', 'v1.PodPhase').slice(0, 63),
    ready: ready === 'True',
    terminating: root.get('metadata').get('deletionTimestamp').present,
    hostNetwork: spec.get('hostNetwork').boolean('PodSpec') ?? false,
    containerPorts: readContainerPorts(spec),
  };
  hintAtMissingStatus(root, status, pod, ready);
  return pod;
}

/** `podIP` is authoritative where it differs from `podIPs`, as in the API's conversion. */
function readPodIPs(status: Field): string[] {
  const single = status.get('podIP');
  const text = single.string('PodStatus');
  const items = status.get('podIPs').list('PodStatus', 'v1.PodIP');
  if (items.length > 2) {
    status
      .get('podIPs')
      .invalid(items.length, 'may specify no more than one IP for each IP family');
    return [];
  }
  const list = items.flatMap((item) => {
    const field = item.mapping('PodStatus', 'v1.PodIP').get('ip');
    return readIp(field, field.string('PodIP')) ?? [];
  });
  if (text === '') return list;
  const ip = readIp(single, text);
  if (ip === undefined) return [];
  return list[0] === ip ? list : [ip];
}

/** The status of the condition `Ready`: `True`, `False`, `Unknown`; undefined without one. */
function readReady(list: Field): string | undefined {
  for (const item of list.list('PodStatus', 'v1.PodCondition').slice(0, MAX_CONTAINERS)) {
    item.mapping('PodStatus', 'v1.PodCondition');
    const type = item.get('type').string('PodCondition', 'v1.PodConditionType');
    if (type === 'Ready') return item.get('status').string('PodCondition', 'v1.ConditionStatus');
  }
  return undefined;
}

/**
 * Reads the ports of the containers of a Pod, or of a template for Pods. Init containers that are
 * always restarted are sidecars, whose ports a Service can name too (endpointslice's FindPort).
 */
export function readContainerPorts(spec: Field): ContainerPort[] {
  const containers = containersOf(spec.get('containers'));
  const sidecars = containersOf(spec.get('initContainers')).filter((container) => {
    return container.get('restartPolicy').value === 'Always';
  });
  const taken = new Set<string>();
  return [...containers, ...sidecars].flatMap((container) => {
    container.mapping('PodSpec', 'v1.Container').warnOfTypos(CONTAINER);
    checkContainerName(container.get('name'), taken);
    const ports = container.get('ports');
    const items = ports.list('Container', 'v1.ContainerPort');
    if (items.length > MAX_CONTAINERS) {
      ports.tooMany(items.length, MAX_CONTAINERS);
      return [];
    }
    const names = new PortNames(portName);
    return items.map((item) => readContainerPort(item, names));
  });
}

function containersOf(list: Field): Field[] {
  const containers = list.list('PodSpec', 'v1.Container');
  if (containers.length <= MAX_CONTAINERS) return containers;
  list.tooMany(containers.length, MAX_CONTAINERS);
  return [];
}

/** A Pod written by hand, for its address alone, may leave the name out. */
function checkContainerName(field: Field, taken: Set<string>): void {
  const name = field.string('Container');
  if (name === '') return;
  for (const fault of dns1123Label(name)) field.invalid(name, fault);
  if (taken.has(name)) field.duplicate(name);
  taken.add(name);
}

function readContainerPort(item: Field, names: PortNames): ContainerPort {
  item.mapping('Container', 'v1.ContainerPort').warnOfTypos(PORT);
  return {
    name: names.read(item.get('name'), 'ContainerPort'),
    protocol: readProtocol(item.get('protocol'), 'ContainerPort'),
    port: readContainerPortNumber(item.get('containerPort')),
  };
}

/** Here, to the API server, port 0 is one that is missing. */
function readContainerPortNumber(field: Field): number {
  const port = field.integer('ContainerPort') ?? 0;
  if (port === 0) field.required();
  else checkPortNumber(field, port);
  return port;
}

/** A cluster fills in the status; somebody who writes a Pod by hand has to. */
function hintAtMissingStatus(
  root: Field,
  status: Field,
  pod: Pod,
  ready: string | undefined,
): void {
  if (!status.present) {
    const message =
      'no status, so no address and no name in DNS: a cluster fills in status.podIP and the condition Ready; write them for a pod that should be found';
    root.note('hint', 'POD_WITHOUT_STATUS', message);
    return;
  }
  const finished = pod.phase === 'Succeeded' || pod.phase === 'Failed';
  if (pod.podIPs.length === 0 || finished || ready !== undefined) return;
  const message =
    'has an address but no condition Ready, so, as in a cluster, it is left out of the endpoints of its Services: add status.conditions: [{type: Ready, status: "True"}]';
  status.note('hint', 'POD_NOT_READY', message);
}
