import { isMapping, member } from './json-type.ts';

/**
 * Why a document is not meant for Kubernetes; undefined when it may be. A folder may hold other
 * YAML: Compose files, Helm values, patches that are lists, and what Grafana reads, which has an
 * `apiVersion` of 1.
 */
export function foreignReason(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.some(isMeant) ? undefined : 'found a list';
  if (!isMapping(value) || isMeant(value)) return undefined;
  const isNumbered = typeof value['apiVersion'] === 'number';
  return isNumbered ? 'kind is not set' : 'apiVersion and kind are not set';
}

function isMeant(value: unknown): boolean {
  const version = member(value, 'apiVersion') ?? '';
  const isVersion = typeof version !== 'number' && version !== '';
  const hasKind = (member(value, 'kind') ?? '') !== '';
  const has = (key: string) => member(value, key) !== undefined;
  return isVersion || hasKind || has('metadata') || has('spec');
}
