import { canonicalIp } from '../ip.ts';
import { dns1035Label, dns1123Subdomain, encodable, withoutFinalDot } from '../names.ts';
import type { Labels, Service, ServiceType } from '../objects.ts';
import { type Field, fieldNames, isMapping } from './field.ts';
import { readLabels, readMetadata } from './metadata.ts';
import { readServiceAddresses } from './service-addresses.ts';
import { readServicePorts } from './service-ports.ts';

const SERVICE = fieldNames('apiVersion kind metadata spec', 'status', {
  ports: 'spec.ports',
  selector: 'spec.selector',
  type: 'spec.type',
  clusterIP: 'spec.clusterIP',
  externalName: 'spec.externalName',
});

const SERVICE_SPEC = fieldNames(
  'type ports selector clusterIP clusterIPs externalName ipFamilies ipFamilyPolicy publishNotReadyAddresses',
  'allocateLoadBalancerNodePorts externalIPs externalTrafficPolicy healthCheckNodePort internalTrafficPolicy ipFamily loadBalancerClass loadBalancerIP loadBalancerSourceRanges sessionAffinity sessionAffinityConfig topologyKeys trafficDistribution',
  {
    port: 'ports[].port',
    targetPort: 'ports[].targetPort',
    nodePort: 'ports[].nodePort',
    protocol: 'ports[].protocol',
  },
);

const TYPES: readonly ServiceType[] = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

/** Reads a v1 Service as the API server's ValidateService and its defaulting would. */
export function readService(root: Field): Service {
  const { report } = root;
  const metadata = readMetadata(root, dns1035Label);
  root.warnOfTypos(SERVICE);
  const spec = root.get('spec').mapping('Service', 'v1.ServiceSpec');
  spec.warnOfTypos(SERVICE_SPEC);
  const type = readType(spec.get('type'));
  const addresses = readServiceAddresses(spec, type);
  const portList = spec.get('ports');
  const ports = readServicePorts(portList, type);
  const needsPorts = type !== 'ExternalName' && !addresses.headless;
  if (needsPorts && !portList.hasItems) report.required(portList);
  return {
    kind: 'Service',
    ...metadata,
    type,
    clusterIPs: addresses.clusterIPs,
    ipFamilies: addresses.ipFamilies,
    ipFamilyPolicy: addresses.ipFamilyPolicy,
    ports,
    selector: readSelector(spec.get('selector')),
    externalName: readExternalName(spec.get('externalName'), type),
    publishNotReadyAddresses: spec.get('publishNotReadyAddresses').boolean('ServiceSpec') ?? false,
  };
}

function readType(field: Field): ServiceType {
  const text = field.string('ServiceSpec', 'v1.ServiceType');
  const type = TYPES.find((known) => known === text);
  if (text !== '' && type === undefined) {
    const headless = /^headless$/i.test(text);
    const advice = headless ? 'for a headless Service write clusterIP: None, without a type' : '';
    field.report.unsupported(field, text, TYPES, advice);
  }
  return type ?? 'ClusterIP';
}

/** A selector without labels selects nothing: the API server drops it when it stores the object. */
function readSelector(field: Field): Labels | undefined {
  if (isMapping(field.get('matchLabels').value)) {
    field.report.wrongType(
      field.get('matchLabels'),
      'json: cannot unmarshal object into Go struct field ServiceSpec.spec.selector of type string',
      'the selector of a Service has no matchLabels: write the labels directly under selector',
    );
    return undefined;
  }
  const labels = readLabels(field, 'ServiceSpec');
  return labels.size === 0 ? undefined : labels;
}

function readExternalName(field: Field, type: ServiceType): string {
  const { report } = field;
  const text = field.string('ServiceSpec');
  if (type !== 'ExternalName') {
    if (text !== '') {
      const message = `spec.externalName is ignored: spec.type is ${type}, not ExternalName`;
      report.note('warning', 'EXTERNAL_NAME_IGNORED', field, message);
    }
    return '';
  }
  const name = withoutFinalDot(text);
  if (name === '') {
    report.required(field);
    return '';
  }
  const faults = dns1123Subdomain(name);
  for (const fault of faults.length > 0 ? faults : encodable(name)) {
    report.invalid(field, name, fault);
  }
  if (canonicalIp(name) !== undefined) {
    const message = `spec.externalName: "${name}" is an IP address, so this Service has no name in DNS: an alias needs a host name; for an address, write a Service without selector and an EndpointSlice`;
    report.note('warning', 'EXTERNAL_NAME_IS_ADDRESS', field, message);
  }
  return name;
}
