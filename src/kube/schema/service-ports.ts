import { portName } from '../names.ts';
import type { ServicePort, ServiceType } from '../objects.ts';
import { type Field, fieldNames } from './field.ts';
import { checkPortNumber, PortNames, readPortNumber, readProtocol } from './ports.ts';

const OWNER = 'ServicePort';

const SERVICE_PORT = fieldNames('name protocol port targetPort nodePort', 'appProtocol');

/** Most ports of one Service. The API has no such limit; every port times every pod is a record. */
const MAX_SERVICE_PORTS = 1_000;

/** kube-apiserver's `--service-node-port-range`. */
const NODE_PORTS = { first: 30_000, last: 32_767 };

/** Reads `spec.ports` of a Service: names when there are several, each (port, protocol) once. */
export function readServicePorts(list: Field, type: ServiceType): ServicePort[] {
  const { report } = list;
  const items = list.list('ServiceSpec', 'v1.ServicePort');
  if (items.length > MAX_SERVICE_PORTS) {
    report.tooMany(list, items.length, MAX_SERVICE_PORTS);
    return [];
  }
  const names = new PortNames();
  const taken = new Set<string>();
  const nodePorts = new Set<string>();
  return items.map((item) => {
    item.mapping('ServiceSpec', 'v1.ServicePort').warnOfTypos(SERVICE_PORT);
    const port = readServicePort(item, names, items.length > 1);
    checkNodePort(item.get('nodePort'), type, port, nodePorts);
    const pair = `${port.port}/${port.protocol}`;
    if (port.port !== 0 && taken.has(pair)) report.duplicate(item, pair);
    taken.add(pair);
    return port;
  });
}

function readServicePort(item: Field, names: PortNames, nameNeeded: boolean): ServicePort {
  const name = names.read(item.get('name'), OWNER);
  if (nameNeeded && !item.get('name').present) item.report.required(item.get('name'));
  const port = readPortNumber(item.get('port'), OWNER);
  const protocol = readProtocol(item.get('protocol'), OWNER);
  return { name, protocol, port, targetPort: readTargetPort(item.get('targetPort')) || port };
}

/** 0 when absent: the API server's default is the Service's own port. */
function readTargetPort(field: Field): number | string {
  const target = field.integerOrString(OWNER);
  if (typeof target === 'string' && target !== '') {
    for (const fault of portName(target)) field.report.invalid(field, target, fault);
  } else if (typeof target === 'number' && target !== 0) {
    checkPortNumber(field, target);
  }
  return target ?? 0;
}

function checkNodePort(
  field: Field,
  type: ServiceType,
  port: ServicePort,
  taken: Set<string>,
): void {
  const { report } = field;
  const nodePort = field.integer(OWNER) ?? 0;
  if (nodePort === 0) return;
  if (type === 'ClusterIP') {
    report.forbidden(field, "may not be used when type is 'ClusterIP'");
    return;
  }
  if (type === 'ExternalName') return;
  const pair = `${nodePort}/${port.protocol}`;
  if (taken.has(pair)) report.duplicate(field, nodePort);
  taken.add(pair);
  if (nodePort < NODE_PORTS.first || nodePort > NODE_PORTS.last) {
    const range = `${NODE_PORTS.first}-${NODE_PORTS.last}`;
    report.invalid(
      field,
      nodePort,
      `provided port is not in the valid range. The range of valid ports is ${range}`,
    );
  }
}
