import { isIP } from 'node:net';
import { objectText } from '../../kube/problem.ts';
import { pushTo } from '../../support/collections.ts';
import { type ClusterName, clusterName, forwardZones, relativeName } from '../aliases.ts';
import type { KnownMention } from '../facts.ts';
import { missingService, nearestService } from '../nearest.ts';
import type { LintedObjects, ObjectFinding, Rule } from '../rule.ts';
import { someNames } from '../search-path.ts';

export const unknownServiceReference: Rule = {
  id: 'unknown-service-reference',
  severity: 'warning',
  reason:
    'A workload is told to reach a Service that does not exist: what it asks for is NXDOMAIN.',
  fix: 'Correct the name, or add the namespace: SERVICE.NAMESPACE reaches a Service of another one.',
  objects(linted, found) {
    const zones = forwardZones(linted);
    const namespaces = namespacesByService(linted);
    /** A workload is told of each host once, however often it names it. */
    const reported = new Set<string>();
    for (const mention of linted.facts.mentions) {
      const { object, origin, place, host } = mention;
      const fault = faultOf(mention, zones, namespaces, linted);
      const key = `${objectText(object)} ${host}`;
      if (fault === undefined || reported.has(key)) continue;
      reported.add(key);
      found({ object, origin, ...fault, message: `${place}: ${host} ${fault.message}` });
    }
  },
};

type Fault = Pick<ObjectFinding, 'message' | 'severity'>;

function faultOf(
  mention: KnownMention,
  zones: readonly string[],
  namespaces: ReadonlyMap<string, readonly string[]>,
  linted: LintedObjects,
): Fault | undefined {
  const { host, form, object } = mention;
  if (form === 'name') {
    const bare = host.endsWith('.svc') ? relativeName(host.slice(0, -'.svc'.length)) : undefined;
    const name = bare ?? clusterName(host, zones);
    return name && missingFault(name, linted);
  }
  const labels = host.split('.');
  if (labels.length > 2 || isIP(host) !== 0 || /^\d*$/.test(labels.at(-1) ?? '')) return undefined;
  return labels.length === 1
    ? singleLabelFault(mention, namespaces.get(host) ?? [], linted)
    : twoLabelFault(host, object.namespace, linted);
}

/** Hosts that are no Services. */
const OTHERS: ReadonlySet<string> = new Set(['localhost', 'kubernetes']);

/** Variables that hold where something is, as `REDIS_ADDR`. */
const ADDRESS_VARIABLE =
  /^(?:env|data) .*(ADDR|HOST|URL|URI|ENDPOINT|SERVER|SERVICE|BROKER|TARGET|UPSTREAM)/i;

/**
 * `web`: a Service of the same namespace, or nothing, since no search domain leads to other
 * namespaces.
 */
function singleLabelFault(
  { host, form, place, object: { namespace } }: KnownMention,
  elsewhere: readonly string[],
  { registry }: LintedObjects,
): Fault | undefined {
  const objects = registry.namespace(namespace);
  if (OTHERS.has(host) || objects === undefined || elsewhere.includes(namespace)) return undefined;
  if (elsewhere.length > 0) {
    const wanted = someNames(elsewhere.map((one) => `${host}.${one}`));
    return { message: `is no Service of namespace ${namespace}: expected ${wanted}` };
  }
  const near = nearestService(host, objects);
  if (near !== undefined) {
    return { message: `is no Service of namespace ${namespace}: did you mean ${near}?` };
  }
  // It may be in manifests of others; and what looks like a host with a port, something else.
  if (objects.services.size === 0) return undefined;
  if (form === 'host:port' && !ADDRESS_VARIABLE.test(place)) return undefined;
  return { message: `is no Service of namespace ${namespace}`, severity: 'hint' };
}

/** `web.shop`: a Service and its namespace, or an endpoint and its Service; else a host outside. */
function twoLabelFault(host: string, namespace: string, linted: LintedObjects): Fault | undefined {
  const name = relativeName(host);
  const objects = name && linted.registry.namespace(name.namespace);
  if (name === undefined || objects === undefined || objects.services.size === 0) return undefined;
  const isEndpoint = linted.registry.namespace(namespace)?.services.has(name.namespace);
  return isEndpoint === true ? undefined : missingFault(name, linted);
}

function missingFault(name: ClusterName, linted: LintedObjects): Fault | undefined {
  const missing = missingService(name, linted);
  if (missing === undefined) return undefined;
  const message = `leads to ${missing.text}`;
  return missing.isSure ? { message } : { message, severity: 'hint' };
}

/** For each name of a Service, the namespaces that have one. */
function namespacesByService(linted: LintedObjects): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { name, namespace } of linted.services()) pushTo(found, name, namespace);
  return found;
}
