import type { Manifest } from './api.ts';
import type { Dice } from './dice.ts';
import { SELECTED } from './dns-servers.ts';

/** Few names, so that Services of every type follow each other under one name. */
const SERVICES = ['web', 'api', 'db', 'cache', 'ext', 'a', 'x-1', 'svc', 'pod', 'web-1'];
const HOSTNAMES = ['db-0', 'db-1', 'web', 'tcp', '10-0-0-1'];
const PORTS = ['http', 'https', 'dns', 'metrics', 'tcp'];
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];
const OUTSIDE = ['www.example.com', 'example.com', 'cluster.local', 'host.cluster.local'];

/** A Service of any type. */
export function service(dice: Dice, namespace: string): Manifest {
  const labels = dice.once(3) ? {} : SELECTED;
  const metadata = { name: dice.of(SERVICES), namespace, labels };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: serviceSpec(dice) };
}

function serviceSpec(dice: Dice): object {
  const families = dice.of([
    {},
    { ipFamilyPolicy: 'PreferDualStack' },
    { ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' },
    { ipFamilies: ['IPv6', 'IPv4'], ipFamilyPolicy: 'RequireDualStack' },
  ]);
  const external = dice.once(4) ? { externalIPs: [address(dice, 'IPv4')] } : {};
  switch (dice.below(6)) {
    case 0:
      return { type: 'ExternalName', externalName: externalName(dice), ports: ports(dice, 0) };
    case 1:
    case 2:
      return { clusterIP: 'None', ports: ports(dice, 0), ...families };
    case 3:
      return { type: 'LoadBalancer', ports: ports(dice, 1), ...families, ...external };
    case 4:
      return { type: 'NodePort', ports: ports(dice, 1), ...families };
    default:
      return { type: 'ClusterIP', ports: ports(dice, 1), ...families, ...external };
  }
}

function externalName(dice: Dice): string {
  if (dice.once(2)) return dice.of(OUTSIDE);
  return `${dice.of(SERVICES)}.lane-${dice.below(4)}.svc.cluster.local`;
}

/** At least so many, with numbers and names that differ. */
function ports(dice: Dice, least: number): object[] {
  const count = least + dice.below(4 - least);
  return PORTS.slice(0, count).map((name, index) => ({
    ...(count === 1 && dice.once(3) ? {} : { name }),
    port: [80, 443, 53, 9153, 65_535][index],
    protocol: dice.of(PROTOCOLS),
  }));
}

/** What is changed of a Service that there is: its type, its ports, or where it leads. */
export function servicePatch(dice: Dice, { spec }: Manifest): object {
  const { type, clusterIP } = spec as { type?: string; clusterIP?: string };
  const isExternal = type === 'ExternalName';
  if (isExternal && dice.once(2)) return { spec: { externalName: externalName(dice) } };
  if (isExternal || clusterIP === 'None') return { spec: { ports: ports(dice, 0) } };
  if (dice.once(3)) return { spec: { type: dice.of(['ClusterIP', 'NodePort', 'LoadBalancer']) } };
  return { spec: { ports: ports(dice, 1), publishNotReadyAddresses: dice.once(2) } };
}

/** A slice of a Service, which need not be there. */
export function slice(dice: Dice, namespace: string, of: string, name: string): Manifest {
  const labels = { 'kubernetes.io/service-name': of, ...(dice.once(3) ? {} : SELECTED) };
  const addressType = dice.once(3) ? 'IPv6' : 'IPv4';
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace, labels },
    addressType,
    endpoints: endpoints(dice, addressType),
    ports: slicePorts(dice),
  };
}

function slicePorts(dice: Dice): object[] {
  return dice.some(PORTS.slice(0, 3)).map((name, index) => ({
    ...(index === 0 && dice.once(4) ? {} : { name }),
    port: [8080, 8443, 53][index],
    protocol: dice.of(PROTOCOLS),
  }));
}

/** One slice in twenty has more than a message over UDP takes. */
function endpoints(dice: Dice, addressType: AddressType): object[] {
  const count = dice.once(20) ? 60 : dice.below(6);
  return Array.from({ length: count }, () => endpoint(dice, addressType));
}

function endpoint(dice: Dice, addressType: AddressType): object {
  const target = dice.once(3) ? { targetRef: { kind: 'Pod', name: `pod-${dice.below(9)}` } } : {};
  return {
    addresses: [address(dice, addressType)],
    conditions: dice.of([
      {},
      { ready: true, serving: true, terminating: false },
      { ready: true },
      { ready: false },
      { ready: false, serving: true, terminating: true },
    ]),
    ...(dice.once(4) ? { hostname: dice.of(HOSTNAMES) } : {}),
    ...target,
  };
}

/** The same slice with an endpoint more, one less, or one changed, or with other ports. */
export function changedEndpoints(dice: Dice, before: Manifest): Manifest {
  const old = before['endpoints'] as readonly object[];
  const addressType = before['addressType'] as AddressType;
  const at = dice.below(Math.max(1, old.length));
  const others = old.filter((_, index) => index !== at);
  const one = endpoint(dice, addressType);
  switch (dice.below(5)) {
    case 0:
      return { ...before, endpoints: [...old, one] };
    case 1:
      return { ...before, endpoints: others };
    case 2:
      return { ...before, ports: slicePorts(dice) };
    default: {
      // It keeps its address, and only the conditions or the host name are others.
      const { addresses } = (old[at] ?? one) as { addresses: string[] };
      return { ...before, endpoints: [...others, { ...one, addresses }] };
    }
  }
}

/** A Pod of the namespace it is posted to. */
export function pod(dice: Dice, name: string): Manifest {
  return {
    metadata: { name, labels: dice.once(3) ? {} : SELECTED },
    spec: { containers: [{ name: 'main', image: 'none' }] },
  };
}

export function podStatus(dice: Dice): object {
  const podIPs = [{ ip: address(dice, 'IPv4') }, { ip: address(dice, 'IPv6') }];
  const phase = dice.of(['Running', 'Running', 'Pending', 'Succeeded']);
  return { phase, podIP: podIPs[0]?.ip, podIPs: dice.once(2) ? podIPs : podIPs.slice(0, 1) };
}

type AddressType = 'IPv4' | 'IPv6';

/** Few enough for one address to be in several slices. */
export function address(dice: Dice, type: AddressType): string {
  const host = 1 + dice.below(150);
  return type === 'IPv4' ? `10.0.${dice.below(2)}.${host}` : `fd00:10::${host.toString(16)}`;
}
