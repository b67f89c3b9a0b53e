import { canonicalIp } from '../ip.ts';
import { dns1123Subdomain, encodable, withoutFinalDot } from '../names.ts';
import type { LoadBalancerPoint } from '../objects.ts';
import { readIp } from './address.ts';
import { type Field, fieldNames } from './field.ts';

const POINT = fieldNames('ip hostname', 'ipMode ports');

/** Most entries of one status: every one is a record of every name that leads there. */
const MAX_POINTS = 100;

/** Reads `status.loadBalancer.ingress` of a Service or an Ingress. */
export function readLoadBalancerPoints(root: Field, owner: string): LoadBalancerPoint[] {
  const status = root.get('status').mapping(owner, `v1.${owner}Status`);
  const balancer = status.get('loadBalancer').mapping(`${owner}Status`, 'v1.LoadBalancerStatus');
  const list = balancer.get('ingress');
  const items = list.list('LoadBalancerStatus', 'v1.LoadBalancerIngress');
  if (items.length > MAX_POINTS) {
    list.tooMany(items.length, MAX_POINTS);
    return [];
  }
  return items.flatMap((item) => {
    item.mapping('LoadBalancerStatus', 'v1.LoadBalancerIngress').warnOfTypos(POINT);
    const ipField = item.get('ip');
    const text = ipField.string('LoadBalancerIngress');
    const ip = text === '' ? '' : (readIp(ipField, text) ?? '');
    const hostname = readHostName(item.get('hostname'), 'LoadBalancerIngress');
    return ip === '' && hostname === '' ? [] : [{ ip, hostname }];
  });
}

/** A host name that an answer can lead to; '' when absent or, after a report, unusable. */
export function readHostName(field: Field, owner: string): string {
  const name = withoutFinalDot(field.string(owner));
  if (name === '') return '';
  const faults = hostNameFaults(name);
  for (const fault of faults) field.invalid(name, fault);
  return faults.length === 0 ? name : '';
}

/** As ValidateLoadBalancerStatus, and DNS has to be able to carry it. */
function hostNameFaults(name: string): readonly string[] {
  if (canonicalIp(name) !== undefined) return ['must be a DNS name, not an IP address'];
  const faults = dns1123Subdomain(name);
  return faults.length > 0 ? faults : encodable(name);
}
