import { isReverseZone } from '../corefile/zone-name.ts';
import type { Service } from '../kube/objects.ts';
import type { LintedObjects } from './rule.ts';

/** A name below `svc.ZONE`. */
export interface ClusterName {
  readonly namespace: string;
  readonly service: string;
  /** What stands left of the Service's name, an endpoint or a port; '' for nothing. */
  readonly below: string;
}

/** The zones that Services have names in. */
export function forwardZones({ zone }: Pick<LintedObjects, 'zone'>): string[] {
  return zone.zones.filter((one) => !isReverseZone(one));
}

/** What a host name means in the cluster; undefined for a name outside. Lower case, without dot. */
export function clusterName(host: string, zones: readonly string[]): ClusterName | undefined {
  const zone = zones.find((one) => host.endsWith(`.svc.${one}`));
  if (zone === undefined) return undefined;
  return relativeName(host.slice(0, -`.svc.${zone}`.length));
}

/** `web.shop` and `web-0.web.shop`; undefined when there is no Service and namespace in it. */
export function relativeName(name: string): ClusterName | undefined {
  const labels = name.split('.');
  const [service, namespace] = labels.slice(-2);
  if (service === undefined || namespace === undefined) return undefined;
  return { namespace, service, below: labels.slice(0, -2).join('.') };
}

/** The Service with the name; undefined when there is none. */
export function serviceNamed(
  { registry }: Pick<LintedObjects, 'registry'>,
  { namespace, service }: Pick<ClusterName, 'namespace' | 'service'>,
): Service | undefined {
  return registry.namespace(namespace)?.services.get(service);
}

/** The Service that an ExternalName leads to; undefined for a name outside, or none at all. */
export function aliasedService(linted: LintedObjects, alias: Service): Service | undefined {
  const name = clusterName(alias.externalName.toLowerCase(), forwardZones(linted));
  return name === undefined ? undefined : serviceNamed(linted, name);
}
