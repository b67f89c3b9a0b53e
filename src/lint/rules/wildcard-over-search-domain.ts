import { namedHosts } from '../../controllers/hosts/named-hosts.ts';
import { directivesNamed, type Line } from '../../corefile/parse.ts';
import { isInZone, isReverseZone } from '../../corefile/zone-name.ts';
import { objectText } from '../../kube/problem.ts';
import { forwardZones } from '../aliases.ts';
import { isCovered, optionsNamed, withoutFallthrough, zonesIn } from '../corefile.ts';
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
  corefile({ blocks }, found) {
    for (const settings of blocks) {
      const cluster = (settings.kubernetes?.zone.zones ?? []).filter((one) => !isReverseZone(one));
      for (const line of directivesNamed(settings.block, 'template')) {
        if (!answersAnyName(line)) continue;
        const zones = withoutFallthrough(line, zonesIn(line.args.slice(2), settings));
        const zone = cluster.find((one) => isCovered(one, zones));
        if (zone === undefined) continue;
        const message = `template: has an answer for every name in ${zone}, so a Pod that asks for example.com asks for example.com.${zone} first, and is led there: write a match`;
        found({ message, origin: line.origin });
      }
    }
  },
};

/** Whether a template makes up addresses for all names of its zones. */
function answersAnyName(line: Line): boolean {
  const isAddress = /^(A|AAAA|ANY)$/i.test(line.args[1]?.text ?? '');
  const [answers, matches] = [optionsNamed(line, 'answer'), optionsNamed(line, 'match')];
  return isAddress && answers.length > 0 && matches.length === 0;
}

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
