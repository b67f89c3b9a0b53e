import { MAX_PORT } from '../../dns/address.ts';
import { isCidr } from '../ip.ts';
import { qualifiedName } from '../names.ts';
import type { ServiceType } from '../objects.ts';
import type { Field } from './field.ts';
import { checkNodePortRange, checkPortNumber } from './ports.ts';
import { struct, whole } from './struct.ts';

const FOR_LOAD_BALANCER = "may only be used when `type` is 'LoadBalancer'";
const AFFINITIES = ['ClientIP', 'None'];
const TRAFFIC_POLICIES = ['Cluster', 'Local'];

/** Longest time that a client may be kept at one endpoint, seconds. */
const MAX_AFFINITY_SECONDS = 86_400;

const AFFINITY_CONFIG = whole(struct('v1.SessionAffinityConfig', 'clientIP'));
const CLIENT_IP_CONFIG = whole(struct('v1.ClientIPConfig', 'timeoutSeconds'));

/** Most of `spec.loadBalancerSourceRanges`; the API bounds only the size of the whole object. */
const MAX_SOURCE_RANGES = 1_000;

/**
 * Checks how a Service directs its traffic. No answer depends on it, but a cluster would refuse the
 * object. `type` is undefined when it is not a type: then what depends on it is not checked.
 */
export function checkServiceTraffic(spec: Field, type: ServiceType | undefined): void {
  checkSessionAffinity(spec);
  checkLoadBalancerOptions(spec, type);
  checkTrafficPolicies(spec, type);
}

function checkSessionAffinity(spec: Field): void {
  const affinity = spec.get('sessionAffinity').oneOf('v1.ServiceAffinity', AFFINITIES);
  const client = spec
    .get('sessionAffinityConfig')
    .struct(AFFINITY_CONFIG)
    .get('clientIP')
    .struct(CLIENT_IP_CONFIG);
  const field = client.get('timeoutSeconds');
  const seconds = field.integer();
  // Without affinity the API server ignores the rest.
  if (affinity !== 'ClientIP' || seconds === undefined) return;
  if (seconds > 0 && seconds <= MAX_AFFINITY_SECONDS) return;
  const detail = `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`;
  field.invalid(seconds, detail);
}

function checkLoadBalancerOptions(spec: Field, type: ServiceType | undefined): void {
  const isOther = type !== undefined && type !== 'LoadBalancer';
  const loadBalancerClass = spec.get('loadBalancerClass');
  const text = loadBalancerClass.string();
  if (loadBalancerClass.present && isOther) loadBalancerClass.forbidden(FOR_LOAD_BALANCER);
  else if (loadBalancerClass.present && !loadBalancerClass.unreadable) {
    loadBalancerClass.obeys(qualifiedName, text);
  }
  const nodePorts = spec.get('allocateLoadBalancerNodePorts');
  nodePorts.boolean();
  if (nodePorts.present && isOther) nodePorts.forbidden(FOR_LOAD_BALANCER);
  checkSourceRanges(spec.get('loadBalancerSourceRanges'), isOther);
}

function checkSourceRanges(list: Field, isOther: boolean): void {
  // The API server writes this one with a capital letter.
  const shown = 'spec.LoadBalancerSourceRanges';
  if (list.count > 0 && isOther) list.shownAs(shown).forbidden(FOR_LOAD_BALANCER);
  for (const [index, item] of list.first('string', MAX_SOURCE_RANGES).entries()) {
    const text = item.string().trim();
    if (item.unreadable || isCidr(text)) continue;
    const detail = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
    item.shownAs(`${shown}[${index}]`).invalid(text, detail);
  }
}

function checkTrafficPolicies(spec: Field, type: ServiceType | undefined): void {
  const internal = spec.get('internalTrafficPolicy');
  internal.oneOf('v1.ServiceInternalTrafficPolicy', TRAFFIC_POLICIES);
  const external = spec.get('externalTrafficPolicy');
  const isAccessible =
    type === undefined ||
    type === 'NodePort' ||
    type === 'LoadBalancer' ||
    (type === 'ClusterIP' && spec.get('externalIPs').count > 0);
  const text = isAccessible
    ? external.oneOf('v1.ServiceExternalTrafficPolicy', TRAFFIC_POLICIES)
    : external.string('v1.ServiceExternalTrafficPolicy');
  if (!isAccessible && text !== '') {
    external.invalid(text, 'may only be set for externally-accessible services');
  }
  checkHealthCheckNodePort(spec.get('healthCheckNodePort'), type, text);
}

function checkHealthCheckNodePort(
  field: Field,
  type: ServiceType | undefined,
  externalPolicy: string | undefined,
): void {
  const port = field.integer() ?? 0;
  if (port === 0 || type === undefined) return;
  if (type !== 'LoadBalancer' || externalPolicy !== 'Local') {
    const detail =
      "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    field.invalid(port, detail);
    return;
  }
  if (port < 0 || port > MAX_PORT) checkPortNumber(field, port);
  else checkNodePortRange(field, port);
}
