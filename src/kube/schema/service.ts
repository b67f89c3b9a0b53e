import { canonicalIp } from '../ip.ts';
import { dns1035Label, dns1123Subdomain, encodable, withoutFinalDot } from '../names.ts';
import type { Labels, Service, ServiceType } from '../objects.ts';
import { closest } from '../spelling.ts';
import { readEndpointIp } from './address.ts';
import type { Field } from './field.ts';
import { isMapping } from './json-type.ts';
import { readLoadBalancerPoints } from './load-balancer.ts';
import { readAnnotations, readLabels, readMetadata } from './metadata.ts';
import { quote } from './report.ts';
import { readServiceAddresses } from './service-addresses.ts';
import { readServicePorts } from './service-ports.ts';
import { checkServiceTraffic } from './service-traffic.ts';
import { fieldNames, struct, whole } from './struct.ts';

/** The members of a Service. */
export const SERVICE = whole(
  fieldNames('apiVersion kind metadata spec', 'status', {
    ports: 'spec.ports',
    selector: 'spec.selector',
    type: 'spec.type',
    clusterIP: 'spec.clusterIP',
    externalName: 'spec.externalName',
  }),
);

const SERVICE_SPEC = whole(
  struct(
    'v1.ServiceSpec',
    'type ports selector clusterIP clusterIPs externalName ipFamilies ipFamilyPolicy publishNotReadyAddresses externalIPs loadBalancerIP loadBalancerClass',
    'allocateLoadBalancerNodePorts externalTrafficPolicy healthCheckNodePort internalTrafficPolicy ipFamily loadBalancerSourceRanges sessionAffinity sessionAffinityConfig topologyKeys trafficDistribution',
    {
      port: 'ports[].port',
      targetPort: 'ports[].targetPort',
      nodePort: 'ports[].nodePort',
      protocol: 'ports[].protocol',
    },
  ),
);

/** Most addresses of `spec.externalIPs`; the API bounds only the size of the whole object. */
const MAX_EXTERNAL_IPS = 100;

const TYPES: readonly ServiceType[] = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

/** Reads a v1 Service as the API server's ValidateService and its defaulting would. */
export function readService(root: Field): Service {
  const metadata = readMetadata(root, dns1035Label, SERVICE);
  const spec = root.get('spec').struct(SERVICE_SPEC);
  const { known, meant } = readType(spec.get('type'));
  const type = known ?? 'ClusterIP';
  const addresses = readServiceAddresses(spec, type);
  const portList = spec.get('ports');
  const ports = readServicePorts(portList, known);
  const needsPorts = meant !== 'ExternalName' && !addresses.headless;
  if (needsPorts && portList.count === 0) portList.required();
  checkServiceTraffic(spec, known);
  const { namespace, name, labels, origin } = metadata;
  const isAddressed = addresses.clusterIPs.length > 0 && !addresses.headless;
  const isLocal = spec.get('externalTrafficPolicy').value === 'Local';
  const hasNoNodePorts = spec.get('allocateLoadBalancerNodePorts').value === false;
  // Member by member: an object made of others has a hidden class of its own, which takes as much
  // memory again.
  const service: Writable<Service> = {
    kind: 'Service',
    namespace,
    name,
    labels,
    origin,
    type,
    clusterIPs: addresses.clusterIPs,
    ipFamilies: addresses.ipFamilies,
    ipFamilyPolicy: addresses.ipFamilyPolicy,
    ports,
    selector: readSelector(spec.get('selector')),
    externalName: readExternalName(spec.get('externalName'), meant),
    publishNotReadyAddresses: spec.get('publishNotReadyAddresses').boolean() ?? false,
    externalIPs: readExternalIPs(spec.get('externalIPs')),
    loadBalancerIP: readLoadBalancerIP(spec.get('loadBalancerIP')),
    loadBalancerClass: shortText(spec.get('loadBalancerClass')),
    loadBalancerPoints: readLoadBalancerPoints(root),
    annotations: readAnnotations(root),
  };
  if (isAddressed) service.clusterIPOrigin = writtenAddress(spec).origin;
  if (hasNoNodePorts) service.hasNoNodePorts = true;
  if (isLocal) service.externalTrafficPolicy = 'Local';
  return service;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function writtenAddress(spec: Field): Field {
  const single = spec.get('clusterIP');
  return single.present ? single : spec.get('clusterIPs').list('string')[0]!;
}

/**
 * `known` is undefined, after a report, for what is not a type: then checks that depend on it are
 * skipped. `meant` is then the type that it seems to be, if any.
 */
interface WrittenType {
  readonly known: ServiceType | undefined;
  readonly meant: ServiceType | undefined;
}

function readType(field: Field): WrittenType {
  const { value } = field;
  const isHeadless = typeof value === 'string' && /^headless$/i.test(value);
  const advice = isHeadless ? 'for a headless Service write clusterIP: None, without a type' : '';
  const type = field.oneOf('v1.ServiceType', TYPES, advice);
  const known = (value ?? '') === '' && !field.unreadable ? 'ClusterIP' : type;
  if (known !== undefined || typeof value !== 'string') return { known, meant: known };
  return { known, meant: TYPES.find((one) => one === closest(value, TYPES)) };
}

/** A selector without labels selects nothing: the API server drops it when it stores the object. */
function readSelector(field: Field): Labels | undefined {
  if (isMapping(field.get('matchLabels').value)) {
    field
      .get('matchLabels')
      .wrongType(
        'json: cannot unmarshal object into Go struct field ServiceSpec.spec.selector of type string',
        'the selector of a Service has no matchLabels: write the labels directly under selector',
      );
    return undefined;
  }
  const labels = readLabels(field);
  return labels.size === 0 ? undefined : labels;
}

/** A value that `checkServiceTraffic` validates. */
function shortText({ value }: Field): string {
  return typeof value === 'string' ? value.slice(0, 317) : '';
}

/** As ValidateService: each must be an address that traffic can be sent to. */
function readExternalIPs(list: Field): string[] {
  const items = list.list('string', MAX_EXTERNAL_IPS);
  return items.flatMap((item) => readEndpointIp(item, item.string()) ?? []);
}

/** The API server accepts any text here. */
function readLoadBalancerIP(field: Field): string {
  const text = field.string();
  if (text === '') return '';
  const ip = canonicalIp(text);
  if (ip !== undefined) return ip;
  const message = `spec.loadBalancerIP: ${quote(text)} is no IP address, so no load balancer can use it`;
  field.note('warning', 'LOAD_BALANCER_IP', message);
  return '';
}

/** Without a known `type` there is no warning that the name is ignored. */
function readExternalName(field: Field, type: ServiceType | undefined): string {
  const text = field.string();
  if (type !== 'ExternalName') {
    if (text !== '' && type !== undefined) {
      const message = `spec.externalName is ignored: spec.type is ${type}, not ExternalName`;
      field.note('warning', 'EXTERNAL_NAME_IGNORED', message);
    }
    return '';
  }
  const name = withoutFinalDot(text);
  if (name === '') {
    field.required();
    return '';
  }
  if (field.obeys(dns1123Subdomain, name)) field.obeys(encodable, name);
  if (canonicalIp(name) !== undefined) {
    const message = `spec.externalName: "${name}" is an IP address, so this Service has no name in DNS: an alias needs a host name; for an address, write a Service without selector and an EndpointSlice`;
    field.note('warning', 'EXTERNAL_NAME_IS_ADDRESS', message);
  }
  return name;
}
