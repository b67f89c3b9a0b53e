import type { Kind } from '../objects.ts';
import { isMapping } from './field.ts';

/**
 * Members of `spec` that only this kind of the apiVersion has; the first kind that fits is meant.
 */
const MEMBERS: readonly (readonly [apiVersion: RegExp, Kind, spec: readonly string[]])[] = [
  [/^v1$/, 'Pod', ['containers']],
  [/^v1$/, 'Service', ['ports', 'clusterIP', 'clusterIPs', 'externalName', 'selector']],
  [/^apps\//, 'StatefulSet', ['serviceName', 'volumeClaimTemplates']],
  [/^apps\//, 'Deployment', ['template', 'replicas']],
  [/^networking\.k8s\.io\//, 'Ingress', ['rules', 'ingressClassName', 'defaultBackend']],
];

/**
 * The kind that a manifest without one was meant to be. Its other mistakes can then be told at
 * once, and not one by one each time the last is mended. Undefined when nothing gives it away.
 */
export function guessKind(apiVersion: string, value: Record<string, unknown>): Kind | undefined {
  const spec = Object.hasOwn(value, 'spec') ? value['spec'] : undefined;
  if (!isMapping(spec)) return undefined;
  return MEMBERS.find(
    ([version, , members]) =>
      version.test(apiVersion) && members.some((member) => Object.hasOwn(spec, member)),
  )?.[1];
}
