import { ipFamily } from '../../dns/address.ts';
import { MAX_TTL } from '../../dns/record.ts';
import { canonicalIp } from '../ip.ts';
import { dns1123Subdomain, domainName, withoutFinalDot } from '../names.ts';
import type { DNSEndpoint, DNSEndpointRecord } from '../objects.ts';
import type { Field } from './field.ts';
import { readMetadata } from './metadata.ts';
import { quote } from './report.ts';
import { fieldNames, struct } from './struct.ts';

const DNS_ENDPOINT = fieldNames('apiVersion kind metadata spec', 'status', {
  endpoints: 'spec.endpoints',
});
const RECORD = struct(
  'endpoint.Endpoint',
  'dnsName recordTTL recordType targets',
  'labels providerSpecific setIdentifier',
);

/** Most endpoints of one object, and targets of one endpoint. */
const MAX_ENDPOINTS = 1_000;
const MAX_TARGETS = 100;

const TYPES: readonly DNSEndpointRecord['type'][] = ['A', 'AAAA', 'CNAME'];

/** Reads external-dns's DNSEndpoint (externaldns.k8s.io/v1alpha1). */
export function readDNSEndpoint(root: Field): DNSEndpoint {
  const metadata = readMetadata(root, dns1123Subdomain, DNS_ENDPOINT);
  const spec = root.get('spec').mapping('v1alpha1.DNSEndpointSpec');
  const items = spec.get('endpoints').first(RECORD.go, MAX_ENDPOINTS);
  const records = items.flatMap((item) => readRecord(item.struct(RECORD)) ?? []);
  return { kind: 'DNSEndpoint', ...metadata, records };
}

/** The API accepts any text in a record. One that has no answer is left out, with a warning. */
function readRecord(item: Field): DNSEndpointRecord | undefined {
  const typeField = item.get('recordType');
  const text = typeField.string();
  const nameField = item.get('dnsName');
  const name = readDomainName(nameField);
  const ttl = readTtl(item.get('recordTTL'));
  if (item.unreadable || typeField.unreadable) return undefined;
  const type = TYPES.find((known) => known === text);
  if (type === undefined) {
    const message = `${typeField.text()}: ${quote(text)} is not answered: expected one of ${TYPES.join(', ')}`;
    typeField.note('warning', 'DNS_ENDPOINT_TYPE', message);
    return undefined;
  }
  if (name === '') {
    if (!nameField.present) nameField.required();
    return undefined;
  }
  const targets = readTargets(item.get('targets'), type);
  return targets.length === 0 ? undefined : { name, type, targets, ttl };
}

/**
 * In lower case, as case never matters in DNS, without the final dot; '' when absent or, after a
 * warning, unusable.
 */
function readDomainName(field: Field): string {
  const written = field.string();
  const name = withoutFinalDot(written).toLowerCase();
  if (name === '') return '';
  const [fault] = canonicalIp(name) === undefined ? domainName(name) : [NOT_AN_ADDRESS];
  if (fault === undefined) return name;
  const message = `${field.text()}: ${quote(written)} is not answered: ${fault}`;
  field.note('warning', 'DNS_ENDPOINT_NAME', message);
  return '';
}

const NOT_AN_ADDRESS = 'must be a DNS name, not an IP address';

/** An int64 in the API; 0 and less mean the provider's default. */
function readTtl(field: Field): number | undefined {
  if (!field.present) return undefined;
  const { value } = field;
  const isLarge = typeof value === 'number' && Number.isInteger(value) && value > MAX_TTL;
  const ttl = isLarge ? MAX_TTL : (field.integer() ?? 0);
  return ttl > 0 ? ttl : undefined;
}

function readTargets(list: Field, type: DNSEndpointRecord['type']): string[] {
  return list.first('string', MAX_TARGETS).flatMap((item) => {
    if (type === 'CNAME') return readDomainName(item) || [];
    const text = item.string();
    if (item.unreadable) return [];
    const ip = canonicalIp(text);
    const family = type === 'A' ? 'IPv4' : 'IPv6';
    if (ip !== undefined && ipFamily(ip) === family) return ip;
    const message = `${item.text()}: ${quote(text)} is not answered: must be an ${family} address, as recordType is ${type}`;
    item.note('warning', 'DNS_ENDPOINT_TARGET', message);
    return [];
  });
}
