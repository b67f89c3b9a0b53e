import { canonicalIp } from '../ip.ts';
import { dns1123Label } from '../names.ts';
import type { ServiceImport } from '../objects.ts';
import type { Field } from './field.ts';
import { readMetadata } from './metadata.ts';
import { readProtocol } from './ports.ts';
import { fieldNames, struct } from './struct.ts';

const IMPORT = fieldNames('apiVersion kind metadata spec', 'status', {
  ips: 'spec.ips',
  ports: 'spec.ports',
});
const SPEC = struct(
  'v1alpha1.ServiceImportSpec',
  'ports ips type',
  'sessionAffinity sessionAffinityConfig ipFamilies internalTrafficPolicy trafficDistribution',
);
const PORT = struct('v1alpha1.ServicePort', 'name protocol port', 'appProtocol');

/** The API has no limits. Every address times every port is a record. */
const MAX_IPS = 100;
const MAX_PORTS = 1_000;

const TYPES: readonly ServiceImport['type'][] = ['ClusterSetIP', 'Headless'];

/** Reads a ServiceImport of the Multi-Cluster Services API (KEP-1645). */
export function readServiceImport(root: Field): ServiceImport {
  const metadata = readMetadata(root, dns1123Label, IMPORT);
  const spec = root.get('spec').struct(SPEC);
  const ips = spec.get('ips').list('string', MAX_IPS).flatMap(readIp);
  const ports = spec.get('ports').structs(PORT, readPort, MAX_PORTS);
  const type = spec.get('type').oneOf('v1alpha1.ServiceImportType', TYPES) ?? 'ClusterSetIP';
  return { kind: 'ServiceImport', ...metadata, type, ips, ports };
}

function readIp(item: Field): string[] {
  const text = item.string();
  if (item.unreadable) return [];
  const ip = canonicalIp(text);
  if (ip === undefined) item.invalid(text, 'must be a valid IP address, (e.g. 10.9.8.7)');
  return ip === undefined ? [] : [ip];
}

function readPort(item: Field): ServiceImport['ports'][number] {
  const port = item.get('port').integer() ?? 0;
  return { name: item.get('name').string(), protocol: readProtocol(item.get('protocol')), port };
}
