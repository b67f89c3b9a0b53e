import { canonicalIp } from '../ip.ts';
import { dns1123Subdomain, encodable } from '../names.ts';
import type { Ingress } from '../objects.ts';
import { INGRESS_CLASS_ANNOTATION } from '../well-known.ts';
import { type Field, fieldNames } from './field.ts';
import { hintAtBackends } from './ingress-backends.ts';
import { readLoadBalancerPoints } from './load-balancer.ts';
import { readAnnotations, readMetadata } from './metadata.ts';

const INGRESS = fieldNames('apiVersion kind metadata spec status', '', { rules: 'spec.rules' });
const SPEC = fieldNames('ingressClassName rules', 'defaultBackend backend tls', {
  host: 'rules[].host',
});
const RULE = fieldNames('host', 'http', { hosts: 'host', hostname: 'host' });

/** Most rules of one Ingress; the API bounds only the size of the whole object. */
const MAX_RULES = 1_000;

/** Reads the host names of an Ingress as ValidateIngress would. */
export function readIngress(root: Field): Ingress {
  const metadata = readMetadata(root, dns1123Subdomain);
  root.warnOfTypos(INGRESS);
  const spec = root.get('spec').mapping('Ingress', 'v1.IngressSpec');
  spec.warnOfTypos(SPEC);
  const annotations = readAnnotations(root);
  const className = readClassName(spec.get('ingressClassName'));
  const hosts = readHosts(spec.get('rules'));
  hintAtBackends(spec.get('rules'));
  return {
    kind: 'Ingress',
    ...metadata,
    className: (className || (annotations.get(INGRESS_CLASS_ANNOTATION) ?? '')).slice(0, 253),
    hosts,
    loadBalancerPoints: readLoadBalancerPoints(root, 'Ingress'),
    annotations,
  };
}

function readClassName(field: Field): string {
  const name = field.string('IngressSpec');
  if (name === '') return '';
  for (const fault of dns1123Subdomain(name)) field.invalid(name, fault);
  return name;
}

function readHosts(list: Field): string[] {
  const rules = list.list('IngressSpec', 'v1.IngressRule');
  if (rules.length > MAX_RULES) {
    list.tooMany(rules.length, MAX_RULES);
    return [];
  }
  const hosts = rules.flatMap((rule) => {
    rule.mapping('IngressSpec', 'v1.IngressRule').warnOfTypos(RULE);
    return readHost(rule.get('host'), 'IngressRule') ?? [];
  });
  return [...new Set(hosts)];
}

/**
 * A host name, or a wildcard: `*.` and a host name. Undefined when absent or, after a report,
 * unusable.
 */
export function readHost(field: Field, owner: string): string | undefined {
  const host = field.string(owner);
  if (host === '') return undefined;
  if (canonicalIp(host) !== undefined) {
    field.invalid(host, 'must be a DNS name, not an IP address');
    return undefined;
  }
  const faults = host.includes('*') ? wildcardFaults(host) : dns1123Subdomain(host);
  const all = faults.length > 0 ? faults : encodable(host);
  for (const fault of all) field.invalid(host, fault);
  return all.length === 0 ? host : undefined;
}

const WILDCARD_TEXT =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

function wildcardFaults(host: string): readonly string[] {
  const isWildcard = host.startsWith('*.') && dns1123Subdomain(host.slice(2)).length === 0;
  return isWildcard ? [] : [WILDCARD_TEXT];
}
