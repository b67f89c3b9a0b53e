import { ipFamily } from '../ip.ts';
import { dns1123Subdomain, fullyQualifiedName, withoutFinalDot } from '../names.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../objects.ts';
import { SERVICE_NAME_LABEL } from '../well-known-labels.ts';
import { readEndpointIp } from './address.ts';
import { readHostname, readTargetName } from './endpoints.ts';
import { type Field, fieldNames } from './field.ts';
import { readMetadata } from './metadata.ts';
import { PortNames, readOptionalPortNumber, readProtocol } from './ports.ts';

const SLICE = fieldNames('apiVersion kind metadata addressType endpoints ports', '', {
  spec: 'endpoints',
  subsets: 'endpoints',
});
const ENDPOINT = fieldNames(
  'addresses conditions hostname targetRef',
  'deprecatedTopology hints nodeName topology zone',
  { ip: 'addresses', ready: 'conditions.ready' },
);
const CONDITIONS = fieldNames('ready', 'serving terminating');
const PORT = fieldNames('name port protocol', 'appProtocol');

type AddressType = EndpointSlice['addressType'];
const ADDRESS_TYPES: readonly AddressType[] = ['FQDN', 'IPv4', 'IPv6'];

/** The API's limits on one slice (discovery/v1, `EndpointSlice`). */
const MAX_ENDPOINTS = 1_000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 100;

/** Reads a discovery.k8s.io EndpointSlice as the API server's ValidateEndpointSlice would. */
export function readEndpointSlice(root: Field): EndpointSlice {
  const metadata = readMetadata(root, dns1123Subdomain);
  root.warnOfTypos(SLICE);
  const addressType = readAddressType(root.get('addressType'));
  const endpoints = bounded(root.get('endpoints'), 'v1.Endpoint', MAX_ENDPOINTS).map((item) =>
    readEndpoint(item, addressType),
  );
  const ports = readPorts(root.get('ports'));
  const serviceName = metadata.labels.get(SERVICE_NAME_LABEL) ?? '';
  if (serviceName === '') {
    const message = `no label ${SERVICE_NAME_LABEL}: these endpoints belong to no Service`;
    root.report.note('warning', 'SLICE_WITHOUT_SERVICE', root.get('metadata'), message);
  }
  return {
    kind: 'EndpointSlice',
    ...metadata,
    serviceName,
    addressType: addressType ?? 'IPv4',
    endpoints,
    ports,
  };
}

function readAddressType(field: Field): AddressType | undefined {
  const text = field.string('EndpointSlice', 'v1.AddressType');
  if (text === '') {
    field.report.required(field);
    return undefined;
  }
  const type = ADDRESS_TYPES.find((known) => known === text);
  if (type === undefined) field.report.unsupported(field, text, ADDRESS_TYPES);
  return type;
}

function readEndpoint(item: Field, type: AddressType | undefined): Endpoint {
  item.mapping('EndpointSlice', 'v1.Endpoint').warnOfTypos(ENDPOINT);
  const conditions = item.get('conditions').mapping('Endpoint', 'v1.EndpointConditions');
  conditions.warnOfTypos(CONDITIONS);
  return {
    addresses: readAddresses(item.get('addresses'), type),
    // "A nil value should be interpreted as true": the API's own words.
    ready: conditions.get('ready').boolean('EndpointConditions') ?? true,
    hostname: readHostname(item.get('hostname'), 'Endpoint'),
    targetName: readTargetName(item.get('targetRef'), 'Endpoint'),
  };
}

function readAddresses(list: Field, type: AddressType | undefined): string[] {
  const items = bounded(list, 'string', MAX_ADDRESSES, 'Endpoint');
  if (!list.hasItems) list.report.required(list, 'must contain at least 1 address');
  return items.flatMap((item) => readAddress(item, type) ?? []);
}

function readAddress(item: Field, type: AddressType | undefined): string | undefined {
  const text = item.string('Endpoint');
  if (item.unreadable || type === undefined) return undefined;
  if (type === 'FQDN') {
    for (const fault of fullyQualifiedName(text)) item.report.invalid(item, text, fault);
    return withoutFinalDot(text);
  }
  const ip = readEndpointIp(item, text);
  if (ip === undefined || ipFamily(ip) === type) return ip;
  item.report.invalid(item, text, `must be a valid ${type} address`);
  return undefined;
}

function readPorts(list: Field): EndpointPort[] {
  const names = new PortNames();
  return bounded(list, 'v1.EndpointPort', MAX_PORTS).map((item) => {
    item.mapping('EndpointSlice', 'v1.EndpointPort').warnOfTypos(PORT);
    const field = item.get('name');
    const name = names.read(field, 'EndpointPort');
    if (name === '' && !field.unreadable) names.claim(field, '');
    return {
      name,
      protocol: readProtocol(item.get('protocol'), 'EndpointPort'),
      port: readOptionalPortNumber(item.get('port'), 'EndpointPort'),
    };
  });
}

function bounded(list: Field, go: string, most: number, owner = 'EndpointSlice'): Field[] {
  const items = list.list(owner, go);
  if (items.length <= most) return items;
  list.report.tooMany(list, items.length, most);
  return [];
}
