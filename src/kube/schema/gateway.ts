import { dns1123Subdomain } from '../names.ts';
import type {
  Gateway,
  GatewayListener,
  LoadBalancerPoint,
  Route,
  RouteParent,
} from '../objects.ts';
import { readIp } from './address.ts';
import { type Field, fieldNames } from './field.ts';
import { readHost } from './ingress.ts';
import { readHostName } from './load-balancer.ts';
import { readAnnotations, readMetadata } from './metadata.ts';

const GATEWAY = fieldNames('apiVersion kind metadata spec status');
const GATEWAY_SPEC = fieldNames('gatewayClassName listeners addresses', 'infrastructure');
const LISTENER = fieldNames('name hostname', 'port protocol tls allowedRoutes');
const ADDRESS = fieldNames('type value');
const ROUTE = fieldNames('apiVersion kind metadata spec', 'status');
const ROUTE_SPEC = fieldNames('hostnames parentRefs', 'rules useDefaultGateways');
const PARENT = fieldNames('name namespace sectionName', 'group kind port');

/** The Gateway API's own limits. */
const MAX_LISTENERS = 64;
const MAX_ADDRESSES = 16;
const MAX_HOSTNAMES = 16;
const MAX_PARENTS = 32;

/** Reads a gateway.networking.k8s.io Gateway. */
export function readGateway(root: Field): Gateway {
  const metadata = readMetadata(root, dns1123Subdomain);
  root.warnOfTypos(GATEWAY);
  const spec = root.get('spec').mapping('Gateway', 'v1.GatewaySpec');
  spec.warnOfTypos(GATEWAY_SPEC);
  const status = root.get('status').mapping('Gateway', 'v1.GatewayStatus');
  const given = readAddresses(status.get('addresses'), 'GatewayStatus');
  return {
    kind: 'Gateway',
    ...metadata,
    className: spec.get('gatewayClassName').string('GatewaySpec').slice(0, 253),
    listeners: bounded(spec.get('listeners'), 'GatewaySpec', 'v1.Listener', MAX_LISTENERS).map(
      readListener,
    ),
    points: given.length > 0 ? given : readAddresses(spec.get('addresses'), 'GatewaySpec'),
    annotations: readAnnotations(root),
  };
}

/** Reads a gateway.networking.k8s.io HTTPRoute, TLSRoute or GRPCRoute. */
export function readRoute(kind: Route['kind']): (root: Field) => Route {
  return (root) => {
    const metadata = readMetadata(root, dns1123Subdomain);
    root.warnOfTypos(ROUTE);
    const spec = root.get('spec').mapping(kind, `v1.${kind}Spec`);
    spec.warnOfTypos(ROUTE_SPEC);
    const hostnames = bounded(spec.get('hostnames'), `${kind}Spec`, 'v1.Hostname', MAX_HOSTNAMES);
    const parents = bounded(
      spec.get('parentRefs'),
      `${kind}Spec`,
      'v1.ParentReference',
      MAX_PARENTS,
    );
    return {
      kind,
      ...metadata,
      hostnames: hostnames.flatMap((item) => readHost(item, `${kind}Spec`) ?? []),
      parents: parents.flatMap((item) => readParent(item, metadata.namespace) ?? []),
      annotations: readAnnotations(root),
    };
  };
}

function readListener(item: Field): GatewayListener {
  item.mapping('GatewaySpec', 'v1.Listener').warnOfTypos(LISTENER);
  return {
    name: item.get('name').string('Listener').slice(0, 253),
    hostname: readHost(item.get('hostname'), 'Listener') ?? '',
  };
}

const GATEWAY_GROUP = 'gateway.networking.k8s.io';

/**
 * A Route may hang on other things than a Gateway, a Service for one: then it has no host names.
 */
function readParent(item: Field, namespace: string): RouteParent | undefined {
  item.mapping('RouteSpec', 'v1.ParentReference').warnOfTypos(PARENT);
  const kind = item.get('kind').string('ParentReference');
  if (kind !== '' && kind !== 'Gateway') return undefined;
  const group = item.get('group');
  // The empty group is a group: that of Services.
  if (group.string('ParentReference') !== GATEWAY_GROUP && group.present) return undefined;
  const name = item.get('name').string('ParentReference');
  if (name === '') {
    item.get('name').required();
    return undefined;
  }
  return {
    namespace: item.get('namespace').string('ParentReference').slice(0, 63) || namespace,
    name: name.slice(0, 253),
    sectionName: item.get('sectionName').string('ParentReference').slice(0, 253),
  };
}

/** `type` is IPAddress when absent; other types name something that only the controller knows. */
function readAddresses(list: Field, owner: string): LoadBalancerPoint[] {
  return bounded(list, owner, 'v1.GatewayAddress', MAX_ADDRESSES).flatMap((item) => {
    item.mapping(owner, 'v1.GatewayAddress').warnOfTypos(ADDRESS);
    const type = item.get('type').string('GatewayAddress') || 'IPAddress';
    const value = item.get('value');
    const text = value.string('GatewayAddress');
    if (text === '') return [];
    if (type === 'IPAddress') {
      const ip = readIp(value, text);
      return ip === undefined ? [] : [{ ip, hostname: '' }];
    }
    const hostname = type === 'Hostname' ? readHostName(value, 'GatewayAddress') : '';
    return hostname === '' ? [] : [{ ip: '', hostname }];
  });
}

function bounded(list: Field, owner: string, go: string, most: number): Field[] {
  const items = list.list(owner, go);
  if (items.length <= most) return items;
  list.tooMany(items.length, most);
  return [];
}
