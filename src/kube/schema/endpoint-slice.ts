import { ipFamily, isPort } from '../../dns/address.ts';
import { mappedIpv4 } from '../ip.ts';
import { dns1123Label, dns1123Subdomain, fullyQualifiedName, withoutFinalDot } from '../names.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../objects.ts';
import { IMPORT_NAME_LABEL, SERVICE_NAME_LABEL } from '../well-known.ts';
import { readEndpointIp } from './address.ts';
import { readTargetName } from './endpoints.ts';
import type { Field } from './field.ts';
import { readMetadata } from './metadata.ts';
import { PROTOCOLS, readProtocol, UniqueNames } from './ports.ts';
import { fieldNames, struct, whole } from './struct.ts';

const SLICE = whole(
  fieldNames('apiVersion kind metadata addressType endpoints ports', '', {
    spec: 'endpoints',
    subsets: 'endpoints',
  }),
);
const ENDPOINT = whole(
  struct(
    'v1.Endpoint',
    'addresses conditions hostname targetRef',
    'deprecatedTopology hints nodeName topology zone',
    { ip: 'addresses', ready: 'conditions.ready' },
  ),
);
const CONDITIONS = whole(struct('v1.EndpointConditions', 'ready', 'serving terminating'));
const PORT = whole(struct('v1.EndpointPort', 'name port protocol', 'appProtocol'));

/** For a reader that leaves slices with other members to this one. */
export const SLICE_MEMBERS = { SLICE, ENDPOINT, CONDITIONS, PORT };

type AddressType = EndpointSlice['addressType'];
const ADDRESS_TYPES: readonly AddressType[] = ['FQDN', 'IPv4', 'IPv6'];

/** The API server's limits on one slice (`pkg/apis/discovery/validation`, Kubernetes 1.34). */
const MAX_ENDPOINTS = 1_000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;

/** Reads a discovery.k8s.io EndpointSlice as the API server's ValidateEndpointSlice would. */
export function readEndpointSlice(root: Field): EndpointSlice {
  const metadata = readMetadata(root, dns1123Subdomain, SLICE);
  const addressType = readAddressType(root.get('addressType'));
  const read = (item: Field) => readEndpoint(item, addressType);
  const endpoints = root.get('endpoints').structs(ENDPOINT, read, MAX_ENDPOINTS);
  const ports = readPorts(root.get('ports'));
  const serviceName = metadata.labels.get(SERVICE_NAME_LABEL) ?? '';
  if (serviceName === '' && !metadata.labels.has(IMPORT_NAME_LABEL)) {
    const message = `no label ${SERVICE_NAME_LABEL}: these endpoints belong to no Service`;
    root.get('metadata').note('warning', 'SLICE_WITHOUT_SERVICE', message);
  }
  const { namespace, name, labels, origin } = metadata;
  return {
    kind: 'EndpointSlice',
    namespace,
    name,
    labels,
    origin,
    serviceName,
    addressType: addressType ?? 'IPv4',
    endpoints,
    ports,
  };
}

function readAddressType(field: Field): AddressType | undefined {
  const type = field.oneOf('v1.AddressType', ADDRESS_TYPES);
  if ((field.value ?? '') === '') field.required();
  return type;
}

function readEndpoint(item: Field, type: AddressType | undefined): Endpoint {
  const conditions = item.get('conditions').struct(CONDITIONS);
  return {
    addresses: readAddresses(item.get('addresses'), type),
    // "A nil value should be interpreted as true": the API's own words.
    ready: conditions.get('ready').boolean() ?? true,
    hostname: readHostname(item.get('hostname')),
    targetName: readTargetName(item.get('targetRef')),
  };
}

/** A pointer in the API: when it is there and empty, it breaks the rule for labels. */
function readHostname(field: Field): string {
  const hostname = field.name(dns1123Label);
  if (field.value === '') field.obeys(dns1123Label, '');
  return hostname;
}

function readAddresses(list: Field, type: AddressType | undefined): string[] {
  const items = list.list('string', MAX_ADDRESSES);
  if (list.count === 0) list.required('must contain at least 1 address');
  // A copy has the right size: a list that grew keeps room for 17.
  return items.flatMap((item) => readAddress(list, item, type) ?? []).slice();
}

function readAddress(list: Field, item: Field, type: AddressType | undefined): string | undefined {
  const text = item.string();
  if (item.unreadable || type === undefined) return undefined;
  if (type === 'FQDN') {
    item.obeys(fullyQualifiedName, text);
    return withoutFinalDot(text);
  }
  if (type === 'IPv6' && mappedIpv4(text) !== undefined) {
    item.invalid(text, 'must not be an IPv4-mapped IPv6 address');
    return undefined;
  }
  const ip = readEndpointIp(item, text);
  if (ip === undefined || ipFamily(ip) === type) return ip;
  // The API server names the list; the place is the item's.
  item.shownAs(list.text()).invalid(text, `must be an ${type} address`);
  return undefined;
}

function readPorts(list: Field): EndpointPort[] {
  const names = new UniqueNames(dns1123Label);
  const read = (item: Field): EndpointPort => {
    const field = item.get('name');
    const name = names.read(field);
    if (name === '' && !field.unreadable) names.claim(field, '');
    return {
      name,
      protocol: readSliceProtocol(item.get('protocol')),
      port: readSlicePort(item.get('port')),
    };
  };
  return list.structs(PORT, read, MAX_PORTS);
}

/** A pointer in the API: only when it is absent is it TCP; '' is refused. */
function readSliceProtocol(field: Field): EndpointPort['protocol'] {
  if (field.value === '') field.unsupported('', PROTOCOLS);
  return readProtocol(field);
}

/**
 * The API server accepts any number here. SRV records have 16 bits for a port (RFC 2782), so a
 * number that does not fit is left out.
 */
function readSlicePort(field: Field): number | undefined {
  const port = field.integer();
  if (port === undefined || isPort(port)) return port;
  const outcome = port === 0 ? 'SRV records have it' : 'no SRV record has it';
  const message = `${field.text()}: Invalid value: ${port}: must be between 1 and 65535, inclusive: the API server takes it, and ${outcome}`;
  field.note('warning', 'SLICE_PORT_RANGE', message);
  return port === 0 ? port : undefined;
}
