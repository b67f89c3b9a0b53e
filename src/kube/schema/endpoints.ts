import { dns1123Label, dns1123Subdomain } from '../names.ts';
import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints } from '../objects.ts';
import { LEADER_ANNOTATION, SKIP_MIRROR_LABEL } from '../well-known.ts';
import { readEndpointIp } from './address.ts';
import type { Field } from './field.ts';
import { readMetadata } from './metadata.ts';
import { readPortNumber, readProtocol, UniqueNames } from './ports.ts';
import { fieldNames, struct, whole } from './struct.ts';

const ENDPOINTS = whole(
  fieldNames('apiVersion kind metadata subsets', '', {
    spec: 'subsets',
    addresses: 'subsets[].addresses',
    ports: 'subsets[].ports',
  }),
);
const SUBSET = whole(
  struct('v1.EndpointSubset', 'addresses notReadyAddresses ports', '', {
    ip: 'addresses[].ip',
  }),
);
const ADDRESS = whole(struct('v1.EndpointAddress', 'ip hostname targetRef', 'nodeName'));
const PORT = whole(struct('v1.EndpointPort', 'name port protocol', 'appProtocol'));

/**
 * Reads a legacy v1 Endpoints as the API server's ValidateEndpoints would, which bounds nothing but
 * the names.
 */
export function readEndpoints(root: Field): Endpoints {
  const metadata = readMetadata(root, dns1123Subdomain, ENDPOINTS);
  const subsets = root.get('subsets').structs(SUBSET, readSubset);
  const isLock = root.get('metadata').get('annotations').entry(LEADER_ANNOTATION).present;
  const isMirrored = !isLock && metadata.labels.get(SKIP_MIRROR_LABEL) !== 'true';
  return { kind: 'Endpoints', ...metadata, isMirrored, subsets };
}

function readSubset(item: Field): EndpointSubset {
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
  return list.structs(ADDRESS, readAddress).filter((address) => address !== undefined);
}

function readAddress(item: Field): EndpointAddress | undefined {
  const ip = readEndpointIp(item.get('ip'), item.get('ip').string());
  const hostname = item.get('hostname').name(dns1123Label);
  const targetName = readTargetName(item.get('targetRef'));
  return ip === undefined ? undefined : { ip, hostname, targetName };
}

function readPorts(list: Field): EndpointPort[] {
  const names = new UniqueNames(dns1123Label);
  return list.structs(PORT, (item) => {
    const name = names.read(item.get('name'));
    if (list.count > 1 && name === '') item.get('name').required();
    const port = readPortNumber(item.get('port'));
    return { name, protocol: readProtocol(item.get('protocol')), port };
  });
}

/** Reads `targetRef.name`; '' when absent, or too long to be the name of anything. */
export function readTargetName(targetRef: Field): string {
  const name = targetRef.mapping('v1.ObjectReference').get('name').string();
  return name.length > 253 ? '' : name;
}
