import { dns1123Subdomain } from '../names.ts';
import type {
  Gateway,
  GatewayListener,
  LoadBalancerPoint,
  Route,
  RouteParent,
} from '../objects.ts';
import { readIp } from './address.ts';
import type { Field } from './field.ts';
import { readHost } from './ingress.ts';
import { readHostName } from './load-balancer.ts';
import { readAnnotations, readMetadata } from './metadata.ts';
import { fieldNames, struct } from './struct.ts';

const GATEWAY = fieldNames('apiVersion kind metadata spec status');
const GATEWAY_SPEC = struct(
  'v1.GatewaySpec',
  'gatewayClassName listeners addresses',
  'infrastructure',
);
const LISTENER = struct('v1.Listener', 'name hostname', 'port protocol tls allowedRoutes');
const ADDRESS = struct('v1.GatewayAddress', 'type value');
const ROUTE = fieldNames('apiVersion kind metadata spec', 'status');
const ROUTE_SPEC = fieldNames('hostnames parentRefs', 'rules useDefaultGateways');
const PARENT = struct('v1.ParentReference', 'name namespace sectionName', 'group kind port');

/** The Gateway API's own limits. */
const MAX_LISTENERS = 64;
const MAX_ADDRESSES = 16;
const MAX_HOSTNAMES = 16;
const MAX_PARENTS = 32;

/** Reads a gateway.networking.k8s.io Gateway. */
export function readGateway(root: Field): Gateway {
  const metadata = readMetadata(root, dns1123Subdomain, GATEWAY);
  const spec = root.get('spec').struct(GATEWAY_SPEC);
  const given = readAddresses(root.get('status').mapping('v1.GatewayStatus').get('addresses'));
  return {
    kind: 'Gateway',
    ...metadata,
    className: spec.get('gatewayClassName').string().slice(0, 253),
    listeners: spec.get('listeners').structs(LISTENER, readListener, MAX_LISTENERS),
    points: given.length > 0 ? given : readAddresses(spec.get('addresses')),
    annotations: readAnnotations(root),
  };
}

/** Reads a gateway.networking.k8s.io HTTPRoute, TLSRoute or GRPCRoute. */
export function readRoute(kind: Route['kind']): (root: Field) => Route {
  return (root) => {
    const metadata = readMetadata(root, dns1123Subdomain, ROUTE);
    const spec = root.get('spec').mapping(`v1.${kind}Spec`).warnOfTypos(ROUTE_SPEC);
    const hostnames = spec.get('hostnames').list('v1.Hostname', MAX_HOSTNAMES);
    const parents = spec.get('parentRefs').list(PARENT.go, MAX_PARENTS);
    return {
      kind,
      ...metadata,
      hostnames: hostnames.flatMap((item) => readHost(item) ?? []),
      parents: parents.flatMap((item) => readParent(item, metadata.namespace) ?? []),
      annotations: readAnnotations(root),
    };
  };
}

function readListener(item: Field): GatewayListener {
  return {
    name: item.get('name').string().slice(0, 253),
    hostname: readHost(item.get('hostname')) ?? '',
  };
}

const GATEWAY_GROUP = 'gateway.networking.k8s.io';

/** A Route may be attached to something else than a Gateway, such as a Service. */
function readParent(item: Field, namespace: string): RouteParent | undefined {
  const kind = item.struct(PARENT).get('kind').string();
  if (kind !== '' && kind !== 'Gateway') return undefined;
  const group = item.get('group');
  // The empty group is a group: that of Services.
  if (group.string() !== GATEWAY_GROUP && group.present) return undefined;
  const name = item.get('name').string();
  if (name === '') {
    item.get('name').required();
    return undefined;
  }
  return {
    namespace: item.get('namespace').string().slice(0, 63) || namespace,
    name: name.slice(0, 253),
    sectionName: item.get('sectionName').string().slice(0, 253),
  };
}

/** `type` is IPAddress when absent; other types name something that only the controller knows. */
function readAddresses(list: Field): LoadBalancerPoint[] {
  return list.structs(ADDRESS, readAddress, MAX_ADDRESSES).flat();
}

function readAddress(item: Field): LoadBalancerPoint[] {
  const type = item.get('type').string() || 'IPAddress';
  const value = item.get('value');
  const text = value.string();
  if (text === '') return [];
  if (type === 'IPAddress') {
    const ip = readIp(value, text);
    return ip === undefined ? [] : [{ ip, hostname: '' }];
  }
  const hostname = type === 'Hostname' ? readHostName(value) : '';
  return hostname === '' ? [] : [{ ip: '', hostname }];
}
