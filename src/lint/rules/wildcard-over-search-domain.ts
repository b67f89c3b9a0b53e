import { namedHosts } from '../../controllers/hosts/named-hosts.ts';
import { isInZone } from '../../corefile/zone-name.ts';
import { objectText } from '../../kube/problem.ts';
import { forwardZones } from '../aliases.ts';
import type { LintedObjects, Rule } from '../rule.ts';

export const wildcardOverSearchDomain: Rule = {
  id: 'wildcard-over-search-domain',
  severity: 'warning',
  reason:
    'A wildcard over a search domain answers every name that Pods try with it, so names outside lead to it.',
  fix: 'Leave the domain out of the search path, or put the wildcard below a label of its own: *.apps.example.com.',
  objects(linted, found) {
    const hidden = hiddenDomains(linted);
    for (const { name } of linted.views) {
      for (const [host, object] of namedHosts(linted.registry.namespace(name))) {
        const why = host.startsWith('*.') ? hidden(host.slice(2).toLowerCase(), name) : undefined;
        if (why === undefined) continue;
        const message = `host ${host} is over the search domain ${why}: a Pod that asks for example.com asks for example.com.${host.slice(2)} first, and is led here`;
        found({ object, message });
      }
    }
  },
};

/** Says which search domain a wildcard below `domain` is over, and whose. */
function hiddenDomains(linted: LintedObjects) {
  const zones = forwardZones(linted);
  const own = new Set(zones.flatMap((zone) => [zone, `svc.${zone}`]));
  const searches = [...linted.facts.searches];
  return (domain: string, namespace: string): string | undefined => {
    const isOwn = own.has(domain) || zones.some((zone) => domain === `${namespace}.svc.${zone}`);
    if (isOwn) return `${domain} of every Pod`;
    const added = searches.find(([search]) => isInZone(search, domain));
    return added && `${added[0]} of ${objectText(added[1])}`;
  };
}
