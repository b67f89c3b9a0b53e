import { dns1123Label, portName } from '../names.ts';
import type { Protocol, ServicePort, ServiceType } from '../objects.ts';
import type { Field } from './field.ts';
import {
  checkNodePortRange,
  checkPortNumber,
  readPortNumber,
  readProtocol,
  UniqueNames,
} from './ports.ts';
import { struct, whole } from './struct.ts';

/** The members of one port. */
export const SERVICE_PORT = whole(
  struct('v1.ServicePort', 'name protocol port targetPort nodePort', 'appProtocol', {
    // Of a container in a Pod.
    containerPort: 'targetPort',
  }),
);

/** Most ports of one Service. The API has no such limit; every port times every pod is a record. */
const MAX_SERVICE_PORTS = 1_000;

/**
 * Reads `spec.ports` of a Service: names when there are several, each (port, protocol) once. `type`
 * is undefined when it is not a type.
 */
export function readServicePorts(list: Field, type: ServiceType | undefined): ServicePort[] {
  const names = new UniqueNames(dns1123Label);
  const taken = new Set<string>();
  const nodePorts = new Set<string>();
  const read = (item: Field): ServicePort => {
    const port = readServicePort(item, names, list.count > 1);
    const nodePort = readNodePort(item.get('nodePort'), type, port.protocol, nodePorts);
    const pair = `${port.port}/${port.protocol}`;
    if (port.port !== 0 && taken.has(pair)) item.duplicate(goPort(port));
    taken.add(pair);
    if (nodePort === 0) return { ...port, nodePort };
    return { ...port, nodePort, nodePortOrigin: item.get('nodePort').origin };
  };
  return list.structs(SERVICE_PORT, read, MAX_SERVICE_PORTS);
}

/**
 * How the API server prints a port that is there twice: as a Go struct that has only the members
 * that it compares.
 */
function goPort({ port, protocol }: Omit<ServicePort, 'nodePort'>): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>([
    ['Name', ''],
    ['Protocol', protocol],
    ['AppProtocol', null],
    ['Port', port],
    ['TargetPort', 0],
    ['NodePort', 0],
  ]);
}

function readServicePort(
  item: Field,
  names: UniqueNames,
  nameNeeded: boolean,
): Omit<ServicePort, 'nodePort'> {
  const name = names.read(item.get('name'));
  if (nameNeeded && name === '') item.get('name').required();
  const port = readPortNumber(item.get('port'));
  const protocol = readProtocol(item.get('protocol'));
  return { name, protocol, port, targetPort: readTargetPort(item.get('targetPort')) || port };
}

/** 0 when absent: the API server's default is the Service's own port. */
function readTargetPort(field: Field): number | string {
  const target = field.integerOrString();
  if (typeof target === 'string' && target !== '') {
    field.obeys(portName, target);
  } else if (typeof target === 'number' && target !== 0) {
    checkPortNumber(field, target);
  }
  return target ?? 0;
}

/** 0 for none. */
function readNodePort(
  field: Field,
  type: ServiceType | undefined,
  protocol: Protocol,
  taken: Set<string>,
): number {
  const nodePort = field.integer() ?? 0;
  if (nodePort === 0) return 0;
  if (type === 'ClusterIP') {
    // Kubernetes 1.34 writes `type` in backquotes; most of what has been written about it does not.
    field.forbidden("may not be used when type is 'ClusterIP'");
    return 0;
  }
  if (type === 'ExternalName') return 0;
  const pair = `${nodePort}/${protocol}`;
  if (taken.has(pair)) field.invalid(nodePort, 'provided port is already allocated');
  taken.add(pair);
  checkNodePortRange(field, nodePort);
  return nodePort;
}
