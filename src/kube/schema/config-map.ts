import { dns1123Subdomain } from '../names.ts';
import type { ConfigMap } from '../objects.ts';
import type { Field } from './field.ts';
import { member } from './json-type.ts';
import { readMetadata } from './metadata.ts';

/** Where MetalLB before 0.13 kept its configuration. */
const METALLB = { namespace: 'metallb-system', name: 'config' };

/** Longest configuration that is read, characters. */
const MAX_CONFIG = 64 * 1024;

/** The one ConfigMap that matters: the others are passed over like any kind that is not ours. */
export function isMetallbConfig(value: unknown): boolean {
  const metadata = member(value, 'metadata');
  return (
    member(metadata, 'namespace') === METALLB.namespace && member(metadata, 'name') === METALLB.name
  );
}

/** Reads the ConfigMap `config` of `metallb-system`. */
export function readConfigMap(root: Field): ConfigMap {
  const metadata = readMetadata(root, dns1123Subdomain);
  const field = root.get('data').mapping('map[string]string').entry('config');
  const config = field.string();
  if (config.length > MAX_CONFIG) field.tooLong(MAX_CONFIG);
  return { kind: 'ConfigMap', ...metadata, config: config.slice(0, MAX_CONFIG) };
}
