import { canonicalIp } from '../ip.ts';
import { dns1123Subdomain, encodable, type NameRule } from '../names.ts';
import type { Ingress } from '../objects.ts';
import { INGRESS_CLASS_ANNOTATION } from '../well-known.ts';
import type { Field } from './field.ts';
import { hintAtBackends } from './ingress-backends.ts';
import { readLoadBalancerPoints } from './load-balancer.ts';
import { readAnnotations, readMetadata } from './metadata.ts';
import { fieldNames, struct, whole } from './struct.ts';

const INGRESS = whole(
  fieldNames('apiVersion kind metadata spec status', '', { rules: 'spec.rules' }),
);
const SPEC = whole(
  struct('v1.IngressSpec', 'ingressClassName rules tls', 'defaultBackend backend', {
    host: 'rules[].host',
  }),
);
const RULE = whole(struct('v1.IngressRule', 'host', 'http', { hosts: 'host', hostname: 'host' }));

const TLS = whole(struct('v1.IngressTLS', 'hosts', 'secretName'));

/** Most rules, entries of `tls`, and hosts of one; the API bounds only the size of the object. */
const MAX_RULES = 1_000;

/** Reads the host names of an Ingress as ValidateIngress would. */
export function readIngress(root: Field): Ingress {
  const metadata = readMetadata(root, dns1123Subdomain, INGRESS);
  const spec = root.get('spec').struct(SPEC);
  const annotations = readAnnotations(root);
  const className = spec.get('ingressClassName').name(dns1123Subdomain);
  const read = (rule: Field) => readHost(rule.get('host')) ?? [];
  const hosts = spec.get('rules').structs(RULE, read, MAX_RULES).flat();
  const tls = spec.get('tls').structs(TLS, (item) => item.get('hosts'), MAX_RULES);
  const tlsHosts = tls.flatMap((list) =>
    list.list('string', MAX_RULES).flatMap((host) => readTlsHost(host) ?? []),
  );
  hintAtBackends(spec.get('rules'));
  return {
    kind: 'Ingress',
    ...metadata,
    className: (className || (annotations.get(INGRESS_CLASS_ANNOTATION) ?? '')).slice(0, 253),
    hosts: [...new Set(hosts)],
    ...(spec.get('tls').count > 0 ? { hasTls: true as const } : {}),
    ...(tlsHosts.length > 0 ? { tlsHosts } : {}),
    loadBalancerPoints: readLoadBalancerPoints(root),
    annotations,
  };
}

/** The API server takes an address here, other than in a rule. */
function readTlsHost(field: Field): string | undefined {
  const { value } = field;
  if (typeof value !== 'string' || canonicalIp(value) === undefined) return readHost(field);
  field.note(
    'hint',
    'INGRESS_TLS_HOST',
    `${field.text()}: ${value} is an address, not a host name`,
  );
  return undefined;
}

/**
 * A host name, or a wildcard: `*.` and a host name. Undefined when absent or, after a report,
 * unusable.
 */
export function readHost(field: Field): string | undefined {
  const host = field.string();
  if (host === '') return undefined;
  if (canonicalIp(host) !== undefined) {
    field.invalid(host, 'must be a DNS name, not an IP address');
    return undefined;
  }
  const rule = host.includes('*') ? wildcard : dns1123Subdomain;
  return field.obeys(rule, host) && field.obeys(encodable, host) ? host : undefined;
}

const WILDCARD_TEXT =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

const wildcard: NameRule = (host) => {
  const isWildcard = host.startsWith('*.') && dns1123Subdomain(host.slice(2)).length === 0;
  return isWildcard ? [] : [WILDCARD_TEXT];
};
