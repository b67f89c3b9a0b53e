import { canonicalIp } from '../ip.ts';
import { dns1123Subdomain } from '../names.ts';
import type { Node } from '../objects.ts';
import type { Field } from './field.ts';
import { readClusterMetadata } from './metadata.ts';
import { quote } from './report.ts';
import { fieldNames, struct } from './struct.ts';

const NODE = fieldNames('apiVersion kind metadata spec status');
const STATUS = struct(
  'v1.NodeStatus',
  'addresses conditions nodeInfo',
  'allocatable capacity config daemonEndpoints features images phase',
);
const ADDRESS = struct('v1.NodeAddress', 'address type');
const CONDITION = 'v1.NodeCondition';

/** Most addresses and conditions that are read of one node; the API has no limit. */
const MAX_ITEMS = 100;

/** Characters shown of a word that a kubelet writes. */
const MAX_WORD = 100;

/** Reads the addresses of a v1 Node, and what `kubectl get nodes` shows. */
export function readNode(root: Field): Node {
  const metadata = readClusterMetadata(root, dns1123Subdomain, NODE);
  const status = root.get('status').struct(STATUS);
  const isUnschedulable = root.get('spec').mapping('v1.NodeSpec').get('unschedulable').boolean();
  const addresses = status.get('addresses').first(ADDRESS.go, MAX_ITEMS).map(readAddress);
  const of = (type: string) => [
    ...new Set(addresses.flatMap((one) => (one?.type === type ? one.ip : []))),
  ];
  const info = status.get('nodeInfo').mapping('v1.NodeSystemInfo');
  const word = (key: string) => info.get(key).string().slice(0, MAX_WORD);
  return {
    kind: 'Node',
    ...metadata,
    internalIPs: of('InternalIP'),
    externalIPs: of('ExternalIP'),
    ready: readReady(status.get('conditions')),
    isUnschedulable: isUnschedulable ?? false,
    info: {
      kubeletVersion: word('kubeletVersion'),
      osImage: word('osImage'),
      kernelVersion: word('kernelVersion'),
      containerRuntimeVersion: word('containerRuntimeVersion'),
    },
  };
}

/** The API server takes any text for an address. Undefined for one that is not read. */
function readAddress(item: Field): { readonly type: string; readonly ip: string } | undefined {
  const type = item.struct(ADDRESS).get('type').string('v1.NodeAddressType');
  const field = item.get('address');
  const text = field.string();
  if (type !== 'InternalIP' && type !== 'ExternalIP') return undefined;
  const ip = canonicalIp(text);
  if (ip !== undefined || field.unreadable) return ip === undefined ? undefined : { type, ip };
  const message = `${field.text()}: ${quote(text)} is no IP address, so nothing leads to it: expected one, as type is ${type}`;
  field.note('warning', 'NODE_ADDRESS', message);
  return undefined;
}

/** The status of the condition `Ready`, '' without one. */
function readReady(list: Field): string {
  for (const item of list.list(CONDITION).slice(0, MAX_ITEMS)) {
    const type = item.mapping(CONDITION).get('type').string('v1.NodeConditionType');
    if (type === 'Ready') return item.get('status').string('v1.ConditionStatus').slice(0, MAX_WORD);
  }
  return '';
}
