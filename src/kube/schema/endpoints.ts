import { dns1123Label, dns1123Subdomain } from '../names.ts';
import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints } from '../objects.ts';
import { readEndpointIp } from './address.ts';
import { type Field, fieldNames } from './field.ts';
import { readMetadata } from './metadata.ts';
import { PortNames, readPortNumber, readProtocol } from './ports.ts';

const ENDPOINTS = fieldNames('apiVersion kind metadata subsets', '', {
  spec: 'subsets',
  addresses: 'subsets[].addresses',
  ports: 'subsets[].ports',
});
const SUBSET = fieldNames('addresses notReadyAddresses ports', '', { ip: 'addresses[].ip' });
const ADDRESS = fieldNames('ip hostname targetRef', 'nodeName');
const PORT = fieldNames('name port protocol', 'appProtocol');

/**
 * Reads a legacy v1 Endpoints as the API server's ValidateEndpoints would, which bounds nothing but
 * the names.
 */
export function readEndpoints(root: Field): Endpoints {
  const metadata = readMetadata(root, dns1123Subdomain);
  root.warnOfTypos(ENDPOINTS);
  const items = root.get('subsets').list('Endpoints', 'v1.EndpointSubset');
  return { kind: 'Endpoints', ...metadata, subsets: items.map(readSubset) };
}

function readSubset(item: Field): EndpointSubset {
  item.mapping('Endpoints', 'v1.EndpointSubset').warnOfTypos(SUBSET);
  const ready = item.get('addresses');
  const notReady = item.get('notReadyAddresses');
  const addresses = readAddresses(ready);
  const notReadyAddresses = readAddresses(notReady);
  if (ready.count + notReady.count === 0) {
    item.required('must specify `addresses` or `notReadyAddresses`');
  }
  return { addresses, notReadyAddresses, ports: readPorts(item.get('ports')) };
}

function readAddresses(list: Field): EndpointAddress[] {
  const items = list.list('EndpointSubset', 'v1.EndpointAddress');
  return items.flatMap((item) => readAddress(item) ?? []);
}

function readAddress(item: Field): EndpointAddress | undefined {
  item.mapping('EndpointSubset', 'v1.EndpointAddress').warnOfTypos(ADDRESS);
  const ip = readEndpointIp(item.get('ip'), item.get('ip').string('EndpointAddress'));
  const hostname = readHostname(item.get('hostname'), 'EndpointAddress');
  const targetName = readTargetName(item.get('targetRef'), 'EndpointAddress');
  return ip === undefined ? undefined : { ip, hostname, targetName };
}

function readPorts(list: Field): EndpointPort[] {
  const items = list.list('EndpointSubset', 'v1.EndpointPort');
  const names = new PortNames();
  return items.map((item) => {
    item.mapping('EndpointSubset', 'v1.EndpointPort').warnOfTypos(PORT);
    const name = names.read(item.get('name'), 'EndpointPort');
    if (items.length > 1 && name === '') item.get('name').required();
    const port = readPortNumber(item.get('port'), 'EndpointPort');
    return { name, protocol: readProtocol(item.get('protocol'), 'EndpointPort'), port };
  });
}

/** Reads the host name of an endpoint, which becomes a label of its DNS name; '' when absent. */
export function readHostname(field: Field, owner: string): string {
  const hostname = field.string(owner);
  if (hostname === '') return '';
  for (const fault of dns1123Label(hostname)) field.invalid(hostname, fault);
  return hostname;
}

/** Reads `targetRef.name`; '' when absent, or too long to be the name of anything. */
export function readTargetName(targetRef: Field, owner: string): string {
  const name = targetRef.mapping(owner, 'v1.ObjectReference').get('name').string('ObjectReference');
  return name.length > 253 ? '' : name;
}
