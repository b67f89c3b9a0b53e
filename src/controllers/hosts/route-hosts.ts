import type { Gateway, RouteParent } from '../../kube/objects.ts';

/**
 * The host names of a route at the listeners of a Gateway that it is attached to: those that both
 * take (Gateway API, `HTTPRouteSpec.hostnames`). A route without any takes the listener's. Lower
 * case, in the order of listeners.
 */
export function hostsAtGateway(
  hostnames: readonly string[],
  gateway: Gateway,
  { sectionName }: RouteParent,
): string[] {
  const listeners = gateway.listeners.filter(
    ({ name }) => sectionName === '' || name === sectionName,
  );
  const found = listeners.flatMap(({ hostname }) => {
    if (hostnames.length === 0) return hostname === '' ? [] : [hostname];
    if (hostname === '') return hostnames;
    return hostnames.flatMap((one) => intersection(one, hostname) ?? []);
  });
  return [...new Set(found)];
}

/**
 * What two host names have in common. "A wildcard hostname matches any number of labels to the
 * left": so `*.example.com` matches `a.b.example.com`, not `example.com`.
 */
function intersection(a: string, b: string): string | undefined {
  if (a === b || isMatchedBy(a, b)) return a;
  return isMatchedBy(b, a) ? b : undefined;
}

/** Is every name of `host` also one of `wildcard`? */
function isMatchedBy(host: string, wildcard: string): boolean {
  if (!wildcard.startsWith('*.')) return false;
  const name = host.startsWith('*.') ? host.slice(2) : host;
  return name.endsWith(wildcard.slice(1));
}
