import { isIpv4, isPort } from '../../dns/address.ts';
import { isHeadless, NO_CLUSTER_IP } from '../headless.ts';
import { dns1035Label, dns1123Label, portName } from '../names.ts';
import type { IpFamily, Labels, Origin, Service, ServicePort } from '../objects.ts';
import { NO_LABELS } from '../selector.ts';
import { READ_ANNOTATIONS } from '../well-known.ts';
import { METADATA } from './metadata.ts';
import { hasOnly, isPlainAnnotations, listOf, quickLabels, ruled } from './quick-values.ts';
import { SERVICE } from './service.ts';
import { SERVICE_PORT } from './service-ports.ts';

const MOST_PORTS = 100;

/** The members of `spec` that are read here; what has others is for `readService`. */
const SPEC = {
  all: new Set(
    'type ports selector clusterIP clusterIPs ipFamilies ipFamilyPolicy internalTrafficPolicy sessionAffinity publishNotReadyAddresses'.split(
      ' ',
    ),
  ),
};

/**
 * A Service as most are, with one IPv4 cluster IP or headless, read in a fraction of the time that
 * `readService` takes. Undefined for one that it might say something about, and for all others.
 *
 * `addressOrigin` says where its cluster IP stands.
 */
export function quickService(
  value: unknown,
  origin: Origin,
  addressOrigin: () => Origin,
): Service | undefined {
  if (!hasOnly(value, SERVICE) || !isPlainStatus(value['status'])) return undefined;
  const { metadata, spec } = value;
  if (!hasOnly(metadata, METADATA) || !hasOnly(spec, SPEC) || !isPlainSpec(spec)) return undefined;
  const namespace = ruled(metadata['namespace'], dns1123Label);
  const name = ruled(metadata['name'], dns1035Label);
  const labels = labelsOf(metadata['labels']);
  const selector = labelsOf(spec['selector']);
  const clusterIPs = readClusterIPs(spec);
  const ipFamilies = readFamilies(spec['ipFamilies']);
  if (!namespace || !name || !labels || !selector || !clusterIPs || !ipFamilies) return undefined;
  if (!isWithoutMeaning(metadata['annotations'])) return undefined;
  const hasNoAddress = isHeadless({ clusterIPs });
  const ports = readPorts(spec['ports']);
  if (ports === undefined || (ports.length === 0 && !hasNoAddress)) return undefined;
  const isImplied = (spec['ipFamilyPolicy'] ?? undefined) === undefined;
  const isDual = isImplied && hasNoAddress && selector.size === 0;
  // In the order of `readService`, so that all Services have one hidden class.
  const service: Service = {
    kind: 'Service',
    namespace,
    name,
    labels,
    origin,
    type: 'ClusterIP',
    clusterIPs,
    ipFamilies,
    ipFamilyPolicy: isDual ? 'RequireDualStack' : 'SingleStack',
    ports,
    selector: selector.size === 0 ? undefined : selector,
    externalName: '',
    publishNotReadyAddresses: spec['publishNotReadyAddresses'] === true,
    externalIPs: [],
    loadBalancerIP: '',
    loadBalancerClass: '',
    loadBalancerPoints: [],
    annotations: NO_LABELS,
  };
  if (clusterIPs.length === 0 || hasNoAddress) return service;
  (service as { clusterIPOrigin?: Origin }).clusterIPOrigin = addressOrigin();
  return service;
}

/** Without addresses of a load balancer. */
function isPlainStatus(status: unknown): boolean {
  return status === undefined || (hasOnly(status, STATUS) && isEmpty(status['loadBalancer']));
}

const STATUS = { all: new Set(['loadBalancer']) };
const NO_MEMBERS = { all: new Set<string>() };

function isEmpty(value: unknown): boolean {
  return value === undefined || hasOnly(value, NO_MEMBERS);
}

function isPlainSpec(spec: Record<string, unknown>): boolean {
  const policy = spec['internalTrafficPolicy'] ?? 'Cluster';
  const notReady = spec['publishNotReadyAddresses'] ?? false;
  return (
    (spec['type'] ?? 'ClusterIP') === 'ClusterIP' &&
    (spec['sessionAffinity'] ?? 'None') === 'None' &&
    (spec['ipFamilyPolicy'] ?? 'SingleStack') === 'SingleStack' &&
    (policy === 'Cluster' || policy === 'Local') &&
    typeof notReady === 'boolean'
  );
}

function labelsOf(value: unknown): Labels | undefined {
  if (value === undefined || value === null) return NO_LABELS;
  const labels = quickLabels(value);
  return labels?.size === 0 ? NO_LABELS : labels;
}

function isWithoutMeaning(annotations: unknown): boolean {
  if (!isPlainAnnotations(annotations)) return false;
  return !Object.keys(annotations ?? NO_LABELS).some((key) => READ_ANNOTATIONS.has(key));
}

/** None, or one: IPv4 or `None`. */
function readClusterIPs({ clusterIP, clusterIPs }: Record<string, unknown>): string[] | undefined {
  if (clusterIP === undefined) return clusterIPs === undefined ? [] : undefined;
  if (typeof clusterIP !== 'string') return undefined;
  if (clusterIP !== NO_CLUSTER_IP && !isIpv4(clusterIP)) return undefined;
  if (clusterIPs === undefined) return [clusterIP];
  const isSame =
    Array.isArray(clusterIPs) && clusterIPs.length === 1 && clusterIPs[0] === clusterIP;
  return isSame ? [clusterIP] : undefined;
}

function readFamilies(value: unknown): IpFamily[] | undefined {
  const list = listOf(value, 1);
  if (list === undefined || list.length === 0) return list && [];
  return list[0] === 'IPv4' ? ['IPv4'] : undefined;
}

function readPorts(value: unknown): ServicePort[] | undefined {
  const items = listOf(value, MOST_PORTS);
  const ports = items?.map(readPort);
  return ports !== undefined && areDifferent(ports) ? ports : undefined;
}

/** All there, each with a name of its own where there are several, and none twice. */
function areDifferent(ports: (ServicePort | undefined)[]): ports is ServicePort[] {
  if (ports.length === 1) return ports[0] !== undefined;
  const names = new Set<string | undefined>(ports.map((port) => port?.name));
  const pairs = new Set(ports.map((port) => port && `${port.port}/${port.protocol}`));
  if (names.has('') || names.has(undefined)) return false;
  return names.size === ports.length && pairs.size === ports.length;
}

function readPort(item: unknown): ServicePort | undefined {
  if (!hasOnly(item, SERVICE_PORT) || (item['nodePort'] ?? 0) !== 0) return undefined;
  const { port } = item;
  const name = item['name'] ?? '';
  const protocol = item['protocol'] ?? 'TCP';
  const targetPort = item['targetPort'] ?? port;
  if (typeof name !== 'string' || (name !== '' && dns1123Label(name).length > 0)) return undefined;
  if (protocol !== 'TCP' && protocol !== 'UDP' && protocol !== 'SCTP') return undefined;
  if (!isPort(port)) return undefined;
  const isTarget = typeof targetPort === 'string' ? isPortName(targetPort) : isPort(targetPort);
  if (!isTarget) return undefined;
  return { name, protocol, port, targetPort: targetPort as number | string, nodePort: 0 };
}

/** Not '', which stands for the port itself. */
function isPortName(text: string): boolean {
  return portName(text).length === 0;
}
