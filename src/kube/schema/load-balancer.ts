import { canonicalIp } from '../ip.ts';
import { dns1123Subdomain, encodable, type NameRule, withoutFinalDot } from '../names.ts';
import type { LoadBalancerPoint } from '../objects.ts';
import { readIp } from './address.ts';
import type { Field } from './field.ts';
import { struct } from './struct.ts';

const POINT = struct('v1.LoadBalancerIngress', 'ip hostname', 'ipMode ports');

/** Most entries of one status: each is a record of every name that leads to the balancer. */
const MAX_POINTS = 100;

/** Reads `status.loadBalancer.ingress` of a Service or an Ingress. */
export function readLoadBalancerPoints(root: Field): LoadBalancerPoint[] {
  const status = root.get('status').mapping(`v1.${root.report.kind}Status`);
  const balancer = status.get('loadBalancer').mapping('v1.LoadBalancerStatus');
  const points = balancer.get('ingress').structs(POINT, readPoint, MAX_POINTS);
  return points.filter(({ ip, hostname }) => ip !== '' || hostname !== '');
}

function readPoint(item: Field): LoadBalancerPoint {
  const field = item.get('ip');
  const text = field.string();
  const ip = text === '' ? '' : (readIp(field, text) ?? '');
  return { ip, hostname: readHostName(item.get('hostname')) };
}

/** A host name that an answer can point to; '' when absent or, after a report, unusable. */
export function readHostName(field: Field): string {
  const name = withoutFinalDot(field.string());
  return name !== '' && field.obeys(hostName, name) ? name : '';
}

/** As ValidateLoadBalancerStatus; besides, the name has to fit into a DNS message. */
const hostName: NameRule = (name) => {
  if (canonicalIp(name) !== undefined) return ['must be a DNS name, not an IP address'];
  const faults = dns1123Subdomain(name);
  return faults.length > 0 ? faults : encodable(name);
};
