import type { Service } from '../../kube/objects.ts';
import { clusterName, forwardZones, relativeName, serviceNamed } from '../aliases.ts';
import { missingService } from '../nearest.ts';
import type { LintedObjects, Rule } from '../rule.ts';

export const externalNameMissingService: Rule = {
  id: 'external-name-missing-service',
  severity: 'warning',
  reason:
    'An ExternalName that leads to a Service that does not exist is answered with an alias to nothing: clients get NXDOMAIN.',
  fix: 'Write the whole name of a Service that exists: SERVICE.NAMESPACE.svc.cluster.local.',
  objects(linted, found) {
    const zones = forwardZones(linted);
    for (const object of linted.services()) {
      if (object.type !== 'ExternalName') continue;
      const fault = faultOf(object, zones, linted);
      if (fault === undefined) continue;
      const message = `spec.externalName: "${object.externalName}" ${fault}`;
      found({ object, message, origin: linted.facts.alias(object)?.origin });
    }
  },
};

function faultOf(
  alias: Service,
  zones: readonly string[],
  linted: LintedObjects,
): string | undefined {
  const host = alias.externalName.toLowerCase();
  const name = clusterName(host, zones);
  if (name !== undefined) {
    const missing = missingService(name, linted);
    return missing && `leads to ${missing.text}`;
  }
  const meant = meantService(alias, host, linted);
  const [zone] = zones;
  if (meant === undefined || zone === undefined) return undefined;
  const whole = `${meant.name}.${meant.namespace}.svc.${zone}`;
  return `is absolute, so no search domain makes ${whole} of it: write ${whole}`;
}

/** The Service that a Pod would reach by the name, with the help of its search domains. */
function meantService(alias: Service, host: string, linted: LintedObjects): Service | undefined {
  const labels = host.split('.');
  if (labels.length === 1)
    return serviceNamed(linted, { service: host, namespace: alias.namespace });
  const bare = labels.at(-1) === 'svc' ? labels.slice(0, -1) : labels;
  const name = bare.length === 2 ? relativeName(bare.join('.')) : undefined;
  return name && serviceNamed(linted, name);
}
