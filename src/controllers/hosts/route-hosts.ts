import type { Gateway, RouteParent } from '../../kube/objects.ts';
import type { HostProblems } from './host-problems.ts';

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
 * Says which host names of listeners nothing leads to: a listener takes requests, but only a route
 * gives its host an answer. `hosts` are those that objects give, in lower case.
 */
export function reportIdleListeners(
  gateways: readonly Gateway[],
  hosts: ReadonlySet<string>,
  problems: HostProblems,
): void {
  const idle = gateways.flatMap((gateway) => {
    const names = new Set(gateway.listeners.map(({ hostname }) => hostname));
    return [...names].flatMap((host) =>
      host === '' || hosts.has(host) ? [] : [{ gateway, host }],
    );
  });
  if (idle.length === 0) return;
  const wildcards = new Set([...hosts].flatMap(wildcardsOf));
  for (const { gateway, host } of idle) {
    if (wildcards.has(host)) continue;
    const message = `host ${JSON.stringify(host)} is not answered: no route with this host is attached to its listener`;
    problems.hint(gateway, 'GATEWAY_LISTENER_IDLE', message);
  }
}

/** The wildcards that match a host: `*.b.c` and `*.c` of `a.b.c`. */
function wildcardsOf(host: string): string[] {
  const labels = host.split('.');
  return labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join('.')}`);
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
